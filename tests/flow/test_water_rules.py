"""The rules' side of a delivery: moved at any stage, failed with a reason, billed for the month."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from tests.flow.test_water_desk import MORNING, NEXT, NOON, PHONE, Water

from provodka.flows.water.stops import Fact, Move, done, failed, move
from provodka.trigger_rules.book import RULES, RuleBook

MONEY = "Получить с клиента оплату"


@pytest.fixture
def water(store: Engine) -> Water:
    company = Water(store, RuleBook.load([RULES / "water_delivery.yaml"]), now=MORNING)
    company.update("client", company.client, kind="individual", phone=PHONE)
    return company


def tasks(water: Water) -> dict[str, tuple[Any, datetime]]:
    """Open tasks of couriers: whose, and when."""
    rows = water.rows(
        "SELECT t.subject, e.name, t.due_at FROM crm.task t JOIN crm.employee e"
        " ON e.id = t.executor_id WHERE t.status = 'open' AND e.role = 'courier'"
    )
    return {row.subject: (row.name, row.due_at) for row in rows}


def deal_of(water: Water, order: UUID) -> UUID:
    found: UUID = water.rows("SELECT deal_id FROM crm.order WHERE id = :id", id=order)[0][0]
    return found


@pytest.mark.requirement("R89", "R91")
def test_a_stop_given_to_another_courier_takes_both_of_its_tasks_along(water: Water) -> None:
    water.order()
    with water.by("Диспетчер") as connection:
        move(connection, water.stop(), Move("client_asked", NEXT, water.somov, seen=1))
    water.react()
    assert tasks(water) == {
        "Доставить заказ клиенту": ("Сомов", NEXT),
        MONEY: ("Сомов", NEXT),
    }
    told = water.rows("SELECT origin FROM hub.delta WHERE origin = 'rule:water_moved'")
    assert len(told) == 1


@pytest.mark.requirement("R89", "R90")
def test_a_move_made_in_the_deal_without_a_reason_is_told_to_the_head(water: Water) -> None:
    order = water.order()
    water.update("deal", deal_of(water, order), courier_id=water.somov, delivery_at=NEXT)
    water.react()
    assert tasks(water)[MONEY] == ("Сомов", NEXT)
    told = [letter.subject for letter in water.letters() if letter.channel == "mail"]
    assert [one for one in told if "перенесен без причины" in one]
    [moved] = water.rows("SELECT who, former_from, planned_from FROM crm.delivery_moves")
    assert tuple(moved) == ("person:test", NOON, NEXT)


@pytest.mark.requirement("R90")
def test_a_move_with_a_reason_disturbs_nobody(water: Water) -> None:
    water.order()
    with water.by("Петров") as connection:
        move(connection, water.stop(), Move("courier_late", NEXT, seen=1))
    water.react()
    assert not [one for one in water.letters() if "без причины" in (one.subject or "")]


def test_a_task_whose_time_a_person_has_set_is_not_moved(water: Water) -> None:
    water.order()
    later = NOON + timedelta(hours=5)
    water.execute(
        "UPDATE crm.task SET due_at = :at WHERE subject = :subject", at=later, subject=MONEY
    )
    with water.by("Диспетчер") as connection:
        move(connection, water.stop(), Move("client_asked", NEXT, water.somov, seen=1))
    water.react()
    assert tasks(water)[MONEY] == ("Петров", later)


@pytest.mark.requirement("R12")
def test_a_company_is_billed_at_the_month_s_end_for_what_it_got_and_once(water: Water) -> None:
    firm = water.insert("client", name="АО Клен", kind="legal_entity", email="k@klen.test")
    water.strike()
    for _order in range(2):
        water.order(client=firm)
        with water.by("Петров") as connection:
            done(connection, water.stop(), Fact(), NOON)
        water.react()
    water.now = datetime(2026, 12, 1, 5, tzinfo=UTC)
    for _time in range(2):
        water.strike()
        water.react()
    [bill] = water.rows("SELECT client_id, amount, posted FROM crm.invoice")
    assert (bill.client_id, bill.amount, bill.posted) == (firm, Decimal(1800), True)
    assert [letter.recipient for letter in water.letters("invoice")] == ["k@klen.test"]
    assert water.set_aside() == []
    [effect] = water.rows("SELECT made FROM hub.effect WHERE action = 'BillMonth'")
    assert effect.made["orders"] == 2


def test_a_month_without_deliveries_brings_no_bill(water: Water) -> None:
    water.update("client", water.client, kind="legal_entity")
    water.strike()
    water.deal(scenario="water_delivery", stage="billing")
    water.now = datetime(2026, 12, 1, 5, tzinfo=UTC)
    water.strike()
    water.react()
    assert water.rows("SELECT * FROM crm.invoice") == []
    [effect] = water.rows("SELECT made FROM hub.effect WHERE action = 'BillMonth'")
    assert effect.made["skipped"] == "nothing_to_bill"


@pytest.mark.requirement("R90", "R95")
def test_a_refusal_at_the_door_loses_the_deal_with_its_reason(water: Water) -> None:
    order = water.order()
    with water.by("Петров") as connection:
        failed(connection, water.stop(), "refused", NOON)
    water.react()
    [deal] = water.rows("SELECT status, lost_reason FROM crm.deal")
    assert tuple(deal) == ("lost", "Клиент отказался при доставке")
    assert water.rows("SELECT status FROM crm.order WHERE id = :id", id=order)[0][0] == "cancelled"
    assert water.tasks(deal_of(water, order)) == []
