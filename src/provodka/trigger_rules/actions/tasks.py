"""Tasks for people: put, planned as a call or a meeting, taken back."""

from __future__ import annotations

from typing import Any, Literal

from provodka.foundation.i18n import marked
from provodka.trigger_rules import effects
from provodka.trigger_rules.actions.kinds import ActionKind, Made, Wakes, Woken
from provodka.trigger_rules.moments import due_moment
from provodka.trigger_rules.vocabulary import Due, Executor, Strict, TaskKind, Words

__all__ = ["KINDS", "CancelTasks", "CreateTask", "PlanTalk", "executor"]

WAKES_TASK: Wakes = frozenset({("document_created", "task")})


class CreateTask(Strict):
    """A task for a person about the deal."""

    subject: Words
    kind: TaskKind = "task"
    executor: Executor = "responsible"
    purpose: Words | None = None
    due: Due = Due(working_days=1)


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
    person = executor(body.executor, woken.facts)
    due = due_moment(body.due, woken.now, woken.calendars.of_person(person))
    yield effects.CreateTask(
        reason=woken.reason(index),
        deal=deal["id"],
        client=deal["client_id"],
        subject=body.subject,
        purpose=body.purpose,
        kind=kind,
        executor=person["id"] if person else None,
        due_at=due.at,
        provisional=due.provisional,
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
