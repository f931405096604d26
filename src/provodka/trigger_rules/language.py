"""The language of a rule file: a scenario with its stages, and rules as «when, if, do»."""

from __future__ import annotations

import hashlib
import json
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
    Scalar,
    Strict,
    TaskKind,
    Term,
    Words,
)

__all__ = [
    "Action",
    "AlwaysPlanned",
    "RuleFile",
    "RuleText",
    "ScenarioText",
    "StageText",
    "When",
]


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
    """One action: exactly one key that names it, with its parameters."""

    @model_validator(mode="after")
    def _one(self) -> ActionBase:
        named = [name for name in self.model_fields_set if name in actions()]
        if len(named) != 1 or getattr(self, named[0]) is None:
            raise PydanticCustomError(
                "one_action", _("ровно одно действие: ") + ", ".join(actions())
            )
        return self

    @property
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


def _whens(value: Any) -> Any:
    listed = value if isinstance(value, list) else [value]
    return tuple(_when(one) for one in listed)


def _when(value: Any) -> Any:
    if isinstance(value, str):
        return {"event": value}
    if isinstance(value, dict) and "event" not in value:
        named = [key for key in value if key in EVENTS] or list(value)[:1]
        rest = {key: one for key, one in value.items() if key not in named}
        return {"event": named[0], "of": value[named[0]], **rest} if named else value
    return value


class RuleText(Strict):
    """One rule as written: its name, its title for people, and «when, if, do»."""

    name: Code
    title: Words
    when: Annotated[tuple[When, ...], BeforeValidator(_whens)] = Field(min_length=1)
    condition: str | None = Field(default=None, alias="if")
    do: tuple[Action, ...] = Field(min_length=1)


class RuleFile(Strict):
    """A file of rules; with a scenario they concern only the deals that follow it."""

    scenario: ScenarioText | None = None
    rules: tuple[RuleText, ...] = ()
