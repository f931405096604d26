"""Telephone numbers as people and PBXs write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provodka.connectors.telephony.numbers import Kind, e164, normalize

MOBILE = "+79990000001"


@pytest.mark.parametrize(
    "written",
    [
        "8 (999) 000-00-01",
        "+7 999 000 00 01",
        "79990000001",
        "9990000001",
        "810 7 999 000-00-01",
        "0079990000001",
        "00 7 (999) 000-00-01",
        "+8 999 000-00-01",
        '"Отдел снабжения" <89990000001>',
        "sip:89990000001@10.0.0.1",
        "tel:+79990000001",
        " +7-999-000-00-01 ",
    ],
)
@pytest.mark.requirement("R67")
def test_every_way_to_write_a_russian_number_gives_the_same_e164(written: str) -> None:
    assert normalize(written).kind is Kind.PHONE
    assert e164(written) == MOBILE


@pytest.mark.parametrize(
    ("written", "extension"),
    [
        ("+7 495 000-00-12 доб. 12", "12"),
        ("84950000012, доб 101", "101"),
        ("8 495 000 00 12 (вн. 305)", "305"),
        ("+7 495 000-00-12 ext. 7", "7"),
        ("+74950000012#44", "44"),
    ],
)
def test_an_extension_behind_a_number_is_kept_beside_it(written: str, extension: str) -> None:
    number = normalize(written)
    assert (number.e164, number.extension) == ("+74950000012", extension)


@pytest.mark.parametrize("written", ["12", "101", "1234"])
def test_an_extension_of_the_office_is_recognised_before_parsing(written: str) -> None:
    number = normalize(written)
    assert (number.kind, number.extension, number.e164) == (Kind.INTERNAL, written, None)


def test_the_lengths_of_extensions_are_a_setting_of_the_pbx() -> None:
    assert normalize("10101", internal_lengths={5}).kind is Kind.INTERNAL
    assert normalize("101", internal_lengths={5}).kind is Kind.SHORT


@pytest.mark.parametrize("written", ["*78", "+7101", "210043", "00000"])
def test_what_is_too_short_for_a_full_number_never_becomes_e164(written: str) -> None:
    number = normalize(written)
    assert (number.kind, number.e164, number.best) == (Kind.SHORT, None, written)


@pytest.mark.parametrize("written", ["", "  ", "anonymous", "Restricted", "Номер скрыт", '"" <>'])
def test_a_hidden_number_is_said_to_be_hidden(written: str) -> None:
    assert normalize(written).kind is Kind.HIDDEN


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("+49 30 901820", "+4930901820"),
        ("810 49 30 901820", "+4930901820"),
        ("0049 30 901820", "+4930901820"),
        ("+375 29 000-00-01", "+375290000001"),
    ],
)
def test_numbers_of_other_countries_keep_their_country(written: str, expected: str) -> None:
    assert e164(written) == expected


@pytest.mark.parametrize("written", ["client1", "s", "5" * 40, "11234567890", "+7 125 000 00 01"])
def test_what_no_telephone_could_ring_is_unknown(written: str) -> None:
    assert normalize(written).kind is Kind.UNKNOWN
    assert e164(written) is None


def test_a_number_does_not_show_itself_in_a_log() -> None:
    assert "0000001" not in repr(normalize("89990000001"))


@given(st.text(max_size=40))
def test_no_text_at_all_makes_it_fail(text: str) -> None:
    number = normalize(text)
    assert (number.kind is Kind.PHONE) == (number.e164 is not None)


@given(st.integers(9000000000, 9999999999), st.sampled_from(["8", "+7", "7", "", "8107", "007"]))
def test_normalising_the_result_again_changes_nothing(local: int, prefix: str) -> None:
    first = e164(f"{prefix}{local}")
    assert first == f"+7{local}"
    assert e164(first) == first
