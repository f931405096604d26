"""The quality of the client base, counted on fingers."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from tests.contract.dashboards.histories import History, day, key
from tests.flow.report_books import ask, people, tell, told_rows

pytestmark = pytest.mark.requirement("R75")


@pytest.fixture
def base(store: Engine) -> Engine:
    told = History()
    people(told)
    anna = str(key(801))
    told.put("client", 901, 1, inn="7707083893", phone="+7 (912) 000-00-01", email="A@x.ru")
    told.put("client", 911, 2, name="Филиал", kind="legal_entity", inn="7707083893")
    told.put(
        "client",
        912,
        2,
        name="Тезка",
        kind="individual",
        phone="8 912 000-00-01",
        email="a@X.ru",
        delivery_address="Мира, 1",
        responsible_id=anna,
    )
    told.put("client", 913, 2, name="Лишний", kind="individual", merged_into_id=str(key(912)))
    told.put("client", 914, 2, name="Бывший", kind="individual")
    told.put("client", 914, 6, deleted_at=day(6).isoformat())
    told.put("task", 1, 3, subject="Позвонить", status="open", client_id=str(key(901)))
    told.put("interaction", 2, 3, status="planned", at=day(9).isoformat(), client_id=str(key(912)))
    told.put("task", 1, 8, status="done")
    tell(store, told)
    return store


def base_row(store: Engine, at: float) -> dict[str, object]:
    result = ask(store, "client_base", at)
    assert result.trusted
    [row] = told_rows(result.table("base"))
    return row


def test_duplicates_are_told_by_tax_number_phone_and_mail(base: Engine) -> None:
    row = base_row(base, 7)
    assert (row["clients"], row["twice_inn"], row["twice_phone"], row["twice_email"]) == (
        4,
        2,
        2,
        2,
    )
    assert row["twice"] == (3, 4)


def test_filling_counts_the_fields_that_each_kind_needs(base: Engine) -> None:
    row = base_row(base, 7)
    # 5 of 5, 2 of 5, 4 of 4, and Иван Петров with his name and his manager: 2 of 4.
    assert row["filling"] == (13, 18)
    assert row["complete"] == (2, 4)


def test_clients_left_alone_are_those_with_nothing_planned(base: Engine) -> None:
    assert (base_row(base, 7)["unplanned"], base_row(base, 9)["unplanned"]) == (2, 3)
    assert base_row(base, 7)["nobodys"] == 1


def test_a_deleted_client_is_there_before_it_was_deleted(base: Engine) -> None:
    assert (base_row(base, 5)["clients"], base_row(base, 7)["clients"]) == (5, 4)
