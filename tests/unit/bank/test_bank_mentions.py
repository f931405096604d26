"""Numbers of documents in purpose texts, as people and banks write them."""

from __future__ import annotations

from datetime import date

import pytest

from provodka.mappings.bank.mentions import Mention, mentions
from provodka.mappings.bank.numbers import groups_of, likeness

MARCH = date(2026, 3, 5)


def invoices(text: str) -> list[tuple[tuple[str, ...], date | None]]:
    return [(one.number, one.day) for one in mentions(text)
            if one.kind == "invoice" and not one.ranged]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Оплата по счету №12 от 05.03.2026", [(("12",), MARCH)]),
        ("счет N 12 от 05/03/2026 г.", [(("12",), MARCH)]),
        ("ОПЛАТА ПО СЧЁТУ 12 ОТ 5 МАРТА 2026 ГОДА", [(("12",), MARCH)]),
        ("сч. 12,13", [(("12",), None), (("13",), None)]),
        ("сч№12/1", [(("12", "1"), None)]),
        ("Счет12 за воду", [(("12",), None)]),
        ("счет УТ-00012", [(("УТ", "12"), None)]),
        ("счет УТ 00012 от 05.03.26", [(("УТ", "12"), MARCH)]),
        ("счет YT-00012", [(("УТ", "12"), None)]),  # Latin letters
        ("cчет 12", [(("12",), None)]),  # a Latin c
        ("счет на оплату № 000000045", [(("45",), None)]),
        ("счетам №№ 12, 13 и 14 от 05.03.2026", [((n,), MARCH) for n in ("12", "13", "14")]),
        ("сч 12 от 05.03.2026, 13 от 06.03.2026",
         [(("12",), MARCH), (("13",), date(2026, 3, 6))]),
        ("Invoice 77", [(("77",), None)]),
        ("счет (12) от 2026-03-05", [(("12",), MARCH)]),
        ("по сч.34 от 31.03.2022, Без налога (НДС)", [(("34",), date(2022, 3, 31))]),
        ("счет 12, 1500 руб", [(("12",), None)]),
        ("счет 12, 2 шт", [(("12",), None)]),
        ("счет 12, 1500.00", [(("12",), None)]),
        ("счет-фактура 345", []),
        ("сч-ф 345, с/ф 346, р/с 40702810, л/с 17", []),
        ("расчетный счет 40702810800000000001", []),
        ("по договору 7 от 01.01.2026", []),
        ("за воду", []),
        ("", []),
    ],
)  # fmt: skip
def test_invoices_are_found_with_their_days(
    text: str, found: list[tuple[tuple[str, ...], date | None]]
) -> None:
    assert invoices(text) == found


def test_a_dash_may_be_a_range_or_a_part_of_the_number() -> None:
    found = mentions("по счетам 12-15")
    assert found[0] == Mention("invoice", ("12", "15"))
    assert [one.number for one in found if one.ranged] == [("12",), ("13",), ("14",), ("15",)]


@pytest.mark.parametrize("text", ["счет 12-5", "счет 1-99999", "счет УТ-15", "счет 12-12"])
def test_a_dash_that_can_be_no_range_makes_none(text: str) -> None:
    assert not [one for one in mentions(text) if one.ranged]


def test_a_contract_is_no_invoice() -> None:
    assert mentions("по дог. № 7/26 от 05.03.2026") == (Mention("contract", ("7", "26"), MARCH),)


def test_sums_rates_and_days_are_no_numbers() -> None:
    text = "Сумма 12200-00, в т.ч. НДС 22% 2200.00 от 05.03.2026, 1803,28 руб"
    assert [one for one in mentions(text) if one.kind in ("bare", "invoice")] == []


def test_a_number_without_a_label_is_bare() -> None:
    assert mentions("УТ-00012 вода") == (Mention("bare", ("УТ", "12")),)


@pytest.mark.parametrize(
    ("number", "groups"),
    [
        ("СЧ00-000012", ("СЧ", "12")),
        ("0000-000012", ("12",)),
        ("cч-7", ("СЧ", "7")),
        ("12/1", ("12", "1")),
        ("№ 5", ("5",)),
        ("", ()),
        ("000", ()),
    ],
)
def test_a_number_is_its_letters_and_figures(number: str, groups: tuple[str, ...]) -> None:
    assert groups_of(number) == groups


@pytest.mark.parametrize(
    ("written", "number", "how"),
    [
        ("СЧ-12", "СЧ00-000012", "same"),
        ("12", "СЧ00-000012", "tail"),
        ("12", "12", "same"),
        ("112", "СЧ00-000012", "other"),
        ("2", "СЧ00-000012", "other"),
        ("УТ-12", "СЧ00-000012", "other"),
        ("1", "12/1", "other"),
        ("12/1", "12/1", "same"),
        ("", "12", "other"),
    ],
)
def test_numbers_are_compared_by_their_parts(written: str, number: str, how: str) -> None:
    assert likeness(groups_of(written), groups_of(number)) == how
