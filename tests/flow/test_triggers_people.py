"""Whom deals and tasks go to: by stage, by turns, by load, to substitutes, to couriers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.flow.test_triggers_actions import company, deal, enter_second, robot
from tests.flow.trigger_company import FRIDAY


@pytest.mark.requirement("R57")
def test_a_deal_goes_to_the_employee_of_its_stage_with_its_open_tasks(
    store: Engine, tmp_path: Path
) -> None:
    one = company(
        store, tmp_path, robot("assign: {how: by_stage, stages: {second: second@romashka.test}}")
    )
    other = one.insert("employee", name="Белова Анна", email="Second@romashka.test")
    key = deal(one)
    task = one.insert("task", subject="Своя", deal_id=key, executor_id=one.manager)
    enter_second(one, key)
    [row] = one.rows("SELECT responsible_id FROM crm.deal")
    assert row.responsible_id == other
    [row] = one.rows("SELECT executor_id FROM crm.task WHERE id = :id", id=task)
    assert row.executor_id == other


def test_a_responsible_chosen_by_hand_stays(store: Engine, tmp_path: Path) -> None:
    one = company(store, tmp_path, robot("assign: {how: head}"))
    other = one.insert("employee", name="Белова Анна")
    key = deal(one)
    one.update("deal", key, responsible_id=other)
    enter_second(one, key)
    assert one.rows("SELECT responsible_id FROM crm.deal")[0].responsible_id == other


@pytest.mark.requirement("R57")
def test_turns_go_round(store: Engine, tmp_path: Path) -> None:
    one = company(store, tmp_path, robot("assign: {how: round_robin, among: {role: courier}}"))
    couriers = {
        one.insert("employee", name=f"Курьер {number}", role="courier") for number in range(3)
    }
    given = []
    for _number in range(6):
        key = deal(one)
        enter_second(one, key)
        [row] = one.rows("SELECT responsible_id FROM crm.deal WHERE id = :id", id=key)
        given.append(row.responsible_id)
    assert set(given[:3]) == set(given[3:]) == couriers


def test_the_least_loaded_gets_the_deal(store: Engine, tmp_path: Path) -> None:
    one = company(store, tmp_path, robot("assign: {how: least_loaded, among: {role: courier}}"))
    busy = one.insert("employee", name="Занятой", role="courier")
    free = one.insert("employee", name="Свободный", role="courier")
    one.insert("task", subject="Доставка", executor_id=busy)
    enter_second(one, deal(one))
    rows = one.rows("SELECT responsible_id FROM crm.deal")
    assert rows[0].responsible_id == free


@pytest.mark.requirement("R73")
def test_a_task_due_in_an_absence_goes_to_the_substitute_and_later_ones_back(
    store: Engine, tmp_path: Path
) -> None:
    one = company(store, tmp_path, robot("plan_call: {subject: Позвонить, due: {days: 3}}"))
    other = one.insert("employee", name="Белова Анна")
    one.insert(
        "absence", employee_id=one.manager, substitute_id=other,
        first_day=date(2026, 11, 23), last_day=date(2026, 11, 29),
    )  # fmt: skip
    enter_second(one, deal(one))
    one.now = datetime(2026, 11, 28, 9, tzinfo=UTC)
    enter_second(one, deal(one))
    executors = [
        row.executor_id
        for row in one.rows("SELECT executor_id FROM crm.task WHERE rule = 'robot' ORDER BY due_at")
    ]
    assert executors == [other, one.manager]


DELIVERY = robot(
    "create_task: {subject: Доставить, kind: delivery, executor: courier, due_at: deal.delivery_at}"
)


@pytest.mark.requirement("R91")
def test_a_delivery_task_takes_its_courier_and_date_from_the_deal(
    store: Engine, tmp_path: Path
) -> None:
    one = company(store, tmp_path, DELIVERY)
    courier = one.insert("employee", name="Курьер", role="courier")
    enter_second(one, deal(one, courier_id=courier, delivery_at=FRIDAY))
    [task] = one.rows("SELECT executor_id, due_at FROM crm.task WHERE kind = 'delivery'")
    assert tuple(task) == (courier, FRIDAY)


@pytest.mark.requirement("R91")
@pytest.mark.parametrize("lacking", ["courier_id", "delivery_at"])
def test_a_delivery_without_courier_or_date_is_a_named_error_and_no_task(
    store: Engine, tmp_path: Path, lacking: str
) -> None:
    one = company(store, tmp_path, DELIVERY)
    courier = one.insert("employee", name="Курьер", role="courier")
    filled = {"courier_id": courier, "delivery_at": FRIDAY}
    del filled[lacking]
    enter_second(one, deal(one, **filled))
    assert one.rows("SELECT FROM crm.task WHERE kind = 'delivery'") == []
    assert f"deal.{lacking}" in one.set_aside()[0].found
