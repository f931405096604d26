"""Executive discipline, counted on fingers: terms that were moved, people who were away."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from tests.contract.dashboards.histories import History, day, key
from tests.flow.report_books import ask, cells, people, tell, told_rows

from provodka.foundation.errors import ConfigurationError

pytestmark = pytest.mark.requirement("R112")
MOSCOW = ZoneInfo("Europe/Moscow")


def task(told: History, number: int, at: float, **fields: Any) -> None:
    """A task of Anna's, or a change of it; days of the tests' own clock as terms."""
    for name in ("due_at", "original_due_at", "finished_at"):
        if isinstance(fields.get(name), int | float):
            fields[name] = day(fields[name]).isoformat()
    if ("task", key(number)) not in told.rows:
        fields = {
            "subject": f"Задача {number}",
            "kind": "task",
            "status": "open",
            "executor_id": str(key(801)),
            "client_id": str(key(901)),
            "original_due_at": fields.get("due_at"),
            **fields,
        }
    told.put("task", number, at, **fields)


def january() -> History:
    """Ten tasks due in January; the twelfth is a Monday, holidays end with the eleventh."""
    told = History()
    people(told)
    task(told, 1, 1, due_at=13)
    task(told, 2, 1, due_at=13)
    task(told, 3, 1, due_at=13)
    task(told, 4, 1, due_at=13)
    task(told, 5, 1, due_at=25)
    task(told, 6, 1, due_at=13)
    task(told, 7, 1, due_at=40)
    task(told, 8, 1, due_at=13)
    task(told, 9, 1, due_at=13, executor_id=str(key(802)))
    task(told, 10, 1, due_at=13)
    told.put(
        "absence",
        990,
        2,
        employee_id=str(key(802)),
        substitute_id=str(key(801)),
        first_day="2026-01-13",
        last_day="2026-01-16",
    )
    task(told, 1, 12, status="done", finished_at=12)
    task(told, 2, 10, due_at=20)
    task(told, 4, 12, status="cancelled")
    task(told, 8, 12.5, deleted_at=day(12.5).isoformat())
    task(told, 3, 14, due_at=20)
    task(told, 6, 14, status="done", finished_at=14)
    task(told, 9, 15, status="failed", finished_at=15)
    task(told, 3, 16, status="done", finished_at=16)
    task(told, 2, 18, status="done", finished_at=18)
    return told


@pytest.fixture
def january_store(store: Engine) -> Engine:
    tell(store, january())
    return store


def states(store: Engine, at: float, **asked: Any) -> dict[str, Any]:
    [row] = told_rows(ask(store, "tasks", at, **asked).table("discipline"))
    return row


def test_every_task_due_in_the_period_is_in_one_state(january_store: Engine) -> None:
    row = states(january_store, 22)
    wanted = {
        "due": 9,
        "on_time": 2,
        "late": 3,
        "overdue": 1,
        "ahead": 1,
        "cancelled": 1,
        "deleted": 1,
        "failed": 1,
        "share": (2, 6),
        "moved": 2,
        "moved_late": 1,
    }
    assert {name: row[name] for name in wanted} == wanted


def test_moving_a_term_after_it_has_passed_does_not_cure_it(january_store: Engine) -> None:
    late = ask(january_store, "tasks", 22).table("late")
    told = {row["subject"]: row for row in told_rows(late)}
    third = told["Задача 3"]
    assert (third["counted_due"], third["current_due"]) == (day(13), day(20))
    assert "Задача 2" not in told


def test_a_term_that_was_moved_in_time_is_the_one_that_counts(january_store: Engine) -> None:
    with_second = ask(january_store, "tasks", 19, where={"kind": "task"})
    assert [row["subject"] for row in told_rows(with_second.table("late"))] == [
        "Задача 10",
        "Задача 3",
        "Задача 9",
        "Задача 6",
    ]


def test_the_report_on_an_earlier_day_knows_nothing_of_what_came_later(
    january_store: Engine,
) -> None:
    row = states(january_store, 12.2)
    assert (row["on_time"], row["late"], row["overdue"], row["ahead"]) == (1, 0, 0, 7)
    assert row["deleted"] == 0


def test_whoever_stood_in_that_day_answers_for_the_task(january_store: Engine) -> None:
    table = ask(january_store, "tasks", 22, by="executor").table("discipline")
    assert cells(table, "group", "due") == [("Анна Орлова", 9)]


def test_an_employee_is_meant_by_the_first_word_of_the_name_too(january_store: Engine) -> None:
    whole, short = (
        ask(january_store, "tasks", 22, where={"executor": said}).table("discipline").rows
        for said in ("анна орлова", "Анна")
    )
    assert whole == short
    assert whole != ask(january_store, "tasks", 22, where={"executor": "Борис"}).tables[0].rows
    with pytest.raises(ConfigurationError, match="возможно, «Анна Орлова»"):
        ask(january_store, "tasks", 22, where={"executor": "Алла Орлова"})


def test_a_delay_is_counted_in_working_hours(january_store: Engine) -> None:
    late = ask(january_store, "tasks", 22).table("late")
    delays = {row["subject"]: row["delay"] for row in told_rows(late)}
    # Due at 3 a.m. of Wednesday the 14th, done at 3 a.m. of the 15th: one working day.
    assert datetime(2026, 1, 14, 3, tzinfo=MOSCOW) == day(13)
    assert delays["Задача 6"] == Decimal("9.00")
    assert delays["Задача 3"] == Decimal("27.00")


def test_all_balances_hold(january_store: Engine) -> None:
    for at in (5, 13, 16, 30):
        assert ask(january_store, "tasks", at).trusted


def test_the_same_instant_gives_the_same_report(january_store: Engine) -> None:
    assert ask(january_store, "tasks", 16) == ask(january_store, "tasks", 16)
