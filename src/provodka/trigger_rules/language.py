"""The language of a rule file: a scenario with its stages, and rules as «when, if, do»."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, create_model, model_validator
from pydantic_core import PydanticCustomError

from provodka.foundation.i18n import _
from provodka.trigger_rules.actions.registry import actions
from provodka.trigger_rules.vocabulary import Code, Due, Executor, Strict, TaskKind, Words

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
    """An event that wakes a rule, narrowed by a stage, a result or a kind of document."""

    event: str
    of: str | None = None


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
    if isinstance(value, dict) and len(value) == 1 and "event" not in value:
        [(event, of)] = value.items()
        return {"event": event, "of": of}
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
