"""An open deal always has a planned next step, whoever forgot it and whatever crashed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from provodka.trigger_rules.actions.tasks import executor
from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.changes import Change
from provodka.trigger_rules.decide import Facts
from provodka.trigger_rules.effects import CreateTask, Reason
from provodka.trigger_rules.moments import due_moment
from provodka.trigger_rules.scenario import Scenario, version_of

__all__ = ["ALWAYS_PLANNED", "PLANNED_KINDS", "deals_touched", "plan_next_step"]

ALWAYS_PLANNED = "always_planned"
PLANNED_KINDS = frozenset({"deal", "task", "interaction"})
"""Documents whose changes may leave a deal without a next step."""


def plan_next_step(
    scenario: Scenario,
    facts: Facts,
    now: datetime,
    calendar: WorkingCalendar,
    *,
    cause: int | None = None,
    depth: int = 0,
) -> CreateTask | None:
    """The task that a deal of this scenario lacks, or nothing if it is closed, paused or has one.

    Keyed by how many tasks the deal has ever had: a repeat makes none, a new gap makes one.
    """
    deal = facts["deal"]
    if deal["status"] != "open" or deal["kind"] == "unstaged" or deal["open_tasks"]:
        return None
    if deal.get("paused_at") is not None:
        return None
    step = scenario.always_planned
    person = executor(step.executor, facts)
    due = due_moment(step.due, now, calendar)
    return CreateTask(
        reason=Reason(
            rule=ALWAYS_PLANNED,
            version=version_of(step),
            kind="deal",
            document=deal["id"],
            occurrence=f"tasks-{deal['tasks']}",
            index=0,
            cause=cause,
            depth=depth,
        ),
        deal=deal["id"],
        client=deal["client_id"],
        subject=step.subject,
        purpose=None,
        kind=step.kind,
        executor=person["id"] if person else None,
        due_at=due.at,
        provisional=due.provisional,
    )


def deals_touched(changes: Collection[Change]) -> dict[UUID, Change]:
    """The deals whose next step these changes may have taken away, each with its last change."""
    touched: dict[UUID, Change] = {}
    for change in changes:
        if change.kind == "deal":
            touched[change.document] = change
        elif change.kind in PLANNED_KINDS:
            for row in (change.before, change.after):
                if row and row.get("deal_id"):
                    touched[UUID(row["deal_id"])] = change
    return touched
