"""Checks of `when` at load: the event exists, is narrowed rightly, and is told enough."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest
from provodka.trigger_rules.cron import Cron
from provodka.trigger_rules.event_kinds import EVENTS, EventKind
from provodka.trigger_rules.language import When
from provodka.trigger_rules.scenario import Scenario
from provodka.trigger_rules.schema import documents

__all__ = ["Fault", "faults", "kind_of"]

RESULTS = ("won", "lost")
FREE = ("form", "process")
CODE = re.compile(r"^[a-z][a-z0-9_]{0,49}$")
DATES = ("time", "date")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a `when`, and what would be right."""

    found: str
    expected: str
    code: str


def kind_of(when: When) -> str:
    """The kind of document that an event without faults is about."""
    event = EVENTS[when.event]
    return event.kind or when.of or ""


def faults(when: When, scenario: Scenario | None) -> Iterator[Fault]:
    """Everything wrong with a `when`."""
    event = EVENTS.get(when.event)
    if event is None:
        yield Fault(
            _("неизвестное событие «{name}»").format(name=when.event),
            nearest(when.event, EVENTS.keys()),
            "unknown_event",
        )
        return
    narrowed = list(_narrowing(event, when, scenario))
    yield from narrowed
    yield from _words(event, when)
    if not narrowed:
        yield from _fields(event, when)
    if when.cron is not None:
        yield from _schedule(when.cron)


def _narrowing(event: EventKind, when: When, scenario: Scenario | None) -> Iterator[Fault]:
    known = _known(event.of, scenario)
    if when.of is None:
        fits = event.of != "kind" and "of" not in event.needs
    else:
        fits = bool(CODE.match(when.of)) if event.of in FREE else when.of in known
    if not fits:
        expected = _("код латиницей") if event.of in FREE else _("событие без уточнения")
        yield Fault(
            _("«{name}: {of}»").format(name=when.event, of=when.of or ""),
            nearest(when.of or "", known) if known else expected,
            "unknown_of",
        )


def _known(of: str, scenario: Scenario | None) -> Collection[str]:
    if of == "stage":
        return tuple(scenario.ranks) if scenario else ()
    return {"kind": tuple(documents()), "result": RESULTS}.get(of, ())


def _words(event: EventKind, when: When) -> Iterator[Fault]:
    said = when.said - {"of"}
    for word in sorted(said - set(event.takes)):
        yield Fault(
            _("у события {name} не бывает «{word}»").format(name=event.name, word=word),
            ", ".join(event.takes) or _("событие без уточнения"),
            "needless_word",
        )
    for word in event.needs:
        if word != "of" and word not in said:
            yield Fault(
                _("у события {name} не сказано «{word}»").format(name=event.name, word=word),
                event.example,
                "missing_word",
            )
    if {"from", "to"} & said and "field" not in said:
        yield Fault(_("from и to без field"), event.example, "missing_word")
    if {"after", "before"} <= said:
        yield Fault(_("after и before вместе"), event.example, "needless_word")


def _fields(event: EventKind, when: When) -> Iterator[Fault]:
    if when.field is None:
        return
    fields = documents()[kind_of(when)]
    dated = event.name == "date_reached"
    known = [name for name, field in fields.items() if not dated or field.type in DATES]
    if when.field not in known:
        yield Fault(
            _("неизвестное поле «{name}»").format(name=when.field),
            nearest(when.field, known),
            "unknown_field",
        )
        return
    values = fields[when.field].values
    for value in (when.from_, when.to):
        if values and value is not None and value not in values:
            yield Fault(
                _("«{text}» не бывает «{value}»").format(text=when.field, value=value),
                nearest(str(value), values),
                "unknown_value",
            )


def _schedule(text: str) -> Iterator[Fault]:
    try:
        Cron.parse(text)
    except ValueError as error:
        yield Fault(
            _("расписание «{text}»: {error}").format(text=text, error=error),
            _("пять полей: минута час день месяц день-недели, например 0 9 * * mon-fri"),
            "wrong_cron",
        )
