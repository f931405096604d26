"""Shipped scenarios in a real store: a delivery that fails once, an owner's morning."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from tests.flow.trigger_company import Company

from provodka.trigger_rules.book import RULES, RuleBook

MORNING = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
NOON, LATER = datetime(2026, 11, 21, 7, tzinfo=UTC), datetime(2026, 11, 24, 7, tzinfo=UTC)


@pytest.fixture
def water(store: Engine) -> Company:
    return Company(store, RuleBook.load([RULES / "water_delivery.yaml"]), now=MORNING)


def deliveries(company: Company) -> list[tuple[str, datetime, str]]:
    query = (
        "SELECT e.name, t.due_at, t.status FROM crm.task t JOIN crm.employee e"
        " ON e.id = t.executor_id WHERE t.kind = 'delivery' ORDER BY t.id"
    )
    return [tuple(row) for row in company.rows(query)]


@pytest.mark.requirement("R91", "R92", "R93")
def test_a_failed_delivery_goes_back_with_its_reason_and_the_next_one_is_a_new_task(
    water: Company,
) -> None:
    first, second = (
        water.insert("employee", name=name, role="courier") for name in ("Петров", "Сомов")
    )
    water.update("client", water.client, kind="individual")
    deal = water.deal(scenario="water_delivery", stage="order")
    water.react()
    assert "Назначить экспедитора и дату доставки" in water.tasks(deal)
    water.update("deal", deal, courier_id=first, delivery_at=NOON)
    water.react()
    assert water.stage(deal) == "delivery"
    assert deliveries(water) == [("Петров", NOON, "open")]

    water.execute(
        "UPDATE crm.task SET status = 'failed', result = 'Клиента не было' WHERE kind = 'delivery'"
    )
    water.react()
    assert water.stage(deal) == "order"
    assert "Договориться с клиентом о новой дате доставки" in water.tasks(deal)
    assert any("Клиента не было" in letter.text for letter in water.letters())

    water.update("deal", deal, courier_id=second, delivery_at=LATER)
    water.react()
    assert deliveries(water) == [("Петров", NOON, "failed"), ("Сомов", LATER, "open")]
    water.execute("UPDATE crm.task SET status = 'done' WHERE kind = 'delivery' AND status = 'open'")
    water.react()
    assert water.stage(deal) == "won"
    assert water.set_aside() == []


@pytest.mark.requirement("R91")
def test_a_delivery_without_a_courier_is_set_aside_with_the_name_of_the_gap(
    water: Company,
) -> None:
    deal = water.deal(scenario="water_delivery", stage="delivery", delivery_at=NOON)
    water.react()
    assert deliveries(water) == []
    assert {row.found for row in water.set_aside()} == {"пусто: deal.courier_id"}
    assert water.tasks(deal) != []


def test_companies_are_billed_once_a_month_for_all_their_deliveries(water: Company) -> None:
    water.update("client", water.client, kind="legal_entity")
    water.strike()
    deals = [water.deal(scenario="water_delivery", stage="billing") for _n in range(3)]
    water.react()
    water.now = datetime(2026, 12, 1, 5, tzinfo=UTC)
    water.strike()
    water.react()
    bills = [
        task
        for deal in deals
        for task in water.tasks(deal)
        if task.startswith("Проверить счет за прошлый месяц")
    ]
    assert len(bills) == 1
