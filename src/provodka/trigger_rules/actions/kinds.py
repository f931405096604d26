"""What an action is: its parameters, a pure function that yields effects, an example.

A new action is one module with one `ActionKind`: either here, listed in `registry.py`, or in
another package, as an entry point of the group `provodka.actions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Literal, Protocol

from provodka.foundation.errors import DocumentError, Misunderstood
from provodka.foundation.i18n import _
from provodka.trigger_rules import effects
from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.events import Event
from provodka.trigger_rules.schema import Root
from provodka.trigger_rules.vocabulary import Strict

if TYPE_CHECKING:
    from provodka.trigger_rules.book import Rule
    from provodka.trigger_rules.calendars import Calendars
    from provodka.trigger_rules.conditions import Expression
    from provodka.trigger_rules.scenario import Scenario

__all__ = [
    "ActionKind",
    "Checking",
    "Made",
    "Wakes",
    "Way",
    "Woken",
    "Writes",
    "disturbs_nobody",
    "nothing",
    "wakes_nothing",
    "writes_what_it_wakes",
]

Made = Iterator[effects.Effect]
Wakes = frozenset[tuple[str, str | None]]
Writes = Mapping[str, str | None]
Way = Literal["none", "on", "back"]


@dataclass(frozen=True, slots=True)
class Woken:
    """A rule that an event has woken: whatever its actions may look at."""

    rule: Rule
    event: Event
    facts: Mapping[str, Any]
    now: datetime
    calendars: Calendars

    @property
    def calendar(self) -> WorkingCalendar:
        """The company's working calendar."""
        return self.calendars.company

    def reason(self, index: int) -> effects.Reason:
        """Under which key the effect of the action with this number happens."""
        event = self.event
        return effects.Reason(
            rule=self.rule.name,
            version=self.rule.version,
            kind=event.kind,
            document=event.document,
            occurrence=event.occurrence,
            index=index,
            cause=event.change.id,
            depth=event.change.depth + 1,
        )

    def value(self, index: int, name: str) -> Any:
        """What an expression among the action's parameters yields."""
        return self.rule.values[index, name].value(self.facts)

    @property
    def deal(self) -> Any:
        """The deal's row; raises `DocumentError` when there is none."""
        deal = self.facts.get("deal")
        if deal is None:
            raise self.lacking("deal")
        return deal

    @property
    def deal_id(self) -> Any:
        """The deal's key, if there is a deal."""
        deal = self.facts.get("deal")
        return deal["id"] if deal else None

    def contact(self, to: str, field: str) -> str:
        """A person's address or phone; raises `DocumentError` when it is not filled in."""
        person = self.facts.get(to)
        found = person.get(field) if person else None
        if not found:
            raise self.lacking(f"{to}.{field}")
        return str(found)

    def date(self, path: str) -> datetime:
        """A date or time of a document, as `deal.delivery_at`; a date is its first moment here.

        Raises `DocumentError` when it is not filled in.
        """
        root, _dot, field = path.partition(".")
        row = self.facts.get(root)
        value = row.get(field) if row else None
        if value is None:
            raise self.lacking(path)
        if isinstance(value, datetime):
            return value
        return datetime.combine(value, time(), self.calendar.zone)

    def lacking(self, what: str) -> DocumentError:
        """What must be filled in before the action can be done."""
        return Misunderstood(
            _("правило «{rule}», документ {kind} {document}").format(
                rule=self.rule.name, kind=self.event.kind, document=self.event.document
            ),
            found=_("пусто: {what}").format(what=what),
            expected=_("заполненное значение"),
            next_step=_("заполните карточку и повторите: provodka quarantine replay"),
            code=f"no_{what.replace('.', '_')}:{self.rule.name}",
        )


class Checking(Protocol):
    """What the check of an action at load may use; `miss` notes a mistake at its place."""

    @property
    def kind(self) -> str:
        """The kind of the document that the rule is about."""
        ...

    @property
    def names(self) -> Mapping[str, Root]:
        """The names known to the rule."""
        ...

    @property
    def scenario(self) -> Scenario | None:
        """The scenario that the rule belongs to."""
        ...

    def miss(self, *steps: str | int, found: str, **said: str) -> None:
        """Note a mistake under the action's own key."""
        ...

    def expression(self, text: str, *steps: str) -> Expression | None:
        """Compile an expression and keep it under its path, such as `set.amount`."""
        ...


def nothing(_check: Checking, _body: Any) -> None:
    """Parameters that are right by their types alone."""


def disturbs_nobody(_body: Any) -> bool:
    """An action that may be done at any hour."""
    return False


def wakes_nothing(_rule: Rule, _body: Any) -> Wakes:
    """An action that sets off no event."""
    return frozenset()


def writes_what_it_wakes(_rule: Rule, _body: Any) -> Writes:
    """An action that writes whatever the events that it sets off are read from."""
    return {}


def leads_nowhere(_body: Any) -> Way:
    """An action that moves no deal on its way."""
    return "none"


@dataclass(frozen=True)
class ActionKind:
    """An action of the language.

    `make` is pure and yields effects; `example` is one action in YAML; `check` looks at its
    parameters at load; `wakes` says which events (and of what) it may set off. `title` is
    given to `_` when it is shown. `disturbs` says whether quiet hours put it off. `writes`
    names the fields written, as `deal.source`, each with the parameter that holds its value.
    `leads` says whether it moves a deal towards its end, which ends by itself, or `back`: gives it,
    or a new one, the way to go again.
    """

    name: str
    title: str
    body: type[Strict]
    make: Callable[[Woken, Any, int], Made]
    example: str
    about_a_deal: bool = False
    check: Callable[[Checking, Any], None] = nothing
    wakes: Callable[[Rule, Any], Wakes] = wakes_nothing
    disturbs: Callable[[Any], bool] = disturbs_nobody
    writes: Callable[[Rule, Any], Writes] = writes_what_it_wakes
    leads: Callable[[Any], Way] = leads_nowhere
