from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from tests.unit.mappings.bp30_samples import (
    BOOKS,
    CLIENT,
    MAPPINGS,
    MOSCOW,
    ORGANIZATION,
    RUBLE,
    external,
    ours,
)

from provodka.mappings.matching import (
    Ambiguous,
    Matched,
    Unmatched,
    candidates,
    normalised,
    searches,
)

CLIENTS = MAPPINGS["client"]
# Numbers with right check digits that belong to nobody in these tests.
INN, OTHER_INN, PERSON_INN = "7707083893", "7702070139", "500100732259"


def client(**values: Any) -> dict[str, Any]:
    return {"name": None, "full_name": None, "inn": None, "kpp": None} | values


def test_a_client_is_found_by_its_tax_numbers_first() -> None:
    pool = {
        "a": client(inn=INN, kpp="773601001", name="Старое имя"),
        "b": client(name="Ромашка ООО"),
    }
    found = candidates(CLIENTS, client(inn=INN, kpp="773601001", name="Ромашка ООО"), pool)
    assert found == Matched("a", ("inn", "kpp"))


def test_without_tax_numbers_the_full_name_comes_before_the_short_one() -> None:
    pool = {"a": client(name="Ромашка"), "b": client(full_name='ООО "Ромашка"', name="Р")}
    found = candidates(CLIENTS, client(name="Ромашка", full_name="ООО «РОМАШКА»"), pool)
    assert found == Matched("b", ("full_name",))


def test_two_that_fit_are_a_question_and_not_a_guess() -> None:
    pool = {"b": client(name="Ромашка"), "a": client(name="РОМАШКА "), "c": client(name="Роза")}
    found = candidates(CLIENTS, client(name="«Ромашка»"), pool)
    assert found == Ambiguous(("a", "b"), ("name",))
    assert isinstance(found, Ambiguous)
    assert found.error(CLIENTS, "x").candidates == ("a", "b")


def test_an_ambiguous_step_is_not_narrowed_by_a_later_one() -> None:
    pool = {
        "a": client(full_name="Ромашка", name="Первая"),
        "b": client(full_name="Ромашка", name="Вторая"),
    }
    found = candidates(CLIENTS, client(full_name="Ромашка", name="Первая"), pool)
    assert isinstance(found, Ambiguous)


def test_branches_of_one_company_are_different_clients() -> None:
    pool = {"a": client(inn=INN, kpp="773601001", name="Ромашка")}
    branch = client(inn=INN, kpp="561001001", name="Ромашка")
    assert candidates(CLIENTS, branch, pool) == Unmatched()


def test_the_same_name_under_another_tax_number_is_another_client() -> None:
    pool = {"a": client(inn=INN, name="Ромашка")}
    assert candidates(CLIENTS, client(inn=OTHER_INN, name="Ромашка"), pool) == Unmatched()


def test_a_person_is_found_by_the_tax_number_alone() -> None:
    pool = {"a": client(inn=PERSON_INN, name="Иванова И. И.")}
    found = candidates(CLIENTS, client(inn=PERSON_INN, name="ИП Иванова"), pool)
    assert found == Matched("a", ("inn", "kpp"))


@pytest.mark.parametrize("inn", ["7707083894", "0000000", "неизвестен", ""])
def test_a_tax_number_that_cannot_be_one_proves_nothing(inn: str) -> None:
    pool = {"a": client(inn=inn, name="Роза"), "b": client(inn=INN, name="Ромашка")}
    found = candidates(CLIENTS, client(inn=inn, name="Ромашка"), pool)
    assert found == Matched("b", ("name",))


def test_empty_values_never_match_empty_values() -> None:
    pool = {"a": client(), "b": client(name="")}
    assert candidates(CLIENTS, client(name=""), pool) == Unmatched()


def test_a_document_is_found_by_date_and_number_whatever_zone_they_are_told_in() -> None:
    at = datetime(2026, 3, 4, 10, tzinfo=MOSCOW)
    pool = {"a": {"date": at, "number": "СЧ00-000007"}, "b": {"date": at, "number": "СЧ00-000008"}}
    wanted = {"date": at.astimezone(UTC), "number": "СЧ00-000007"}
    assert candidates(MAPPINGS["invoice"], wanted, pool) == Matched("a", ("date", "number"))


def test_the_same_number_and_date_of_another_client_is_another_document() -> None:
    at = datetime(2026, 3, 4, 10, tzinfo=MOSCOW)
    pool = {"a": {"date": at, "number": "7", "client_id": UUID(int=1)}}
    wanted = {"date": at, "number": "7", "client_id": UUID(int=2)}
    assert candidates(MAPPINGS["invoice"], wanted, pool) == Unmatched()


@pytest.mark.parametrize(
    "written",
    [
        'Общество с ограниченной ответственностью "Зелёный  Бор"',
        "ООО «ЗЕЛЕНЫЙ БОР»",
        "Зеленый бор, ООО",
        "ооо 'зелёный\u00a0бор'",
    ],
)
def test_a_name_is_compared_as_people_compare_it(written: str) -> None:
    assert normalised(written) == "ооо зеленый бор"


def test_other_names_stay_different() -> None:
    assert normalised("ООО «Бор-1»") != normalised("ООО «Бор-2»")
    assert normalised("АО «Бор»") != normalised("ООО «Бор»")


def test_searches_are_the_steps_in_the_words_of_the_base() -> None:
    values = client(inn=INN, kpp="773601001", name="Ромашка", full_name="ООО Ромашка")
    assert searches(CLIENTS, values, external=external, zone=MOSCOW) == [
        {"ИНН": INN, "КПП": "773601001"},
        {"НаименованиеПолное": "ООО Ромашка"},
        {"Description": "Ромашка"},
    ]


def test_a_search_writes_references_as_keys_of_the_base() -> None:
    values = {
        "kind": "with_buyer",
        "client_id": ours(CLIENT),
        "organization_id": ours(ORGANIZATION),
        "name": "Основной",
        "currency": "RUB",
    }
    said = searches(MAPPINGS["contract"], values, external=external, zone=MOSCOW, books=BOOKS)
    assert said == [
        {
            "ВидДоговора": "СПокупателем",
            "Owner_Key": UUID(CLIENT),
            "Description": "Основной",
            "Организация_Key": UUID(ORGANIZATION),
            "ВалютаВзаиморасчетов_Key": UUID(RUBLE),
        }
    ]
