"""Actions that were put off: asked again when their time comes, or when their document changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.engine import dump_json
from provodka.flows.triggers.waves import Occasion, Wave
from provodka.foundation.errors import DocumentError, ProvodkaError
from provodka.foundation.i18n import _
from provodka.trigger_rules.again import Answer, ask_again
from provodka.trigger_rules.changes import Change, net_changes
from provodka.trigger_rules.decide import Decision
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
    UPDATE hub.waiting w SET state = v.state, why = v.why, settled_at = :now
    FROM json_to_recordset(CAST(:rows AS json)) AS v (key text, state text, why text)
    WHERE w.key = v.key
""")
PUT_OFF = text("""
    UPDATE hub.waiting w SET due_at = v.due, why = v.why
    FROM json_to_recordset(CAST(:rows AS json)) AS v (key text, due timestamptz, why text)
    WHERE w.key = v.key
""")
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
    due = _Due(step)
    for row, event in events:
        due.ask(row, event)
    due.end()
    return bool(rows)


@dataclass
class _Due:
    """Delayed actions that are decided one after another and written together."""

    step: Step
    wave: Wave = field(init=False)
    answered: list[tuple[Any, Event, Answer]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wave = Wave(self.step.book.related)

    def ask(self, row: Any, event: Event) -> None:
        """Decide one anew, together with those before it or, if it must be, by itself."""
        facts = self.step.around.seen(event, row.deal_id)
        if self.wave.awaits(Occasion(event, row.deal_id)) or self.wave.concerns(facts):
            self.end()
            facts = self.step.around.seen(event, row.deal_id)
        try:
            answer = _answer(self.step, row, event, facts)
        except DocumentError:
            answer = None
        if answer is None or not self.wave.takes(Decision(list(answer.effects))):
            self.end()
            _decide(self.step, row, event)
            return
        self.wave.add(answer.effects, {**facts, "now": self.step.now})
        self.answered.append((row, event, answer))

    def end(self) -> None:
        """Write what has been decided; if that fails, decide each by itself."""
        step, wave, answered = self.step, self.wave, self.answered
        self.wave, self.answered = Wave(step.book.related), []
        if not step.written(wave):
            for row, event, _answer in answered:
                _decide(step, row, event)
            return
        step.counts.update(effects=sum(item.done for item in wave.items))
        step.judge([row.rule for row, _event, one in answered if one.state == "done"], {})
        _settle(step, [(row.key, one) for row, _event, one in answered])


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


def _answer(step: Step, row: Any, event: Event, facts: Mapping[str, Any]) -> Answer:
    """What becomes of a delayed action; raises `DocumentError` where the action itself would."""
    if row.rule in step.disabled:
        return Answer("waiting", _("правило выключено"), step.now + LATER)
    return ask_again(
        step.book, row.rule, row.action, event, facts, row.base, step.now, step.calendar
    )


def _decide(step: Step, row: Any, event: Event) -> None:
    facts = step.around.seen(event, row.deal_id)
    failed: dict[str, ProvodkaError] = {}
    try:
        answer = _answer(step, row, event, facts)
    except DocumentError as error:
        step.set_aside(event, error)
        failed[row.rule] = error
        answer = Answer("cancelled", error.found)
    if answer.state == "done":
        failed |= step.perform(event, answer.effects, {**facts, "now": step.now})
    step.judge([row.rule] if answer.state == "done" else (), failed)
    _settle(step, [(row.key, answer)])


def _settle(step: Step, answers: Sequence[tuple[str, Answer]]) -> None:
    put_off = [
        {"key": key, "due": max(one.due_at or step.now, step.now + SOONEST), "why": one.why}
        for key, one in answers
        if one.state == "waiting"
    ]
    settled = [
        {"key": key, "state": one.state, "why": one.why or None}
        for key, one in answers
        if one.state != "waiting"
    ]
    if put_off:
        step.connection.execute(PUT_OFF, {"rows": dump_json(put_off)})
    if settled:
        step.connection.execute(SETTLE, {"rows": dump_json(settled), "now": step.now})
    for row in settled:
        step.counts.update({"waited" if row["state"] == "done" else "dropped": 1})
