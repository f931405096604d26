"""Tasks for people: put, planned as a call or a meeting, taken back."""

from __future__ import annotations

from typing import Any, Literal

from provodka.foundation.i18n import _, marked
from provodka.foundation.nearest import nearest
from provodka.trigger_rules import effects
from provodka.trigger_rules.actions.kinds import ActionKind, Checking, Made, Wakes, Woken
from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.moments import due_moment
from provodka.trigger_rules.schema import dates_of
from provodka.trigger_rules.vocabulary import Due, Executor, Path, Strict, TaskKind, Words

__all__ = ["KINDS", "CancelTasks", "CreateTask", "PlanTalk", "executor"]

WAKES_TASK: Wakes = frozenset({("document_created", "task")})


class CreateTask(Strict):
    """A task for a person about the deal; `courier` is the one that the deal names.

    Due in a term from now, or at the very moment in a field: `due_at: deal.delivery_at`. A
    courier or a date that is not filled in is an error with its name, and no task.
    """

    subject: Words
    kind: TaskKind = "task"
    executor: Literal["responsible", "head", "courier"] = "responsible"
    purpose: Words | None = None
    due: Due = Due(working_days=1)
    due_at: Path | None = None


class PlanTalk(Strict):
    """A meeting or a call that is planned with the client."""

    subject: Words
    executor: Executor = "responsible"
    purpose: Words | None = None
    due: Due = Due(working_days=1)


class CancelTasks(Strict):
    """Open tasks that rules made and nobody touched are taken back."""

    created_by: Literal["stage_entry"]


def executor(role: str, facts: Any) -> Any:
    """Who does a task: the row of the one in that role, else of the other, else nobody yet."""
    order = ("head", "responsible") if role == "head" else ("responsible", "head")
    return next((facts[name] for name in order if facts.get(name)), None)


def _task(woken: Woken, body: CreateTask | PlanTalk, index: int, kind: str) -> Made:
    deal = woken.deal
    who, calendar = _executor(woken, body.executor)
    if isinstance(body, CreateTask) and body.due_at is not None:
        due = woken.calendar.moment(woken.date(body.due_at))
    else:
        due = due_moment(body.due, woken.now, calendar)
    yield effects.CreateTask(
        reason=woken.reason(index),
        deal=deal["id"],
        client=deal["client_id"],
        subject=body.subject,
        purpose=body.purpose,
        kind=kind,
        executor=who,
        due_at=due.at,
        provisional=due.provisional,
    )


def _executor(woken: Woken, role: str) -> tuple[Any, WorkingCalendar]:
    """Who does it, and by which calendar they work."""
    if role == "courier":
        courier = woken.deal["courier_id"]
        if courier is None:
            raise woken.lacking("deal.courier_id")
        return courier, woken.calendar
    person = executor(role, woken.facts)
    return person["id"] if person else None, woken.calendars.of_person(person)


def _check_due(check: Checking, body: CreateTask) -> None:
    if body.due_at is None:
        return
    dates = dates_of(check.names)
    if body.due_at not in dates:
        check.miss(
            "due_at",
            found=_("«{path}» не дата").format(path=body.due_at),
            expected=nearest(body.due_at, dates),
            code="not_a_date",
        )


def _create(woken: Woken, body: CreateTask, index: int) -> Made:
    return _task(woken, body, index, body.kind)


def _meeting(woken: Woken, body: PlanTalk, index: int) -> Made:
    return _task(woken, body, index, "meeting")


def _call(woken: Woken, body: PlanTalk, index: int) -> Made:
    return _task(woken, body, index, "call")


def _cancel(woken: Woken, _body: CancelTasks, index: int) -> Made:
    was = woken.event.change.before
    if woken.event.kind == "deal" and was:
        closed = woken.event.name == "deal_closed"
        yield effects.CancelTasks(
            woken.reason(index), woken.event.document, was["stage_entry"], closed
        )


def _wakes_task(_rule: Any, _body: Any) -> Wakes:
    return WAKES_TASK


KINDS = (
    ActionKind(
        "create_task",
        marked("Поставить задачу"),
        CreateTask,
        _create,
        "create_task: {subject: Перезвонить клиенту, kind: call, due: {working_days: 1}}",
        about_a_deal=True,
        check=_check_due,
        wakes=_wakes_task,
    ),
    ActionKind(
        "plan_meeting",
        marked("Запланировать встречу"),
        PlanTalk,
        _meeting,
        "plan_meeting: {subject: Показать образцы, due: {working_days: 2, at: start}}",
        about_a_deal=True,
        wakes=_wakes_task,
    ),
    ActionKind(
        "plan_call",
        marked("Запланировать звонок"),
        PlanTalk,
        _call,
        "plan_call: {subject: Узнать решение по КП, due: {working_hours: 4}}",
        about_a_deal=True,
        wakes=_wakes_task,
    ),
    ActionKind(
        "cancel_tasks",
        marked("Снять задачи, поставленные правилами"),
        CancelTasks,
        _cancel,
        "cancel_tasks: {created_by: stage_entry}",
        about_a_deal=True,
    ),
)
