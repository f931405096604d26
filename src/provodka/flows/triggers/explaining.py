"""Why rules acted and why they did not: decided once more, on the documents as they were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text

from provodka.connectors.crm_store.journal import Delta
from provodka.connectors.crm_store.tables.hub import effect, quarantine
from provodka.dashboards.insight.finding import find_document
from provodka.dashboards.insight.history import COLUMNS
from provodka.dashboards.insight.titles import Key, titles
from provodka.flows.triggers.around_deal import OF_ITSELF, of_deal
from provodka.flows.triggers.doing.later import read_firings
from provodka.flows.triggers.failing import read_health
from provodka.flows.triggers.publishing import releases
from provodka.flows.triggers.rewound import Rewound
from provodka.flows.triggers.setting_aside import STREAM
from provodka.foundation.errors import ConfigurationError, DocumentError
from provodka.foundation.i18n import _
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.changes import net_changes
from provodka.trigger_rules.conditions import Clause
from provodka.trigger_rules.decide import Verdict, decide
from provodka.trigger_rules.events import Event, events_of
from provodka.trigger_rules.versions import book_of

__all__ = ["Done", "Explained", "Occasion", "Told", "explain"]

AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Done:
    """An effect that is on record."""

    key: str
    action: str
    version: str
    at: datetime
    made: Any


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one rule: its clauses with their values, and what it did.

    `missing` is how many clauses were false; a rule is `near` when that was one of several.
    `trouble` is why it could not do what it wanted.
    """

    rule: str
    title: str
    version: str
    fired: bool
    why_not: str = ""
    clauses: tuple[Clause, ...] = ()
    done: tuple[Done, ...] = ()
    trouble: str = ""
    missing: int = 0
    near: bool = False


@dataclass(frozen=True, slots=True)
class Occasion:
    """One event and every rule that heard it; `delta` is the change that it was read from."""

    event: str
    of: str
    at: datetime
    delta: int
    origin: str
    rules: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """The answer: of a document all its events, of an effect the one that led to it.

    `silent` are rules about such documents that heard none of the events, with what each waits
    for; `complete` is false when older changes are left out.
    """

    kind: str
    document: UUID
    title: str
    occasions: tuple[Occasion, ...]
    silent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    complete: bool = True


def explain(
    connection: Connection, book: RuleBook, calendar: WorkingCalendar, what: str, rule: str = ""
) -> Explained:
    """Explain an effect by its key, or a document (as in `find_document`); of one `rule` or all.

    Asked about a deal and a rule of other documents, it looks at those of the deal.
    Raises `DocumentError` when there is neither, `ConfigurationError` for an unknown rule.
    """
    row = connection.execute(select(effect).where(effect.c.key == what.strip())).first()
    if row is not None:
        return _Explaining(connection, book, calendar, row.rule).of_effect(row)
    if rule and rule not in book.named:
        raise ConfigurationError(
            _("Правило «{rule}»").format(rule=rule),
            found=_("такого правила нет"),
            expected=", ".join(sorted(book.named)),
            next_step=_("посмотрите provodka rules list"),
            code="unknown_rule",
        )
    found = find_document(connection, what)
    if found is None:
        raise DocumentError(
            _("Документ «{what}»").format(what=what),
            found=_("отложен и в базу не записан: правила его не видели"),
            next_step=_("посмотрите provodka quarantine list"),
            code="no_document",
        )
    return _Explaining(connection, book, calendar, rule).of_document(found)


@dataclass
class _Explaining:
    connection: Connection
    book: RuleBook
    calendar: WorkingCalendar
    only: str

    def of_effect(self, row: Any) -> Explained:
        deltas = self._deltas("id = :of", row.cause)
        own = self._deltas("document = :of AND xid = CAST(:xid AS text)::xid8", *_place(deltas))
        start = f"{row.rule}|{row.rule_version}|{row.document}|"
        asked = row.key.removeprefix(start).rpartition("|")[0]
        return self._explained((row.kind, row.document), own or deltas, occurrence=asked)

    def of_document(self, key: Key) -> Explained:
        kind = self.book.named[self.only].kind if self.only else key[0]
        where = of_deal(kind) if key[0] == "deal" != kind else OF_ITSELF
        return self._explained(key, self._deltas(where, key[1]))

    def _explained(self, key: Key, deltas: Sequence[Delta], occurrence: str = "") -> Explained:
        times = {delta.id: delta.at for delta in deltas}
        ranks = self.book.ranks
        events = [event for change in net_changes(deltas) for event in events_of(change, ranks)]
        occasions = [
            one
            for event in events
            if self.book.listening(event)
            for one in self._occasions(event, times[event.change.id], occurrence)
        ]
        named = titles(self.connection, [key])
        heard = {told.rule for one in occasions for told in one.rules}
        return Explained(
            *key,
            named.get(key, ""),
            tuple(occasions),
            {} if occurrence else self._silent(key[0], heard),
            len(deltas) < AT_MOST,
        )

    def _silent(self, kind: str, heard: set[str]) -> dict[str, tuple[str, ...]]:
        return {
            rule.name: tuple(f"{when.event} {when.of or ''}".strip() for when in rule.text.when)
            for rule in self.book.rules
            if rule.name not in heard
            and self.only in (rule.name, "")
            and (self.only or rule.kind == kind)
        }

    def _occasions(self, event: Event, at: datetime, occurrence: str) -> Iterator[Occasion]:
        done = self._done(event)
        book = self._book_then(done)
        cut = self._cut(event, done)
        now = min((row.at for row in done), default=at)
        around = Rewound.at(self.connection, event, book.related, cut)
        for about, facts in around.facts(event):
            if occurrence in ("", about.occurrence):
                told = tuple(self._told(book, about, facts, now, done))
                if told:
                    origin = event.change.origin
                    yield Occasion(event.name, event.of, at, event.change.id, origin, told)

    def _told(
        self,
        book: RuleBook,
        event: Event,
        facts: Mapping[str, Any],
        now: datetime,
        done: Sequence[Any],
    ) -> Iterator[Told]:
        history = read_firings(self.connection, book.named, _about(facts))
        past = {who: [one for one in acted if one.at < now] for who, acted in history.items()}
        decision = decide(book, event, facts, now, self.calendar, explain=True, history=past)
        failed = self._set_aside(event)
        failed |= {one.rule: one.error.found for one in decision.troubles}
        told = {verdict.rule for verdict in decision.verdicts}
        verdicts = [
            *decision.verdicts,
            *(
                Verdict(name, book.named[name].version, False, (), found)
                for name, found in failed.items()
                if name not in told
            ),
        ]
        for verdict in verdicts:
            if self.only in ("", verdict.rule):
                rows = [row for row in done if _of(row, verdict.rule, event.occurrence)]
                yield self._one(book, verdict, rows, failed.get(verdict.rule, ""), now)

    def _one(
        self, book: RuleBook, verdict: Verdict, rows: Sequence[Any], trouble: str, now: datetime
    ) -> Told:
        health = read_health(self.connection).get(verdict.rule)
        off = bool(
            health and health.disables(verdict.version) and (health.disabled_at or now) <= now
        )
        asleep = off and not rows
        missing = sum(not clause.holds for clause in verdict.clauses)
        fired = verdict.fired and not asleep
        return Told(
            rule=verdict.rule,
            title=book.named[verdict.rule].text.title,
            version=verdict.version,
            fired=fired,
            why_not=_("правило было выключено после неудач") if asleep else verdict.why_not,
            clauses=verdict.clauses,
            done=tuple(
                Done(row.key, row.action, row.rule_version, row.at, row.made) for row in rows
            ),
            trouble=trouble,
            missing=missing,
            near=not fired and missing == 1 and len(verdict.clauses) > 1,
        )

    def _set_aside(self, event: Event) -> dict[str, str]:
        """What was set aside for this change, by the rule that its place names."""
        query = select(quarantine.c.place, quarantine.c.found).where(
            quarantine.c.stream == STREAM, quarantine.c.external_key == str(event.change.id)
        )
        return {
            rule: row.found
            for row in self.connection.execute(query)
            for rule in self.book.named
            if f"«{rule}»" in str(row.place)
        }

    def _done(self, event: Event) -> Sequence[Any]:
        query = select(effect).where(
            effect.c.document == event.document, effect.c.cause == event.change.id
        )
        return self.connection.execute(query.order_by(effect.c.at, effect.c.key)).all()

    def _book_then(self, done: Iterable[Any]) -> RuleBook:
        """The rules in force, but for those that have acted: these in the version that did."""
        acted = {row.rule: row.rule_version for row in done}
        known = {(one.rule, one.version): one for one in releases(self.connection)}
        wanted = {rule.name: rule.version for rule in self.book.rules} | acted
        if all(key in known for key in wanted.items()):
            return book_of(self.book, [known[key] for key in wanted.items()])
        return self.book

    def _cut(self, event: Event, done: Iterable[Any]) -> int:
        """The last change that the rules had seen: the one before their own first."""
        first = text("SELECT min(id) FROM hub.delta WHERE cause = :cause AND origin LIKE 'rule:%'")
        found = self.connection.execute(first, {"cause": event.change.id}).scalar()
        last = text("SELECT max(id) FROM hub.delta WHERE at <= :at AND id >= :cause")
        if found is None and (moment := min((row.at for row in done), default=None)):
            given = {"at": moment, "cause": event.change.id}
            return int(self.connection.execute(last, given).scalar() or event.change.id)
        return found - 1 if found else event.change.id

    def _deltas(self, where: str, of: Any, xid: int = 0) -> list[Delta]:
        query = f"SELECT {COLUMNS} FROM hub.delta WHERE {where} ORDER BY id DESC LIMIT {AT_MOST}"  # noqa: S608
        given = {"of": of, "xid": str(xid)} if xid else {"of": of}
        rows = self.connection.execute(text(query), given)
        found = [Delta(**{**row._mapping, "xid": int(row.xid)}) for row in rows]
        return found[::-1]


def _place(deltas: Sequence[Delta]) -> tuple[UUID | None, int]:
    """Which document's changes of which transaction the event was read from."""
    return (deltas[0].document, deltas[0].xid) if deltas else (None, 0)


def _of(row: Any, rule: str, occurrence: str) -> bool:
    return row.rule == rule and f"|{occurrence}|" in row.key


def _about(facts: Mapping[str, Any]) -> list[UUID]:
    return [facts[name]["id"] for name in ("deal", "client") if facts.get(name)]
