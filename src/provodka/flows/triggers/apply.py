"""The rules' stream: journal → events → effects, one transaction a page, safe to kill anywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import OperationalError

from provodka.connectors.crm_store import cursors, journal
from provodka.connectors.crm_store.journal import Delta, Position
from provodka.flows.history import ORIGIN as HISTORY
from provodka.flows.triggers.doing.later import read_firings
from provodka.flows.triggers.failing import Failing
from provodka.flows.triggers.performing import Performer
from provodka.flows.triggers.publishing import LOCK, in_force
from provodka.flows.triggers.setting_aside import SET_ASIDE, STREAM, set_aside, told
from provodka.flows.triggers.surroundings import Surroundings
from provodka.flows.triggers.waits import apply_due, look_again
from provodka.foundation.errors import ProvodkaError
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.changes import Change, net_changes, whole_transactions
from provodka.trigger_rules.decide import DEEPEST, decide
from provodka.trigger_rules.effects import Effect
from provodka.trigger_rules.events import Event, events_of
from provodka.trigger_rules.letters import Letters
from provodka.trigger_rules.planned import PLANNED_KINDS, deals_touched, plan_next_step

__all__ = ["STREAM", "apply_deltas", "apply_triggers", "ensure_planned"]

PAGE = 500
UNPLANNED = text("""
    SELECT d.id FROM crm.deal d
    WHERE d.status = 'open' AND d.kind <> 'unstaged' AND d.deleted_at IS NULL
      AND d.scenario = ANY(:scenarios) AND d.paused_at IS NULL
      AND NOT EXISTS (SELECT FROM crm.task t
                      WHERE t.deal_id = d.id AND t.status = 'open' AND t.deleted_at IS NULL)
      AND NOT EXISTS (SELECT FROM crm.interaction i WHERE i.deal_id = d.id
                      AND i.status = 'planned' AND i.deleted_at IS NULL)
      AND NOT EXISTS (SELECT FROM hub.delta j WHERE j.document = d.id AND j.kind = 'deal'
                      AND (j.xid, j.id) > (CAST(:xid AS text)::xid8, :id))
    ORDER BY d.id LIMIT :limit
""").bindparams(bindparam("scenarios", type_=ARRAY(Text)))
Failed = dict[str, ProvodkaError]


def apply_triggers(
    engine: Engine,
    book: RuleBook,
    calendar: WorkingCalendar,
    now: datetime,
    *,
    page: int = PAGE,
    approved: bool = False,
) -> Counter[str]:
    """Apply the rules to everything new in the journal, the rules' own effects included.

    Of `approved` rules each page takes the versions that people have put in force by then,
    otherwise the book as it is.

    Counts `deltas`, `events`, `effects`, `planned` (next steps added), `set_aside` and `disabled`
    (rules that failed too often). One runner at a time; each page's effects, letters and cursor
    are one transaction.
    """
    counts: Counter[str] = Counter()
    more = True
    while more:
        with engine.begin() as connection:
            connection.execute(LOCK)
            rules = in_force(connection, book) if approved else book
            step = Step(connection, rules, calendar, now, counts)
            more = _apply_page(step, page) or apply_due(step, page)
    return counts


def ensure_planned(
    engine: Engine, book: RuleBook, calendar: WorkingCalendar, now: datetime
) -> Counter[str]:
    """Plan a next step for every open deal that has none; counts `planned`.

    A deal with changes that the rules have not read yet is left to them.
    """
    counts: Counter[str] = Counter()
    more = True
    while more:
        with engine.begin() as connection:
            connection.execute(LOCK)
            step = Step(connection, book, calendar, now, counts)
            found = _unplanned(connection, book)
            step.surround((), found)
            planned = sum(step.plan(deal) for deal in found)
            more = bool(planned) and len(found) == PAGE
    return counts


def apply_deltas(
    connection: Connection,
    book: RuleBook,
    calendar: WorkingCalendar,
    now: datetime,
    deltas: Sequence[Delta],
    *,
    approved: bool = False,
) -> Counter[str]:
    """Apply the rules to these deltas in the caller's transaction; repeats are harmless.

    This is also how a delta that was set aside is tried again, by switched off rules too.
    """
    counts: Counter[str] = Counter()
    connection.execute(LOCK)
    rules = in_force(connection, book) if approved else book
    Step(connection, rules, calendar, now, counts, all_rules=True).run(deltas)
    return counts


def _apply_page(step: Step, page: int) -> bool:
    """Handle one page and move the cursor; `False` when the journal has been read to its end."""
    connection, book = step.connection, step.book
    place = Position.from_json(cursors.read(connection, STREAM))
    end = journal.latest(connection)
    kinds = sorted(book.kinds | PLANNED_KINDS)
    deltas = journal.read_deltas(connection, place, page, kinds)
    whole = whole_transactions(deltas, page)
    step.run(whole)
    full = len(deltas) == page
    reached = [one for one in (whole[-1].position if whole else None, None if full else end) if one]
    if reached and (place is None or max(reached) > place):
        cursors.move(connection, STREAM, max(reached).to_json())
    return bool(whole)


def _unplanned(connection: Connection, book: RuleBook) -> list[UUID]:
    place = Position.from_json(cursors.read(connection, STREAM)) or Position(0, 0)
    given = {
        "scenarios": list(book.scenarios),
        "xid": str(place.xid),
        "id": place.id,
        "limit": PAGE,
    }
    return list(connection.execute(UNPLANNED, given).scalars())


@dataclass
class Step:
    """One transaction's work on a page.

    `book` is what is asked: without the rules that are switched off, unless a person tries
    again what they could not do (`all_rules`).
    """

    connection: Connection
    book: RuleBook
    calendar: WorkingCalendar
    now: datetime
    counts: Counter[str]
    all_rules: bool = False
    failing: Failing = field(init=False)
    disabled: frozenset[str] = frozenset()
    around: Surroundings = field(init=False)
    performer: Performer = field(init=False)

    def __post_init__(self) -> None:
        self.failing = Failing.read(self.connection, self.now)
        if not self.all_rules:
            self.disabled = self.failing.disabled(self.book)
            self.book = self.book.without(self.disabled)

    def run(self, deltas: Sequence[Delta]) -> None:
        """React to a page of changes."""
        changes = [one for one in net_changes(deltas) if one.origin != HISTORY]
        ranks = self.book.ranks
        events = [event for change in changes for event in events_of(change, ranks)]
        woken = [event for event in events if self.book.listening(event)]
        touched = deals_touched(changes)
        look_again(self.connection, changes, self.now)
        self.surround(woken, touched)
        self.counts.update(deltas=len(deltas), events=len(woken))
        for event in woken:
            self._react(event)
        for deal, change in touched.items():
            self.plan(deal, change)

    def plan(self, deal: UUID, change: Change | None = None) -> bool:
        """Give an open deal its next step if it has none."""
        facts = self.around.of_deal(deal)
        row = facts["deal"]
        scenario = self.book.scenarios.get(row["scenario"] or "") if row else None
        if scenario is None:
            return False
        effect = plan_next_step(
            scenario,
            facts,
            self.now,
            self.calendar,
            cause=change.id if change else None,
            depth=min(change.depth + 1, DEEPEST) if change else 1,
        )
        done = effect is not None and self.performer.perform(effect, facts)
        self.counts.update(planned=int(done))
        return done

    def surround(self, events: Collection[Event], deals: Collection[UUID]) -> None:
        """Read what these events and deals need."""
        self.around = Surroundings.around(self.connection, events, deals, self.book.related)
        letters = Letters(self.book.templates, self.calendar.zone)
        self.performer = Performer(self.connection, self.around, letters, self.now)
        self._recall(events)

    def _recall(self, events: Collection[Event]) -> None:
        """What rules of capped frequency have done, if such a rule is awake."""
        capped = {
            rule.name
            for event in events
            for rule in self.book.listening(event)
            if rule.text.at_most is not None
        }
        about = [*self.around.rows.get("deal", ()), *self.around.rows.get("client", ())]
        self.performer.firings = read_firings(self.connection, capped, about)

    def perform(self, event: Event, wanted: Sequence[Effect], facts: dict[str, Any]) -> Failed:
        """Perform effects together, or if one fails each by itself; the rules that failed."""
        failed: Failed = {}
        if wanted and not self._all(wanted, facts):
            for effect in wanted:
                error = self._one(event, effect, facts)
                if error is not None:
                    failed[effect.reason.rule] = error
        return failed

    def _react(self, event: Event) -> None:
        for about, facts in self.around.facts(event):
            history = self.performer.firings
            decision = decide(self.book, about, facts, self.now, self.calendar, history=history)
            for trouble in decision.troubles:
                self.set_aside(event, trouble.error)
            failed: Failed = {trouble.rule: trouble.error for trouble in decision.troubles}
            failed |= self.perform(event, decision.effects, {**facts, "now": self.now})
            self.judge([one.rule for one in decision.verdicts if one.fired], failed)

    def _all(self, wanted: Sequence[Effect], facts: dict[str, Any]) -> bool:
        """Perform an event's effects together; undone and `False` if one of them fails."""
        try:
            with self.connection.begin_nested():
                done = [self.performer.perform(effect, facts) for effect in wanted]
        except OperationalError:
            raise
        except SET_ASIDE:
            self._look_again(facts)
            return False
        self.counts.update(effects=sum(done))
        return True

    def _one(self, event: Event, effect: Effect, facts: dict[str, Any]) -> ProvodkaError | None:
        """Perform one effect, or set it aside with its reason."""
        try:
            with self.connection.begin_nested():
                done = self.performer.perform(effect, facts)
        except OperationalError:
            raise
        except SET_ASIDE as error:
            reason = told(effect, error)
            self.set_aside(event, reason)
            self._look_again(facts)
            return reason
        self.counts.update(effects=int(done))
        return None

    def _look_again(self, facts: dict[str, Any]) -> None:
        """After a rollback: what was noted of the deal and of caps may not be so."""
        if facts["deal"]:
            self.around.load_deals([facts["deal"]["id"]])
        rules = {rule for rule, _about in self.performer.firings}
        about = {about for _rule, about in self.performer.firings}
        self.performer.firings = read_firings(self.connection, rules, about)

    def set_aside(self, event: Event, error: ProvodkaError) -> None:
        """Leave what could not be done for a person, with the change that asked for it."""
        set_aside(self.connection, event, error)
        self.counts.update(set_aside=1)

    def judge(self, acted: Collection[str], failed: Failed) -> None:
        """Count the failures of rules in a row; one that fails too often is asked no more."""
        for name in acted:
            if name not in failed:
                self.failing.succeeded(name)
        for name, error in failed.items():
            rule = self.book.named.get(name)
            if rule is not None and self.failing.failed(name, rule.version, error):
                self.counts.update(disabled=1)
                self.disabled |= {name}
                self.book = self.book.without(frozenset({name}))
