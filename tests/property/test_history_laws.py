"""Laws of taking history in: of numbers, of encodings, of exports that overlap."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from provodka.flows.history.files import open_rows
from provodka.flows.history.kinds import KINDS
from provodka.flows.history.rows import Reading, Row, find_layout
from provodka.flows.history.values import Misread, amount, instant, kopeck_amount

MOSCOW = ZoneInfo("Europe/Moscow")
PRODUCTS = KINDS["products"]
SUMS = st.decimals(-(10**9), 10**9, places=2, allow_nan=False)
NAMES = st.text("АБВабв xyz;,\"'«»", min_size=1, max_size=12).filter(lambda one: one.strip())


@given(SUMS, st.sampled_from(["", " ", "\u00a0", "\u202f"]), st.sampled_from([",", "."]))
def test_a_sum_is_read_as_it_was_written_to_the_kopeck(
    value: Decimal, space: str, mark: str
) -> None:
    said = f"{value:,.2f}".replace(",", space).replace(".", mark)
    assert kopeck_amount(said, MOSCOW) == value


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_is_refused(said: str) -> None:
    try:
        read = amount(said, MOSCOW)
    except Misread:
        return
    assert read.is_finite()


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_a_moment_is_the_same_in_both_spellings(said: datetime) -> None:
    whole = said.replace(microsecond=0)
    russian = instant(f"{whole:%d.%m.%Y %H:%M:%S}", MOSCOW)
    assert russian == instant(whole.isoformat(), MOSCOW)
    assert russian.tzinfo is UTC


def keys(said: bytes) -> list[UUID]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "products.csv"
        path.write_bytes(said)
        file = open_rows(path)
        reading = Reading(file, PRODUCTS, find_layout(file, PRODUCTS), MOSCOW)
        return [one.key for one in reading.rows() if isinstance(one, Row)]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@settings(max_examples=25)
@given(st.lists(NAMES, max_size=8), st.sampled_from(["utf-8-sig", "cp1251", "utf-16"]))
def test_rows_are_known_again_in_every_encoding(names: list[str], encoding: str) -> None:
    said = "\n".join(["Наименование;Код", *(f"{quoted(one)};7" for one in names)])
    assert keys(said.encode(encoding)) == keys(said.encode())


@settings(max_examples=25)
@given(st.lists(NAMES, max_size=8), st.integers(0, 8))
def test_however_a_file_is_cut_into_exports_each_row_is_known_once(
    names: list[str], cut: int
) -> None:
    lines = [f"{quoted(one)};7" for one in names]
    whole = keys("\n".join(["Наименование;Код", *lines]).encode())
    first = keys("\n".join(["Наименование;Код", *lines[:cut]]).encode())
    assert first == whole[:cut]
    assert max(Counter(whole).values(), default=1) == 1
