"""Plans beside facts, counted on fingers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.contract.dashboards.histories import History, day, key
from tests.flow.report_books import ask, cells, people, tell, told_rows

pytestmark = pytest.mark.requirement("R104")


def paper(told: History, what: str, number: int, at: float, amount: float, **more: Any) -> None:
    """A posted shipment or payment of the first client, dated when it was entered."""
    fields = {"client_id": str(key(901)), "currency": "RUB", "posted": True, **more}
    told.put(what, number, at, date=day(at).isoformat(), amount=amount, **fields)


def plan(told: History, number: int, basis: str, amount: float, **more: Any) -> None:
    fields = {"first_day": "2026-01-12", "last_day": "2026-01-23", "currency": "RUB", **more}
    told.put("plan", number, 0, basis=basis, amount=amount, **fields)


@pytest.fixture
def planned(store: Engine) -> Engine:
    told = History()
    people(told)
    anna, boris = ({"manager_id": str(key(number))} for number in (801, 802))
    plan(told, 1, "shipped", 1000, **anna)
    plan(told, 2, "shipped", 0, **boris)
    plan(told, 3, "shipped", 4000, department_id=str(key(701)))
    plan(told, 4, "paid", 500)
    told.deal(5, 2, "letter", responsible_id=str(key(802)))
    told.put(
        "invoice",
        50,
        3,
        date=day(3).isoformat(),
        deal_id=str(key(5)),
        amount=300,
        client_id=str(key(901)),
        currency="RUB",
        posted=True,
        paid_amount=0,
        shipped_amount=0,
        accounting="entered",
    )
    paper(told, "shipment", 61, 11.5, 600)
    paper(told, "shipment", 62, 14, 300.5, invoice_id=str(key(50)))
    paper(told, "shipment", 63, 15, -100)
    paper(told, "shipment", 64, 5, 7777)
    paper(told, "shipment", 65, 15, 9999, currency="USD")
    paper(told, "payment", 71, 16, 250, kind="bank")
    paper(told, "payment", 72, 16, 1, kind="bank", posted=False)
    told.put("employee", 801, 17, department_id=None)
    told.put("shipment", 63, 20, deleted_at=day(20).isoformat())
    tell(store, told)
    return store


def test_each_plan_meets_the_fact_of_its_own_term(planned: Engine) -> None:
    rows = told_rows(ask(planned, "plan", 16.5).table("plans"))
    told = {(row["basis"], row["owner"]): row for row in rows}
    anna, boris = told["Отгружено", "Анна Орлова"], told["Отгружено", "Борис Зуев"]
    assert (anna["fact_amount"], anna["done"]) == (Decimal(500), (Decimal(500), Decimal(1000)))
    assert (boris["fact_amount"], boris["done"]) == (
        Decimal("300.5"),
        (Decimal("300.5"), Decimal(0)),
    )
    assert told["Отгружено", "Опт"]["fact_amount"] == Decimal("800.5")
    assert told["Оплачено", "Компания"]["fact_amount"] == Decimal(250)


def test_the_plan_to_date_goes_by_working_days(planned: Engine) -> None:
    rows = told_rows(ask(planned, "plan", 16.5).table("plans"))
    [anna] = [row for row in rows if row["owner"] == "Анна Орлова"]
    # From Monday the 12th to Friday the 23rd; on Saturday the 17th five of ten have passed.
    assert anna["days"] == (5, 10)
    assert anna["to_date"] == Decimal(500)
    assert anna["pace"] == (Decimal(500), Decimal(500))


def test_a_return_that_was_deleted_counts_until_then(planned: Engine) -> None:
    facts = {
        at: cells(ask(planned, "plan", at).table("facts"), "basis", "amount") for at in (16.5, 21)
    }
    assert ("Отгружено", Decimal("8577.5")) in facts[16.5]
    assert ("Отгружено", Decimal("8677.5")) in facts[21]


def test_papers_in_another_currency_are_left_out_and_counted(planned: Engine) -> None:
    told = [ask(planned, "plan", at).table("facts").notes for at in (14.5, 16.5)]
    assert told == [(), ("Исключено документов в валюте: 1",)]


@pytest.mark.requirement("R105")
def test_managers_and_departments_stand_side_by_side(planned: Engine) -> None:
    by_department = ask(planned, "plan", 25, by="department").table("facts")
    assert ("Отгружено", "Опт", Decimal("8377")) in cells(by_department, "basis", "group", "amount")
    assert ask(planned, "plan", 25, by="manager").trusted
