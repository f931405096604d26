"""Whatever bytes a feed of changes may hold: rows, or a named refusal, and soon."""

from __future__ import annotations

import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from provodka.connectors.onec.odata.atom import Changed, Deleted, NotAFeed, Unreadable, read_feed
from provodka.connectors.onec.odata.metadata import EntitySet, Property
from provodka.connectors.onec.odata.wire_json import decode

DATA = Path(__file__).parents[1] / "data"
SEEDS = [
    (DATA / "onec/feeds/msg004_kontragenti.xml").read_bytes()[:6000] + b"</m:properties>",
    *(path.read_bytes() for path in sorted((DATA / "hostile/atom").iterdir())),
]
CLIENTS = "Catalog_Контрагенты"
SCRAPS = st.sampled_from(
    [b"<", b"/>", b"<entry>", b"</entry>", b"</feed>", b"&#0;", b"]]>", b"<![CDATA[",
     b"<!DOCTYPE a>", b"\xff", b"\x00", b"m:type='Collection(x)'", b"<d:element>",
     b"xmlns=''", b"<?x?>", b"<!--"]
)  # fmt: skip
ALLOWED_SECONDS = 2.0

# What JSON and XML can both carry: no control characters, and line breaks as XML keeps them.
TEXTS = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"
    ),
    max_size=20,
)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=2, max_value=10**12).map(
    lambda number: number if number >= 0 else -number
)
LINES = st.lists(st.fixed_dictionaries({"Содержание": TEXTS, "Сумма": NUMBERS}), max_size=3)


def unknown(_set_name: str) -> None:
    """Types that nobody knows."""


def of_clients(set_name: str) -> EntitySet | None:
    return known() if set_name == CLIENTS else None


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A feed from which something has been cut and into which something has been put."""
    body = bytearray(draw(st.sampled_from(SEEDS)))
    for _time in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(body)))
        if draw(st.booleans()):
            del body[place : place + draw(st.integers(1, 400))]
        else:
            body[place:place] = draw(SCRAPS | st.binary(max_size=8))
    return bytes(body)


@settings(max_examples=400, deadline=None)
@given(damaged() | st.binary(max_size=300))
def test_damaged_bytes_give_rows_or_a_named_refusal_in_bounded_time(body: bytes) -> None:
    started = time.monotonic()
    with suppress(NotAFeed):
        for item in read_feed([body], unknown):
            assert isinstance(item, Changed | Deleted | Unreadable)
    assert time.monotonic() - started < ALLOWED_SECONDS


@settings(max_examples=200, deadline=None)
@given(text=TEXTS, amount=NUMBERS, truth=st.booleans(), lines=LINES, cut=st.integers(1, 5000))
def test_a_row_is_the_same_by_feed_and_by_json(
    text: str, amount: Decimal, truth: bool, lines: list[dict[str, object]], cut: int
) -> None:
    row = {"Description": text, "Сумма": amount, "Posted": truth, "Код": "12"}
    numbered = [{"LineNumber": str(n)} | line for n, line in enumerate(lines, 1)]
    by_json = decode(msgspec.json.Encoder(decimal_format="number").encode(row | {"T": numbered}))
    body = feed_of(row, numbered)
    chunks = [body[at : at + cut] for at in range(0, len(body), cut)]
    [item] = read_feed(chunks, of_clients)
    assert isinstance(item, Changed)
    assert item.row == by_json
    assert [type(value) for value in item.row.values()] == [type(v) for v in by_json.values()]


def known() -> EntitySet:
    """The set's fields as `$metadata` would tell them."""
    own = {"Description": "String", "Сумма": "Double", "Posted": "Boolean", "Код": "Int64"}
    inner = {"LineNumber": "Int64", "Содержание": "String", "Сумма": "Double"}
    return EntitySet(
        CLIENTS,
        properties={name: Property(name, f"Edm.{kind}") for name, kind in own.items()},
        sections={"T": {name: Property(name, f"Edm.{kind}") for name, kind in inner.items()}},
    )


def feed_of(row: dict[str, object], lines: list[dict[str, object]]) -> bytes:
    """The row as 1C would put it into a feed."""
    elements = "".join(f"<d:element>{fields(line)}</d:element>" for line in lines)
    section = f"<d:T m:type='Collection(StandardODATA.X_RowType)'>{elements}</d:T>"
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" '
        'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
        f"<entry><category term='StandardODATA.{CLIENTS}'/><content><m:properties>"
        f"{fields(row)}{section}</m:properties></content></entry></feed>"
    ).encode()


def fields(row: dict[str, object]) -> str:
    """Properties of one object or line."""
    texts = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in row.items()
    }
    return "".join(f"<d:{name}>{escape(text)}</d:{name}>" for name, text in texts.items())
