"""While somebody is away the substitute has their tasks, and afterwards they have them again."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from tests.flow.cli_program import document, program
from tests.flow.trigger_company import Company

from provodka.flows.triggers.handing_over import find_employee, hand_over
from provodka.flows.triggers.standing_in import ORIGIN, stand_in_for_absent
from provodka.foundation.errors import AmbiguousMatch, DocumentError

YEKATERINBURG = ZoneInfo("Asia/Yekaterinburg")
MONDAY, SUNDAY = date(2026, 11, 23), date(2026, 11, 29)
NOON = datetime(2026, 11, 24, 7, tzinfo=UTC)


class Office(Company):
    """Lunin is away for a week, and Belova stands in for him."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.belova = self.insert("employee", name="Белова Анна")
        self.absence = self.insert(
            "absence", employee_id=self.manager, substitute_id=self.belova,
            first_day=MONDAY, last_day=SUNDAY,
        )  # fmt: skip

    def task(self, due: datetime | None, executor: UUID | None = None) -> UUID:
        return self.insert(
            "task", subject="Позвонить", executor_id=executor or self.manager, due_at=due
        )

    def tick(self, now: datetime) -> Counter[str]:
        return stand_in_for_absent(self.engine, YEKATERINBURG, now)

    def executor(self, task: UUID) -> UUID:
        found: UUID = self.rows("SELECT executor_id FROM crm.task WHERE id = :id", id=task)[0][0]
        return found


@pytest.fixture
def office(store: Engine) -> Office:
    return Office(store)


@pytest.mark.requirement("R73")
def test_planned_tasks_go_to_the_substitute_and_come_back(office: Office) -> None:
    during, after = office.task(NOON), office.task(NOON + timedelta(days=10))
    assert office.tick(NOON - timedelta(days=2)) == Counter(handed=1)
    assert (office.executor(during), office.executor(after)) == (office.belova, office.manager)
    assert office.tick(NOON) == Counter()
    assert office.tick(NOON + timedelta(days=6)) == Counter(returned=1)
    assert office.executor(during) == office.manager
    assert office.tick(NOON + timedelta(days=7)) == Counter()


@pytest.mark.requirement("R73")
def test_the_history_shows_who_had_the_task_and_why(office: Office) -> None:
    task = office.task(NOON)
    office.tick(NOON)
    office.tick(NOON + timedelta(days=6))
    told = office.rows(
        "SELECT origin, before->>'executor_id' AS before, after->>'executor_id' AS after"
        " FROM hub.delta WHERE document = :id AND op = 'update' ORDER BY id",
        id=task,
    )
    there, back = (ORIGIN, str(office.manager), str(office.belova)), ORIGIN
    assert [tuple(row) for row in told] == [there, (back, str(office.belova), str(office.manager))]
    [row] = office.rows("SELECT employee_id, substitute_id, returned_at FROM hub.stand_in")
    assert (row.employee_id, row.substitute_id) == (office.manager, office.belova)
    assert row.returned_at == NOON + timedelta(days=6)


def test_an_overdue_task_goes_over_when_the_absence_begins(office: Office) -> None:
    task = office.task(NOON - timedelta(days=4))
    assert office.tick(NOON - timedelta(days=2)) == Counter()
    assert office.tick(NOON) == Counter(handed=1)
    assert office.executor(task) == office.belova


def test_what_a_person_has_taken_back_is_not_taken_again(office: Office) -> None:
    task = office.task(NOON)
    office.tick(NOON)
    office.update("task", task, executor_id=office.manager)
    assert office.tick(NOON) == Counter()
    assert office.executor(task) == office.manager


def test_what_the_substitute_has_given_to_a_third_stays_there(office: Office) -> None:
    task = office.task(NOON)
    office.tick(NOON)
    office.update("task", task, executor_id=office.head)
    office.tick(NOON + timedelta(days=6))
    assert office.executor(task) == office.head


def test_what_is_done_meanwhile_is_left_alone(office: Office) -> None:
    task = office.task(NOON)
    office.tick(NOON)
    office.update("task", task, status="done")
    assert office.tick(NOON + timedelta(days=6)) == Counter()
    assert office.executor(task) == office.belova


def test_an_absence_that_is_called_off_gives_the_tasks_back(office: Office) -> None:
    task = office.task(NOON)
    office.tick(NOON)
    office.execute("UPDATE crm.absence SET deleted_at = now()")
    assert office.tick(NOON) == Counter(returned=1)
    assert office.executor(task) == office.manager


def test_a_substitute_who_falls_ill_has_a_substitute_and_the_task_still_comes_back(
    office: Office,
) -> None:
    task = office.task(NOON)
    office.tick(NOON)
    ill: Any = {"first_day": MONDAY, "last_day": date(2026, 11, 26), "employee_id": office.belova}
    office.insert("absence", substitute_id=office.head, **ill)
    assert office.tick(NOON) == Counter(handed=1)
    assert office.executor(task) == office.head
    assert office.tick(NOON + timedelta(days=4)) == Counter(handed=1)
    assert office.executor(task) == office.belova
    office.tick(NOON + timedelta(days=6))
    assert office.executor(task) == office.manager


def test_a_task_that_nobody_stands_in_for_stays(office: Office) -> None:
    office.execute("UPDATE crm.absence SET substitute_id = NULL")
    task = office.task(NOON)
    assert office.tick(NOON) == Counter()
    assert office.executor(task) == office.manager


@pytest.mark.requirement("R73", "R89")
def test_a_couriers_stop_goes_along_with_the_task(office: Office) -> None:
    deal = office.deal(courier_id=office.manager, delivery_at=NOON)
    office.insert(
        "task", subject="Доставить", kind="delivery", deal_id=deal, executor_id=office.manager,
        due_at=NOON,
    )  # fmt: skip
    office.tick(NOON)
    [stop] = office.rows("SELECT courier_id FROM crm.delivery")
    [move] = office.rows("SELECT who, reason, former_courier_id FROM crm.delivery_moves")
    assert stop.courier_id == office.belova
    assert tuple(move) == (ORIGIN, "исполнитель отсутствует", office.manager)


@pytest.mark.requirement("R16", "R73")
def test_a_new_employee_takes_over_tasks_and_deals_and_what_a_substitute_has(
    office: Office, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent, own, done = office.task(NOON), office.task(NOON + timedelta(days=30)), office.task(NOON)
    office.update("task", done, status="done")
    deal = office.deal(kind="unstaged", scenario=None, stage=None)
    office.tick(NOON)
    new = office.insert("employee", name="Новикова", email="new@romashka.test")
    run = program(store_url, tmp_path, monkeypatch)
    said = ("rules", "handover", "manager@romashka.test", "Новикова", "--deals", "--who", "Орлова")
    assert document(run(*said, "--json")) == {"tasks": 1, "deals": 1}
    assert (office.executor(own), office.executor(done)) == (new, office.manager)
    [row] = office.rows("SELECT responsible_id FROM crm.deal WHERE id = :id", id=deal)
    assert row.responsible_id == new
    office.tick(NOON + timedelta(days=6))
    assert office.executor(lent) == new
    told = office.rows("SELECT count(*) FROM hub.delta WHERE origin = 'person:Орлова'")
    assert told[0][0] == 2


def test_nobody_hands_over_to_themselves_to_strangers_or_to_namesakes(office: Office) -> None:
    office.insert("employee", name="Белова Анна")
    with office.engine.begin() as connection:
        with pytest.raises(DocumentError):
            hand_over(connection, office.manager, office.manager, deals=False)
        with pytest.raises(DocumentError):
            find_employee(connection, "никто")
        with pytest.raises(AmbiguousMatch):
            find_employee(connection, "белова анна")
