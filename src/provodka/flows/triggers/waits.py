"""Actions that were put off: asked again when their time comes, or when their document changes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import journal
from provodka.foundation.errors import DocumentError, ProvodkaError
from provodka.foundation.i18n import _
from provodka.trigger_rules.again import Answer, ask_again
from provodka.trigger_rules.changes import Change, net_changes
from provodka.trigger_rules.event_kinds import BY_CLIENT
from provodka.trigger_rules.events import Event

if TYPE_CHECKING:
    from provodka.flows.triggers.step import Step

__all__ = ["apply_due", "look_again"]

AGAIN = text("""
    UPDATE hub.waiting SET due_at = :now
    WHERE state = 'waiting' AND due_at > :now
      AND (document = ANY(CAST(:touched AS uuid[])) OR deal_id = ANY(CAST(:touched AS uuid[])))
""")
DUE = text("""
    SELECT * FROM hub.waiting WHERE state = 'waiting' AND due_at <= :now
    ORDER BY due_at, key LIMIT :limit
""")
SETTLE = text("""
    UPDATE hub.waiting SET state = :state, why = :why, settled_at = :now WHERE key = :key
""")
PUT_OFF = text("UPDATE hub.waiting SET due_at = :due, why = :why WHERE key = :key")
SOONEST = timedelta(minutes=1)
LATER = timedelta(hours=1)


def look_again(connection: Connection, changes: Collection[Change], now: datetime) -> None:
    """Ask at once about what waits for documents that have changed: dates move, reasons go."""
    touched = list({change.document for change in changes})
    if touched:
        connection.execute(AGAIN, {"touched": touched, "now": now})


def apply_due(step: Step, page: int) -> bool:
    """Decide a page of delayed actions whose time has come; whether there were any."""
    rows = step.connection.execute(DUE, {"now": step.now, "limit": page}).all()
    events = [(row, _event(step, row)) for row in rows]
    deals = {row.deal_id for row in rows if row.deal_id}
    if events:
        step.surround([event for _row, event in events], deals)
    for row, event in events:
        _decide(step, row, event)
    return bool(rows)


def _event(step: Step, row: Any) -> Event:
    """The event that put the action off, its document to be seen as it is now."""
    rule = next((one for one in step.book.rules if one.name == row.rule), None)
    through = row.kind in BY_CLIENT and rule is not None and rule.scenario is not None
    return Event(
        row.event,
        row.of,
        _change(step.connection, row),
        row.occurrence,
        (row.kind, row.document),
        through,
    )


def _change(connection: Connection, row: Any) -> Change:
    delta = journal.delta_by_id(connection, row.cause) if row.cause is not None else None
    found = net_changes([delta]) if delta else []
    if found:
        return found[0]
    nothing: frozenset[str] = frozenset()
    document: UUID = row.document
    return Change(row.cause or 0, row.kind, document, {}, {}, nothing, "", row.depth)


def _decide(step: Step, row: Any, event: Event) -> None:
    if row.rule in step.disabled:
        _settle(step, row.key, Answer("waiting", _("правило выключено"), step.now + LATER))
        return
    facts = step.around.seen(event, row.deal_id)
    failed: dict[str, ProvodkaError] = {}
    try:
        answer = ask_again(
            step.book, row.rule, row.action, event, facts, row.base, step.now, step.calendar
        )
    except DocumentError as error:
        step.set_aside(event, error)
        failed[row.rule] = error
        answer = Answer("cancelled", error.found)
    if answer.state == "done":
        failed |= step.perform(event, answer.effects, {**facts, "now": step.now})
    step.judge([row.rule] if answer.state == "done" else (), failed)
    _settle(step, row.key, answer)


def _settle(step: Step, key: str, answer: Answer) -> None:
    if answer.state == "waiting":
        due = max(answer.due_at or step.now, step.now + SOONEST)
        step.connection.execute(PUT_OFF, {"key": key, "due": due, "why": answer.why})
        return
    given = {"key": key, "state": answer.state, "why": answer.why or None, "now": step.now}
    step.connection.execute(SETTLE, given)
    step.counts.update({"waited" if answer.state == "done" else "dropped": 1})
