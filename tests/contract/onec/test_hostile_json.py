"""Every file of hostile JSON: a named error or rows set aside, never a crash or silence."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contract.onec.opening import OpenBase
from tests.contract.onec.scripted_server import answer
from tests.unit.mappings.bp30_samples import BOOKS, KNOWN, MAPPINGS, MOSCOW

from provodka.connectors.http import HttpAnswer
from provodka.connectors.onec.odata import wire_json
from provodka.connectors.onec.odata.errors import Call, failure, parse_error
from provodka.connectors.onec.odata.metadata_reader import parse_metadata
from provodka.connectors.onec.odata.pages import rows_of
from provodka.connectors.onec.odata.query import Query
from provodka.foundation.errors import Misunderstood, ProvodkaError, SystemUnavailable
from provodka.mappings.reading import PageReading, read_page

FILES = Path(__file__).parents[2] / "data/hostile/json"
RECORDED = Path(__file__).parents[2] / "data/onec/metadata_trade_8.5.xml"
NARROW = Query(select=("Ref_Key",))
BOUND = 2.0

UNREADABLE = {
    "array": "value",
    "comment": "JSON",
    "control-character": "JSON",
    "deep": "JSON",
    "duplicate-keys": "Description",
    "duplicate-keys-in-a-section": "Цена",
    "duplicate-keys-spaced": "ИНН",
    "empty": "JSON",
    "html": "веб-страница",
    "infinity": "JSON",
    "lone-surrogate": "JSON",
    "lone-surrogate-bytes": "JSON",
    "long-number": "JSON",
    "nan": "JSON",
    "no-value": "value",
    "not-utf-8": "JSON",
    "null": "value",
    "rows-are-numbers": "value",
    "single-quotes": "JSON",
    "trailing-comma": "JSON",
    "truncated": "JSON",
    "truncated-in-a-letter": "JSON",
    "two-documents": "JSON",
    "utf-16": "JSON",
    "value-is-an-object": "value",
}
"""Files that are no answer of 1C at all, and what the error must mention."""

SET_ASIDE = {
    "empty-date": 1,
    "foreign-composite": 1,
    "huge-number": 1,
    "impossible-dates": 6,
    "nul-in-a-text": 1,
    "undefined-composite": 1,
    "unknown-enum": 1,
    "unpublished-composite": 1,
    "unusable-keys": 3,
    "wrong-types": 6,
}
"""Files whose rows cannot be understood, and how many of them."""

UNDERSTOOD = {"bom": 1, "old-dates": 2}


def test_every_file_is_expected_to_end_in_some_way() -> None:
    named = {*UNREADABLE, *SET_ASIDE, *UNDERSTOOD}
    assert named == {path.stem for path in FILES.iterdir()}


@pytest.mark.parametrize(("name", "said"), UNREADABLE.items())
def test_what_is_no_answer_is_named_as_the_bases_trouble(
    base_that_answers: OpenBase, name: str, said: str
) -> None:
    base, _server = base_that_answers(answer(200, (FILES / f"{name}.json").read_bytes()))
    started = time.monotonic()
    with pytest.raises(SystemUnavailable, match=said) as caught:
        list(base.read_pages("Catalog_A", NARROW))
    assert time.monotonic() - started < BOUND
    assert caught.value.code == "senseless_answer"
    assert caught.value.next_step


def understood(base_that_answers: OpenBase, name: str) -> PageReading:
    base, _server = base_that_answers(answer(200, (FILES / f"{name}.json").read_bytes()))
    (page,) = base.read_pages("Document_СчетНаОплатуПокупателю", NARROW)
    return read_page(MAPPINGS["invoice"], page.rows, KNOWN, MOSCOW, BOOKS)


@pytest.mark.parametrize(("name", "rows"), SET_ASIDE.items())
def test_rows_that_make_no_sense_are_set_aside_each_with_its_reason(
    base_that_answers: OpenBase, name: str, rows: int
) -> None:
    started = time.monotonic()
    page = understood(base_that_answers, name)
    assert time.monotonic() - started < BOUND
    assert len(page.misunderstood) == rows
    assert page.understood == []
    assert all(len(str(one.error)) < 1000 and one.error.code for one in page.misunderstood)


@pytest.mark.parametrize(("name", "rows"), UNDERSTOOD.items())
def test_what_is_only_unusual_is_understood(
    base_that_answers: OpenBase, name: str, rows: int
) -> None:
    page = understood(base_that_answers, name)
    assert (len(page.understood), page.misunderstood) == (rows, [])


def test_a_document_of_five_megabytes_is_read_whole(base_that_answers: OpenBase) -> None:
    line = {"LineNumber": "1", "Содержание": "Вода" * 50, "Цена": 10.5}
    row = {"Ref_Key": "k", "Товары": [line] * 11_000}
    base, _server = base_that_answers(answer(200, {"value": [row]}))
    (page,) = base.read_pages("Catalog_A", NARROW)
    assert page.bytes > 5_000_000
    assert len(page.rows[0]["Товары"]) == 11_000


SPOKEN = b'{"odata.error":{"code":"9","message":{"value":"x"}}}'
SEEDS = [path.read_bytes()[:4000] for path in sorted(FILES.iterdir())]
damage = st.tuples(st.integers(0, 4000), st.binary(max_size=4))


def damaged(document: bytes, blows: list[tuple[int, bytes]]) -> bytes:
    for place, piece in blows:
        at = place % (len(document) + 1)
        document = document[:at] + piece + document[at + len(piece) // 2 :]
    return document


@settings(max_examples=400, deadline=None)
@given(seed=st.sampled_from(SEEDS), blows=st.lists(damage, max_size=4))
def test_damaged_json_is_rows_or_a_named_error(seed: bytes, blows: list[tuple[int, bytes]]) -> None:
    body = damaged(seed, blows)
    try:
        rows = rows_of(wire_json.decode(body), Call("1С"))
    except (wire_json.NotJson, ProvodkaError):
        return
    page = read_page(MAPPINGS["invoice"], rows, KNOWN, MOSCOW, BOOKS)
    counted = [len(page.understood), len(page.misunderstood)]
    assert sum(counted) + len(page.waiting) + len(page.skipped) == len(rows)


@settings(max_examples=200, deadline=None)
@given(
    status=st.sampled_from([400, 401, 404, 406, 412, 500, 501]),
    body=st.one_of(
        st.binary(max_size=60),
        st.sampled_from(SEEDS),
        st.builds(
            damaged,
            st.sampled_from(
                [b'{"odata.error":{"code":"9","message":{"value":"x"}}}', b"<m:error/>"]
            ),
            st.lists(damage, max_size=3),
        ),
    ),
    writing=st.booleans(),
)
def test_whatever_stands_in_an_error_it_becomes_one_of_ours(
    status: int, body: bytes, writing: bool
) -> None:
    said = HttpAnswer(status, {}, body, 0.1)
    error = failure(said, Call("1С", writing=writing))
    assert isinstance(error, ProvodkaError)
    assert error.code
    assert len(error.found) < 3000
    parse_error(said)


START = RECORDED.read_bytes()[:6000]
END = RECORDED.read_bytes()[-6000:]


@settings(max_examples=200, deadline=None)
@given(seed=st.sampled_from([START, END, START + END]), blows=st.lists(damage, max_size=5))
def test_damaged_metadata_is_read_or_misunderstood(
    seed: bytes, blows: list[tuple[int, bytes]]
) -> None:
    with suppress(Misunderstood):
        assert parse_metadata(damaged(seed, blows)).digest


@pytest.mark.parametrize("encoding", ["AUTF-8", "utf-7", "gb18030", "cp1251", "utf-16"])
def test_metadata_in_another_encoding_than_it_says_is_read_or_misunderstood(encoding: str) -> None:
    with suppress(Misunderstood):
        assert parse_metadata(START.replace(b"UTF-8", encoding.encode(), 1) + END).digest


def test_metadata_without_its_ends_is_misunderstood() -> None:
    whole = RECORDED.read_bytes()
    for length in (1, 100, 5000, len(whole) // 2, len(whole) - 8):
        with pytest.raises(Misunderstood):
            parse_metadata(whole[:length])
