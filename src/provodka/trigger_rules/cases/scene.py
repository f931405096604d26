"""The scene of a case: its documents in their relations, and the events that happen to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.cases.documents import MadeUp, Wrong
from provodka.trigger_rules.cases.text import CaseText
from provodka.trigger_rules.changes import Change
from provodka.trigger_rules.check_events import kind_of
from provodka.trigger_rules.event_kinds import BY_CLIENT, EVENTS
from provodka.trigger_rules.events import Event
from provodka.trigger_rules.language import When
from provodka.trigger_rules.scenario import Scenario
from provodka.trigger_rules.schema import Root, roots
from provodka.trigger_rules.standing import STATUS

__all__ = ["Scene"]

Row = dict[str, Any]
PEOPLE = ("client", "responsible", "head")
AT_STAGE = ("stage_entered", "stage_stayed", "deal_moved_back")
SAID_BY_EVENT: Mapping[str, Mapping[str, Any]] = {
    "call_incoming": {"direction": "incoming"},
    "call_missed": {"direction": "incoming", "outcome": "missed"},
    "call_finished": {"outcome": "answered"},
    "mail_received": {"direction": "incoming", "status": "received"},
    "return_visit": {"after_order": True},
    "callback_asked": {"kind": "callback"},
    "delivery_done": {"kind": "delivery"},
    "delivery_failed": {"kind": "delivery"},
    **{f"{kind}_unposted": {"posted": False} for kind in ("proposal", "invoice")},
}


@dataclass
class Scene:
    """What a case makes up around its event."""

    book: RuleBook
    case: CaseText
    made: MadeUp

    @property
    def kind(self) -> str:
        """The kind of the document that the event happens to."""
        return kind_of(self.case.event)

    @property
    def scenario(self) -> Scenario | None:
        """The scenario of the file, if it has one."""
        return next(iter(self.book.scenarios.values()), None)

    def facts(self) -> dict[str, Any]:
        """Every document that the rules may look at; raises `Wrong`."""
        scenario = self.scenario
        names = roots(self.kind, tuple(scenario.ranks) if scenario else ())
        for name in self.case.given:
            if name not in names:
                known = ", ".join(names)
                raise Wrong(_("нет документа «{name}»").format(name=name), known, name)
        facts: dict[str, Any] = {"deal": None}
        for name in dict.fromkeys((*PEOPLE, *(one for one in ("deal",) if one in names), *names)):
            facts[name] = self._document(name, names[name])
        for path in sorted(self.book.related):
            root, *steps = path.split(".")
            if facts.get(root) and root in names:
                self._relate(facts, facts[root], names[root], steps)
        return facts

    def events(self, facts: Mapping[str, Any]) -> Iterator[Event]:
        """The event, once for each term of time that it may mean, and as each rule sees it."""
        own = facts[self.kind]
        document = own["id"] if own else self.made.key(self.kind)
        change = self._change(document, own or {})
        for of in self._narrowings():
            event = Event(self.case.event.event, of, change, "case")
            yield event
            if self.kind in BY_CLIENT and facts.get("deal"):
                yield Event(event.name, of, change, "case", through_client=True)

    def _document(self, name: str, root: Root) -> Row | None:
        said = self.case.given.get(name, {})
        if said is None:
            return None
        usual = self._said_by_event() if name == self.kind else {}
        if name == "deal":
            usual = self._at_stage() | usual
        if name not in (*PEOPLE, "deal"):
            shared = {"deal_id": "deal", "client_id": "client"}
            usual = {field: word for field, word in shared.items() if field in root.fields} | usual
        return self.made.document(name, root, usual | said)

    def _at_stage(self) -> Row:
        when, scenario = self.case.event, self.scenario
        said: Row = {"client_id": "client"}
        if scenario:
            first = scenario.text.stages[0].code
            at = when.of if when.event in AT_STAGE and when.of else first
            said |= {"kind": "route", "scenario": scenario.code, "stage": at}
        if when.event == "deal_closed" and when.of:
            said |= {"status": when.of} | ({"stage": scenario.end(when.of)} if scenario else {})
        return said

    def _said_by_event(self) -> Row:
        name, of = self.case.event.event, self.case.event.of
        said = dict(SAID_BY_EVENT.get(name, {}))
        if name in STATUS:
            said["status"] = STATUS[name]
        if name == "form_filled" and of:
            said["form"] = of
        return said

    def _relate(self, facts: Row, row: Row, root: Root, steps: list[str]) -> None:
        step, *further = steps
        if step in root.sections:
            row.setdefault(step, [])
            return
        inner = root.relations[step]
        if step not in row:
            row[step] = self._related(facts, row, step, inner)
        if further and row[step]:
            self._relate(facts, row[step], inner, further)

    def _related(self, facts: Row, row: Row, step: str, root: Root) -> Row | None:
        if row.get(f"{step}_id") is None:
            return None
        known = facts.get(step)
        return known if isinstance(known, dict) else self.made.document(step, root, {})

    def _narrowings(self) -> list[str]:
        when = self.case.event
        if not EVENTS[when.event].clocked:
            return [when.of or ""]
        meant = [one.token for one in self._whens() if _same(when, one)]
        if not meant:
            heard = sorted({one.event for one in self._whens()})
            raise Wrong(
                _("ни одно правило не ждет события «{name}» с таким сроком").format(
                    name=when.event
                ),
                nearest(when.event, heard),
            )
        return list(dict.fromkeys(meant))

    def _whens(self) -> Iterator[When]:
        for rule in self.book.rules:
            if self.case.rule in (None, rule.name):
                yield from rule.text.when

    def _change(self, document: UUID, own: Row) -> Change:
        when = self.case.event
        after = {name: _plain(value) for name, value in own.items()}
        before = dict(after)
        if self.kind == "deal":
            before["stage_entry"] = after["stage_entry"] - 1
        if when.field:
            before[when.field] = when.from_
            after[when.field] = after.get(when.field) if when.to is None else when.to
        return Change(1, self.kind, document, before, after, frozenset(), "person:case", 0)


def _same(asked: When, known: When) -> bool:
    """Whether a term is the one that a case means: all that the case says of it agrees."""
    return all(getattr(asked, name) == getattr(known, name) for name in asked.model_fields_set)


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value
