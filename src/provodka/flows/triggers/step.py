"""One transaction of the rules' stream: decide what has happened, and write what follows.

What is written together is written under one savepoint. If anything in it goes wrong, all of it
is undone and tried again in smaller parts, in the end one by one, so that only what is wrong is
set aside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from provodka.connectors.crm_store.journal import Delta
from provodka.flows.history import ORIGIN as HISTORY
from provodka.flows.triggers.doing.later import read_firings
from provodka.flows.triggers.failing import Failing
from provodka.flows.triggers.performing import Performer
from provodka.flows.triggers.setting_aside import SET_ASIDE, set_aside, told
from provodka.flows.triggers.surroundings import Surroundings
from provodka.flows.triggers.together import write_wave
from provodka.flows.triggers.unplanned import without_next_step
from provodka.flows.triggers.waits import look_again
from provodka.flows.triggers.waves import Occasion, Wave
from provodka.foundation.errors import ProvodkaError
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.changes import Change, net_changes
from provodka.trigger_rules.decide import DEEPEST, Decision, decide
from provodka.trigger_rules.effects import CreateTask, Effect
from provodka.trigger_rules.events import Event, events_of
from provodka.trigger_rules.letters import Letters
from provodka.trigger_rules.planned import deals_touched, plan_next_step

__all__ = ["Failed", "Step"]

Failed = dict[str, ProvodkaError]
TOGETHER = 512
"""How many occasions are decided and written together at most."""
SMALLER = 8
"""By how much fewer when something among them goes wrong."""


@dataclass
class Step:
    """One transaction's work on a page.

    `book` is what is asked: without the rules that are switched off, unless a person tries
    again what they could not do (`all_rules`). The store is not asked for failures of `healthy`
    rules, nor whom a change concerns if nothing `waits`.
    """

    connection: Connection
    book: RuleBook
    calendar: WorkingCalendar
    now: datetime
    counts: Counter[str]
    all_rules: bool = False
    healthy: bool = False
    waits: bool = True
    failing: Failing = field(init=False)
    disabled: frozenset[str] = frozenset()
    around: Surroundings = field(init=False)
    performer: Performer = field(init=False)

    def __post_init__(self) -> None:
        unknown = not self.healthy
        self.failing = (Failing.read if unknown else Failing)(self.connection, self.now)
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
        if self.waits:
            look_again(self.connection, changes, self.now)
        self.surround(woken, ())
        self.counts.update(deltas=len(deltas), events=len(woken))
        occasions = [Occasion(*one) for event in woken for one in self.around.occasions(event)]
        self._react(occasions, TOGETHER)
        bare = without_next_step(self.connection, self.book, touched)
        self.around.load_deals(bare - self.around.rows.get("deal", {}).keys())
        self.plan({deal: change for deal, change in touched.items() if deal in bare})

    def plan(self, deals: Mapping[UUID, Change | None]) -> int:
        """Give open deals that have none their next step; how many there were.

        Each comes with the change that may have taken it away.
        """
        wave = Wave()
        for deal, change in deals.items():
            facts = self.around.of_deal(deal)
            effect = self._next_step(facts, change)
            if effect is not None:
                wave.add([effect], facts)
        if not self.written(wave):
            for item in wave.items:
                item.done = self.performer.perform(item.effect, item.facts)
        planned = sum(item.done for item in wave.items)
        self.counts.update(planned=planned)
        return planned

    def _next_step(self, facts: Mapping[str, Any], change: Change | None) -> CreateTask | None:
        row = facts["deal"]
        scenario = self.book.scenarios.get(row["scenario"] or "") if row else None
        if scenario is None:
            return None
        return plan_next_step(
            scenario,
            facts,
            self.now,
            self.calendar,
            cause=change.id if change else None,
            depth=min(change.depth + 1, DEEPEST) if change else 1,
        )

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

    def _react(self, occasions: Sequence[Occasion], most: int) -> None:
        """Decide occasions in their order, and write what follows of up to `most` together."""
        while occasions:
            occasions = self._wave(occasions, most)

    def _wave(self, occasions: Sequence[Occasion], most: int) -> Sequence[Occasion]:
        """Decide and write as many as can be, each document's in their order; those left."""
        wave = Wave(self.book.related, self.book.writes_people)
        for place, occasion in enumerate(occasions):
            if wave.awaits(occasion):
                wave.defer(occasion)
                continue
            facts = self.around.facts_of(*occasion)
            if wave.concerns(facts):
                wave.defer(occasion, facts)
                continue
            decision = self._decide(occasion, facts)
            if 1 < most > len(wave.occasions) and wave.takes(decision):
                wave.add(decision.effects, {**facts, "now": self.now})
                wave.decided(occasion, [one.rule for one in decision.verdicts if one.fired])
                continue
            self._end(wave, most)
            if wave.occasions:
                return [*wave.deferred, *occasions[place:]]
            self._alone(occasion)
        self._end(wave, most)
        return wave.deferred

    def _end(self, wave: Wave, most: int) -> None:
        """Write a wave, or if that fails its occasions in smaller ones."""
        if self.written(wave):
            self.counts.update(effects=sum(item.done for item in wave.items))
            self.judge(wave.acted, {})
        else:
            self._react(wave.occasions, most // SMALLER)

    def written(self, wave: Wave) -> bool:
        """Write a wave; undone and `False` if anything in it goes wrong."""
        if not wave.slots:
            return True
        try:
            with self.connection.begin_nested():
                write_wave(self.performer, wave)
        except OperationalError:
            raise
        except SET_ASIDE:
            self.around.reload(wave.targets)
            self._recall_all()
            return False
        return True

    def _decide(self, occasion: Occasion, facts: Mapping[str, Any]) -> Decision:
        history = self.performer.firings
        return decide(self.book, occasion.about, facts, self.now, self.calendar, history=history)

    def _alone(self, occasion: Occasion) -> None:
        """Decide one occasion and perform its effects one by one."""
        event, facts = occasion.about, self.around.facts_of(*occasion)
        decision = self._decide(occasion, facts)
        for trouble in decision.troubles:
            self.set_aside(event, trouble.error)
        failed: Failed = {trouble.rule: trouble.error for trouble in decision.troubles}
        failed |= self.perform(event, decision.effects, {**facts, "now": self.now})
        self.judge([one.rule for one in decision.verdicts if one.fired], failed)

    def perform(self, event: Event, wanted: Sequence[Effect], facts: dict[str, Any]) -> Failed:
        """Perform effects together, or if one fails each by itself; the rules that failed."""
        failed: Failed = {}
        if wanted and not self._all(wanted, facts):
            for effect in wanted:
                error = self._one(event, effect, facts)
                if error is not None:
                    failed[effect.reason.rule] = error
        return failed

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
        self._recall_all()

    def _recall_all(self) -> None:
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
