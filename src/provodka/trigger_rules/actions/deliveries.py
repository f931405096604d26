"""Deliveries: tasks that follow a stop which was moved, the bill of a month for a company."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from provodka.foundation.i18n import _, marked
from provodka.foundation.nearest import nearest
from provodka.trigger_rules import effects
from provodka.trigger_rules.actions.kinds import ActionKind, Checking, Made, Wakes, Woken, Writes
from provodka.trigger_rules.actions.tasks import executor
from provodka.trigger_rules.schema import dates_of
from provodka.trigger_rules.vocabulary import Code, Path, Strict

__all__ = ["KINDS", "BillMonth", "MoveTasks"]


class MoveTasks(Strict):
    """Open tasks of the deal that the rule `created_by` has put get another executor or term.

    Those that a person has touched stay as they are. A courier or a date that is not filled in
    is an error with its name.
    """

    created_by: Code
    executor: Literal["responsible", "head", "courier"] | None = None
    due_at: Path | None = None

    @model_validator(mode="after")
    def _said(self) -> MoveTasks:
        if self.executor is None and self.due_at is None:
            raise PydanticCustomError("nothing", _("executor, due_at или оба"))
        return self


class BillMonth(Strict):
    """One invoice for all orders of the client that were delivered in the month before this one.

    An order is billed once; with nothing to bill there is no invoice.
    """


def _move(woken: Woken, body: MoveTasks, index: int) -> Made:
    yield effects.MoveTasks(
        woken.reason(index),
        woken.deal["id"],
        body.created_by,
        _executor(woken, body.executor),
        woken.date(body.due_at) if body.due_at else None,
    )


def _executor(woken: Woken, role: str | None) -> Any:
    if role is None:
        return None
    if role == "courier":
        if woken.deal["courier_id"] is None:
            raise woken.lacking("deal.courier_id")
        return woken.deal["courier_id"]
    person = executor(role, woken.facts)
    return person["id"] if person else None


def _check_move(check: Checking, body: MoveTasks) -> None:
    dates = dates_of(check.names)
    if body.due_at is not None and body.due_at not in dates:
        check.miss(
            "due_at",
            found=_("«{path}» не дата").format(path=body.due_at),
            expected=nearest(body.due_at, dates),
            code="not_a_date",
        )


def _wakes_move(_rule: Any, _body: Any) -> Wakes:
    return frozenset({("document_changed", "task")})


def _writes_move(_rule: Any, body: MoveTasks) -> Writes:
    said = {"executor_id": body.executor, "due_at": body.due_at}
    return {f"task.{name}": None for name, value in said.items() if value is not None}


def _bill(woken: Woken, _body: BillMonth, index: int) -> Made:
    client = woken.facts.get("client")
    if client is None:
        raise woken.lacking("client")
    today = woken.now.astimezone(woken.calendar.zone).date()
    month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    yield effects.BillMonth(woken.reason(index), client["id"], month)


def _wakes_bill(_rule: Any, _body: Any) -> Wakes:
    return frozenset(
        {("document_created", "invoice"), ("invoice_posted", None), ("document_changed", "order")}
    )


KINDS = (
    ActionKind(
        "move_tasks",
        marked("Передать или перенести задачи правила"),
        MoveTasks,
        _move,
        "move_tasks: {created_by: take_money, executor: courier, due_at: deal.delivery_at}",
        about_a_deal=True,
        check=_check_move,
        wakes=_wakes_move,
        writes=_writes_move,
    ),
    ActionKind(
        "bill_month",
        marked("Выставить клиенту счет за прошлый месяц"),
        BillMonth,
        _bill,
        "bill_month: {}",
        about_a_deal=True,
        wakes=_wakes_bill,
    ),
)
