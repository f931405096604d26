"""The language of a rule file: a scenario with its stages, and rules as «when, if, do»."""

from __future__ import annotations

import hashlib
import json
from datetime import date, time
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, create_model, model_validator
from pydantic_core import PydanticCustomError

from provodka.foundation.i18n import _
from provodka.trigger_rules.actions.registry import actions
from provodka.trigger_rules.event_kinds import EVENTS
from provodka.trigger_rules.vocabulary import (
    Code,
    Due,
    Executor,
    Offset,
    Scalar,
    Strict,
    TaskKind,
    Term,
    Words,
)

__all__ = [
    "Action",
    "AlwaysPlanned",
    "CalendarText",
    "CalendarVersion",
    "Cap",
    "QuietHours",
    "RobotText",
    "RuleFile",
    "RuleText",
    "ScenarioText",
    "StageText",
    "TriggerText",
    "When",
    "listed_whens",
]


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class StageText(Strict):
    """One stage: its code, its name for people, and whether it ends the deal."""

    code: Code
    name: Words
    kind: Literal["open", "won", "lost"] = "open"


class AlwaysPlanned(Strict):
    """The task that an open deal gets whenever nothing else is planned for it."""

    subject: Words
    kind: TaskKind = "call"
    executor: Executor = "responsible"
    due: Due = Due(working_days=1)


class ScenarioText(Strict):
    """A sales scenario: stages in their order, open ones first in time, then the ends."""

    code: Code
    name: Words
    stages: tuple[StageText, ...] = Field(min_length=2)
    always_planned: AlwaysPlanned


class When(Strict):
    """An event that wakes a rule, narrowed by a stage, a result or a kind of document.

    Of a change: which `field`, `from` what, `to` what. Of time: `longer_than` a term, `after`
    or `before` the date in a `field`, or by `cron`.
    """

    event: str
    of: str | None = None
    field: Code | None = None
    from_: Scalar | None = Field(default=None, alias="from")
    to: Scalar | None = None
    longer_than: Term | None = None
    after: Term | None = None
    before: Term | None = None
    cron: str | None = None

    @property
    def said(self) -> frozenset[str]:
        """The words beside the event's name that were written."""
        names = {"from_": "from"}
        return frozenset(names.get(name, name) for name in self.model_fields_set) - {"event"}

    @cached_property
    def token(self) -> str:
        """What tells an event of time for this `when` from those for others."""
        plain = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        said = json.dumps(plain, ensure_ascii=False, sort_keys=True)
        return f"{self.of or ''}:{hashlib.sha256(said.encode()).hexdigest()[:12]}"

    def hears(self, name: str, of: str) -> bool:
        """Whether an event of this name and narrowing is meant."""
        if self.event != name:
            return False
        known = EVENTS.get(name)
        if known is not None and known.clocked:
            return self.token == of
        return self.of in (None, of)


class ActionBase(Strict):
    """One action: exactly one key that names it, with its parameters; and when, if not at once.

    `after` a term from the event or a date, `before` a date, or `at` the next time on the
    clock of a working day; by the calendar of the company, of `responsible`, or a named one.
    """

    after: Offset | None = None
    before: Offset | None = None
    at: time | None = None
    calendar: Code | None = None

    @model_validator(mode="after")
    def _one(self) -> ActionBase:
        named = [name for name in self.model_fields_set if name in actions()]
        if len(named) != 1 or getattr(self, named[0]) is None:
            raise PydanticCustomError(
                "one_action", _("ровно одно действие: ") + ", ".join(actions())
            )
        if sum(one is not None for one in (self.after, self.before, self.at)) > 1:
            raise PydanticCustomError("one_time", _("одно из after, before, at"))
        if self.before is not None and self.before.of is None:
            raise PydanticCustomError("no_date", _("у before названа дата: of и поле документа"))
        return self

    @property
    def delayed(self) -> bool:
        """Whether it waits for its time."""
        return (self.after, self.before, self.at) != (None, None, None)

    @cached_property
    def name(self) -> str:
        """The action's key, such as `send_letter`."""
        return next(name for name in self.model_fields_set if name in actions())

    @property
    def body(self) -> Any:
        """The action's parameters."""
        return getattr(self, self.name)


if TYPE_CHECKING:
    Action = ActionBase
else:
    Action = create_model(
        "Action",
        __base__=ActionBase,
        __doc__=ActionBase.__doc__,
        **{kind.name: (kind.body | None, None) for kind in actions().values()},
    )


def listed_whens(value: Any) -> Any:
    """One event or a list of them, as written, told by their names."""
    listed = value if isinstance(value, list | tuple) else [value]
    return tuple(_when(one) for one in listed)


def _when(value: Any) -> Any:
    if isinstance(value, str):
        return {"event": value}
    if isinstance(value, dict) and "event" not in value:
        named = [key for key in value if key in EVENTS] or list(value)[:1]
        rest = {key: one for key, one in value.items() if key not in named}
        return {"event": named[0], "of": value[named[0]], **rest} if named else value
    return value


class Cap(Strict):
    """How often a rule may act at most: `times` for one deal or client `within` a term."""

    times: int = Field(default=1, ge=1, le=1000)
    per: Literal["deal", "client"] = "deal"
    within: Term


class QuietHours(Strict):
    """When nobody is to be disturbed: what would be sent to a person waits for their end."""

    from_: time = Field(alias="from")
    to: time


class Limits(Strict):
    """What every kind of rule may say beside its actions.

    Rules of one event act in their order: that of `order` (100 unless said), then as written.
    One with `stop` ends it: the rules after it in its file are not asked about that event.
    """

    name: Code
    title: Words
    condition: str | None = Field(default=None, alias="if")
    order: int | None = Field(default=None, ge=0, le=10000)
    stop: bool | None = None
    at_most: Cap | None = None
    quiet_hours: QuietHours | None = None


class RuleText(Limits):
    """One rule as written: its name, its title for people, and «when, if, do»."""

    when: Annotated[tuple[When, ...], BeforeValidator(listed_whens)] = Field(
        min_length=1, max_length=50
    )
    do: tuple[Action, ...] = Field(min_length=1, max_length=50)


class RobotText(Limits):
    """A robot: what is done when a deal enters a stage."""

    stage: Code
    do: tuple[Action, ...] = Field(min_length=1, max_length=50)

    def as_rule(self) -> RuleText:
        """The same as a rule."""
        said = {name: getattr(self, name) for name in self.model_fields_set - {"stage"}}
        return RuleText(when=(When(event="stage_entered", of=self.stage),), **said)


class TriggerText(Limits):
    """A trigger: an event that moves a deal to a stage, past others if it `may_skip` them."""

    when: Annotated[tuple[When, ...], BeforeValidator(listed_whens)] = Field(
        min_length=1, max_length=50
    )
    move_to: Code
    may_skip: bool = True
    only_forward: bool = True

    def as_rule(self) -> RuleText:
        """The same as a rule."""
        own = {"move_to", "may_skip", "only_forward"}
        said = {name: getattr(self, name) for name in self.model_fields_set - own}
        move = {"to": self.move_to, "only_forward": self.only_forward, "may_skip": self.may_skip}
        return RuleText(do=({"move_stage": move},), **said)


class CalendarVersion(Strict):
    """A working calendar as it is from a day on; days and hours of the company's own choice."""

    since: date = Field(alias="from")
    day_start: time = time(9)
    day_end: time = time(18)
    weekdays: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    public_holidays: bool = True
    days_off: tuple[date, ...] = ()
    working_days: tuple[date, ...] = ()
    short_days: tuple[date, ...] = ()
    shorter_by_hours: float = Field(default=1, ge=0, le=12)


class CalendarText(Strict):
    """A working calendar under a code that employees carry; `company` is everybody's.

    Its versions follow each other by the day from which each holds.
    """

    code: Code
    zone: str | None = None
    versions: tuple[CalendarVersion, ...] = Field(min_length=1, max_length=100)


class RuleFile(Strict):
    """A file of rules; with a scenario they concern only the deals that follow it."""

    scenario: ScenarioText | None = None
    calendars: tuple[CalendarText, ...] = Field(default=(), max_length=200)
    quiet_hours: QuietHours | None = None
    rules: tuple[RuleText, ...] = Field(default=(), max_length=1000)
    robots: tuple[RobotText, ...] = Field(default=(), max_length=1000)
    triggers: tuple[TriggerText, ...] = Field(default=(), max_length=1000)
