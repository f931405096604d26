"""What makes two clients look like one, and what keeps them apart."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from provodka.foundation.identifiers import uuid7
from provodka.mappings.duplicates.cards import Card, read_card
from provodka.mappings.duplicates.finding import CROWD, among
from provodka.mappings.duplicates.names import alike, read_name, sound
from provodka.mappings.duplicates.scoring import Likeness, compare

INN, OTHER_INN = "7707083893", "7728168971"


def card(name: str = "ООО Ромашка", **values: Any) -> Card:
    return Card(uuid7(), name, **values)


def likeness(one: Card, other: Card) -> Likeness:
    return compare(read_card(one), read_card(other))


def codes(one: Card, other: Card) -> set[str]:
    return {reason.code for reason in likeness(one, other).reasons}


@pytest.mark.requirement("R76")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ООО «Ромашка»", 'Общество с ограниченной ответственностью "РОМАШКА"'),
        ("Ромашка, ООО", "ооо ромашка"),
        ("POMAШKA", "РОМАШКА"),
        ("Ёлочка", "Елочка"),
        ("ПАО Сбербанк, Тверской филиал", "Сбербанк ПАО Тверской"),
        ("ИП Котов Илья Ильич", "Индивидуальный предприниматель Котов Илья Ильич"),
    ],
)
def test_one_name_written_in_two_ways_is_the_same(one: str, other: str) -> None:
    assert alike(read_name(one), read_name(other)) == 1


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("Котов И. И.", "Котов Илья Ильич", 0.9, 0.99),
        ("Котов И. И.", "Котов Петр Ильич", 0, 0.87),
        ("Торговый дом Ромашка", "Торговый дом Ромажка", 0.9, 0.99),
        ("Школа 12", "Школа 13", 0, 0.6),
        ("Ромашка", "Василек", 0, 0.5),
        ("", "Ромашка", 0, 0),
    ],
)
def test_names_are_as_alike_as_people_find_them(
    one: str, other: str, least: float, most: float
) -> None:
    assert least <= alike(read_name(one), read_name(other)) <= most


def test_words_that_sound_alike_have_one_sound() -> None:
    assert sound("РОМАШКА") == sound("РАМАЖКА") == sound("РОММАШКА")
    assert sound("РОМАШКА") != sound("РОМАНКА")


def test_a_company_that_bears_its_old_form_is_not_another() -> None:
    assert "form_other" not in codes(card("ЗАО Ромашка"), card("АО Ромашка"))
    assert "form_other" in codes(card("ООО Ромашка"), card("АО Ромашка"))


@pytest.mark.parametrize(
    ("kpps", "code"),
    [
        (("770701001", "770701001"), "inn_kpp_same"),
        (("770701001", None), "inn_same"),
        ((None, None), "inn_same"),
        (("770701001", "770743001"), "inn_branch"),
    ],
)
def test_an_inn_weighs_by_its_kpp(kpps: tuple[str | None, str | None], code: str) -> None:
    one, other = (card(inn=INN, kpp=kpp) for kpp in kpps)
    assert code in codes(one, other)


def test_a_department_of_the_same_inn_scores_less_than_the_same_client() -> None:
    head = card("Магнит", inn=INN, kpp="770701001")
    branch = card("Магнит филиал", inn=INN, kpp="770743001")
    twin = card("Магнит", inn=INN, kpp="770701001")
    assert likeness(head, branch).score < likeness(head, twin).score == 100


def test_another_inn_outweighs_a_name_and_a_telephone() -> None:
    phones = ("+79990000001",)
    one, other = card(inn=INN, phones=phones), card(inn=OTHER_INN, phones=phones)
    assert likeness(one, other).score < 40
    assert among([one, other]) == []


@pytest.mark.parametrize("written", ["8 (999) 000-00-01", "79990000001", "999 000 00 01"])
def test_a_telephone_is_known_however_it_is_written(written: str) -> None:
    one, other = card("А", phones=("+79990000001",)), card("Б", phones=(written,))
    assert "phone_same" in codes(one, other)


def test_a_neighbour_in_another_flat_has_another_address() -> None:
    at = "170000, г. Тверь, ул. Садовая, д. 1, кв. {}"
    assert "address_same" in codes(
        card(addresses=(at.format(2),)), card(addresses=("Тверь, Садовая 1-2",))
    )
    assert not {"address_same", "address_like"} & codes(
        card(addresses=(at.format(2),)), card(addresses=(at.format(3),))
    )


def test_namesakes_are_no_candidates_by_a_short_name_alone() -> None:
    people = [card("Котов Илья", individual=True) for _number in range(2)]
    assert among(people) == []
    whole = [card("Котов Илья Ильич", individual=True) for _number in range(2)]
    assert len(among(whole)) == 1


def test_the_reasons_are_told_in_words_the_weightiest_first() -> None:
    one, other = (card(inn=INN, emails=("A@x.example",)) for _number in range(2))
    assert [reason.text for reason in likeness(one, other).reasons] == [
        f"ИНН тот же: {INN}",
        "наименование то же: РОМАШКА",
        "почта та же: a@x.example",
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ромашка", "Роматка"),
        ("Торговая компания Подснежник", "Торговая компания Подснижник"),
        ("Рамашка", "Ромажка"),
    ],
)
def test_names_a_letter_apart_are_compared_at_all(one: str, other: str) -> None:
    found = among([card(one), card(other), card("Василек")], least=0)
    assert len(found) <= 1
    assert bool(found) == (alike(read_name(one), read_name(other)) >= 0.88)


def test_what_a_crowd_shares_makes_nobody_a_candidate() -> None:
    letters = str.maketrans("0123456789abcdef", "абвгдежзиклмнопр")
    names = [uuid4().hex.translate(letters) for _number in range(CROWD + 1)]
    crowd = [card(name, phones=("+79990000001",)) for name in names]
    assert len(among(crowd[:CROWD], least=0)) == CROWD * (CROWD - 1) / 2
    assert among(crowd, least=0) == []
