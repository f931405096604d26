"""The journal replayed against a book of rules: through the same `decide`, writing nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, text, true

from provodka.connectors.crm_store.journal import Delta, Position
from provodka.flows.triggers.simulating.narrowing import by_lines, page_end, read_page, wanted
from provodka.flows.triggers.simulating.past import OF_A_DEAL, Past
from provodka.flows.triggers.simulating.rehearsal import Occasion, Rehearsal, Tally
from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _
from provodka.trigger_rules import effects
from provodka.trigger_rules.actions.kinds import Woken
from provodka.trigger_rules.actions.registry import actions
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.caps import Firing
from provodka.trigger_rules.changes import Change, net_changes
from provodka.trigger_rules.decide import Decision, decide
from provodka.trigger_rules.event_kinds import EVENTS
from provodka.trigger_rules.events import Event, events_of
from provodka.trigger_rules.language import When
from provodka.trigger_rules.relations import relations
from provodka.trigger_rules.schema import COUNTED

__all__ = ["simulate"]

PAGE = 5000
START = text(
    "SELECT xid::text, id FROM hub.delta WHERE at >= :since ORDER BY delta.xid, id LIMIT 1"
)
SIZE = text("SELECT count(*) FROM hub.delta WHERE at >= :since AND kind = ANY(:kinds)")
DID = text("""
    SELECT DISTINCT rule, document, cause FROM hub.effect
    WHERE document = ANY(:documents) AND cause = ANY(:causes) AND action <> 'Fired'
      AND rule = ANY(:rules)
""")
HEARD = text("SELECT DISTINCT of FROM crm.signal WHERE of = ANY(:tokens)")
Told = Callable[[int, int], None]
Key = tuple[str, UUID, int]


def simulate(
    engine: Engine,
    book: RuleBook,
    calendar: WorkingCalendar,
    since: datetime,
    *,
    page: int = PAGE,
    told: Told | None = None,
    one_by_one: bool = False,
) -> Rehearsal:
    """What rules would have done since a moment, beside what rules of these names did.

    Reads one state of the store, `page` changes at a time, and writes nothing. `told` hears
    how many changes of how many were read. Changes that can wake no rule are left out in SQL;
    `one_by_one` looks at each of them instead, with the same answer. What the imagined actions
    would themselves have changed is not followed: the journal holds what really came after.
    """
    reading = engine.connect().execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    with reading as connection:
        return Replay(connection, book, calendar, since, one_by_one).run(page, told or _nobody)


def _nobody(_read: int, _all: int) -> None:
    """Nobody listens."""


@dataclass
class Replay:
    """One rehearsal under way."""

    connection: Connection
    book: RuleBook
    calendar: WorkingCalendar
    since: datetime
    one_by_one: bool = False
    made: Rehearsal = field(init=False)
    _history: dict[tuple[str, UUID], list[Firing]] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)
    _seen_by_others: set[str] = field(init=False)
    counted: bool = field(init=False)

    def __post_init__(self) -> None:
        tallies = {rule.name: Tally(rule.name, rule.text.title) for rule in self.book.rules}
        self.made = Rehearsal(self.since, tallies)
        fields = frozenset[str]().union(*self._fields())
        self.counted = bool(fields & {f"deal.{name}" for name in COUNTED})
        self._seen_by_others = self._kinds()

    def run(self, page: int, told: Told) -> Rehearsal:
        """Read the journal to its end."""
        kinds = sorted(self._seen_by_others | self.book.kinds)
        given = {"since": self.since, "kinds": kinds}
        whole: int = self.connection.execute(SIZE, given).scalar_one()
        first = self.connection.execute(START, {"since": self.since}).first()
        self.made.untold = self._untold()
        place = Position(int(first[0]), first[1] - 1) if first else None
        kept = true() if self.one_by_one else wanted(self.book.rules, self._seen_by_others)
        while place is not None:
            read = page_end(self.connection, place, page, kinds)
            if read is None:
                break
            self._page(place, read_page(self.connection, place, read.end, kinds, kept))
            place = read.end
            self.made.deltas += read.deltas
            self.made.until = read.at
            told(self.made.deltas, max(whole, self.made.deltas))
        return self.made

    def _kinds(self) -> set[str]:
        """Kinds whose changes change what rules see of other documents' events."""
        kinds = {"deal", "client", "employee", *(kind for _w, kind in self.book.clocked.values())}
        kinds |= by_lines(self.book.rules)
        for path in self.book.related:
            root, *steps = path.split(".")
            kind = "employee" if root in ("responsible", "head") else root
            kinds.add(kind)
            for step in steps:
                if step in relations(kind):
                    kind = relations(kind)[step].kind
                    kinds.add(kind)
        return kinds | set(OF_A_DEAL) if self.counted else kinds

    def _fields(self) -> Iterator[frozenset[str]]:
        for rule in self.book.rules:
            if rule.condition:
                yield rule.condition.fields
            yield from (value.fields for value in rule.values.values())

    def _untold(self) -> list[str]:
        tokens = list(self.book.clocked)
        heard = set(self.connection.execute(HEARD, {"tokens": tokens}).scalars())
        return [
            rule.name
            for rule in self.book.rules
            if any(when.token in tokens and when.token not in heard for when in rule.text.when)
        ]

    def _page(self, place: Position, deltas: Sequence[Delta]) -> None:
        steps = [list(group) for _xid, group in groupby(deltas, key=lambda one: one.xid)]
        changes = [net_changes(step) for step in steps]
        at = {delta.id: delta.at for delta in deltas}
        ranks = self.book.ranks
        woken = [
            [event for change in step for event in events_of(change, ranks) if self._hears(event)]
            for step in changes
        ]
        events = [event for step in woken for event in step]
        flat = [change for step in changes for change in step]
        if not events:
            self._compare({}, flat, at)
            return
        past = Past.before(
            self.connection, place, events, flat, self.book.related, counted=self.counted
        )
        would: dict[Key, Occasion] = {}
        for step, happened in zip(changes, woken, strict=True):
            for change in step:
                if change.kind in self._seen_by_others:
                    past.apply(change)
            for event in happened:
                moment = at[event.change.id]
                if moment >= self.since:
                    self.made.events += 1
                    would |= dict(self._decided(past, event, moment))
        self._compare(would, flat, at)

    def _hears(self, event: Event) -> bool:
        """Whether a rule may act on it: looked at before anything is read about it."""
        return any(
            not rule.narrowed or any(_may_mean(when, event) for when in rule.text.when)
            for rule in self.book.listening(event)
        )

    def _decided(
        self, past: Past, event: Event, moment: datetime
    ) -> Iterator[tuple[Key, Occasion]]:
        """The rules that would have acted, each with its occasion."""
        for about, facts in past.facts(event):
            deal = facts["deal"]
            if about.through_client and (deal is None or deal["status"] != "open"):
                continue
            decision = decide(self.book, about, facts, moment, self.calendar, history=self._history)
            for trouble in decision.troubles:
                self.made.tallies[trouble.rule].fails(trouble.error.found)
            for rule in self._once(decision, about):
                kind, document, cause = about.kind, about.document, about.change.id
                yield (rule, document, cause), Occasion(moment, kind, document, cause)
                self._estimate(past, decision, rule, about, facts, moment)

    def _once(self, decision: Decision, about: Event) -> list[str]:
        """Rules with something to do that they have not done on this very occasion before."""
        acted = []
        for effect in decision.effects:
            if isinstance(effect, effects.Fired):
                self._remember(effect)
            elif effect.reason.rule not in acted and not self._repeated(effect, about):
                acted.append(effect.reason.rule)
        return acted

    def _repeated(self, effect: effects.Effect, about: Event) -> bool:
        """Whether an occasion that can come again has come before; most bear their change."""
        if about.occurrence.endswith(f"-{about.change.id}"):
            return False
        key = hash((effect.reason.rule, about.document, about.occurrence))
        known = key in self._seen
        self._seen.add(key)
        return known

    def _remember(self, fired: effects.Fired) -> None:
        reason = fired.reason
        firing = Firing(fired.at, reason.document, reason.occurrence)
        for about in (fired.deal, fired.client):
            if about is not None:
                self._history.setdefault((reason.rule, about), []).append(firing)

    def _estimate(
        self,
        past: Past,
        decision: Decision,
        rule: str,
        about: Event,
        facts: Mapping[str, Any],
        moment: datetime,
    ) -> None:
        for effect in decision.effects:
            if effect.reason.rule != rule or isinstance(effect, effects.Fired):
                continue
            waits = isinstance(effect, effects.Wait)
            for one in self._later(effect, about, facts, moment) if waits else (effect,):
                self._count(past, one, facts)

    def _later(
        self, effect: effects.Effect, about: Event, facts: Mapping[str, Any], moment: datetime
    ) -> list[effects.Effect]:
        """What an action that waits would come to, if all stays as it is."""
        rule = next(one for one in self.book.rules if one.name == effect.reason.rule)
        calendars = self.book.calendars(self.calendar)
        woken = Woken(rule, about, {**facts, "now": moment}, moment, calendars)
        action = rule.text.do[effect.reason.index]
        try:
            return list(actions()[action.name].make(woken, action.body, effect.reason.index))
        except DocumentError as error:
            self.made.tallies[rule.name].fails(error.found)
            return []

    def _count(self, past: Past, effect: effects.Effect, facts: Mapping[str, Any]) -> None:
        self.made.actions[type(effect).__name__] += 1
        if isinstance(effect, effects.CreateTask):
            self.made.tasks[past.person(effect.executor) or _("никто")] += 1
        elif isinstance(effect, effects.SendLetter | effects.Notify):
            person = facts.get(effect.to) if effect.to in ("responsible", "head") else None
            name = person["name"] if person else effect.address
            self.made.letters[_("клиенты") if effect.to == "client" else name] += 1

    def _compare(
        self, would: Mapping[Key, Occasion], changes: Iterable[Change], at: Mapping[int, datetime]
    ) -> None:
        did = {key: one for key, one in self._did(changes, at) if one.at >= self.since}
        for key in sorted({*would, *did}, key=lambda one: (one[2], one[0], one[1])):
            occasion = would.get(key) or did[key]
            day = occasion.at.astimezone(self.calendar.zone).date()
            self.made.tallies[key[0]].acts(day, occasion, would=key in would, did=key in did)

    def _did(
        self, changes: Iterable[Change], at: Mapping[int, datetime]
    ) -> Iterator[tuple[Key, Occasion]]:
        """What the rules of these names really did because of these changes."""
        kinds = {change.id: change.kind for change in changes}
        about = {change.document for change in changes}
        about |= {UUID(row["about"]) for row in _signals(changes) if row.get("about")}
        given = {"documents": list(about), "causes": list(kinds), "rules": list(self.made.tallies)}
        for row in self.connection.execute(DID, given):
            occasion = Occasion(at[row.cause], kinds[row.cause], row.document, row.cause)
            yield (row.rule, row.document, row.cause), occasion


def _signals(changes: Iterable[Change]) -> Iterator[Mapping[str, Any]]:
    return (change.row for change in changes if change.kind == "signal")


def _may_mean(when: When, event: Event) -> bool:
    """Whether a change may be the one that is meant: of this event and of this field at all."""
    if not when.hears(event.name, event.of):
        return False
    if when.field is None or EVENTS[when.event].clocked:
        return True
    before, after = event.change.before or {}, event.change.after or {}
    return bool(before.get(when.field) != after.get(when.field))
