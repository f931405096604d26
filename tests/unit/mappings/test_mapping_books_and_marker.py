from __future__ import annotations

from uuid import UUID

import pytest

from provodka.mappings.books import BOOKS, read_book
from provodka.mappings.marker import marked, marker_for, strip_marker

DOCUMENT = UUID("01900000-0000-7000-8000-000000000001")


def test_currencies_are_read_by_their_codes() -> None:
    rows = [
        {"Ref_Key": "r", "Code": "643", "Description": "руб."},
        {"Ref_Key": "u", "Code": "840 ", "Description": "USD"},
        {"Ref_Key": "x", "Code": "999", "Description": "у. е."},
    ]
    assert read_book("currency", rows) == {"r": "RUB", "u": "USD"}


def test_units_are_read_by_their_names() -> None:
    rows = [{"Ref_Key": "a", "Description": "шт"}, {"Ref_Key": "b", "Description": " "}]
    assert read_book("unit", rows) == {"a": "шт"}


def test_a_book_says_what_to_ask_for() -> None:
    assert BOOKS["currency"].select == ("Ref_Key", "Code")


def test_the_marker_is_at_the_very_start() -> None:
    assert marked(DOCUMENT, "звонить").startswith(marker_for(DOCUMENT))
    assert len(marker_for(DOCUMENT)) == 38


@pytest.mark.parametrize("comment", ["звонить", "две\nстроки", "[скобки] и [prv:не метка]"])
def test_a_comment_comes_back_without_the_marker(comment: str) -> None:
    assert strip_marker(marked(DOCUMENT, comment)) == comment


def test_a_marker_that_a_person_wrote_before_is_taken_out_too() -> None:
    assert strip_marker(f"срочно {marker_for(DOCUMENT)} до обеда") == "срочно до обеда"


def test_a_document_keeps_one_marker_however_often_it_is_written() -> None:
    once = marked(DOCUMENT, "звонить")
    assert marked(DOCUMENT, once) == once
