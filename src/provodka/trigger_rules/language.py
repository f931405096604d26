"""The language of a rule file: a scenario with its stages, and rules as «when, if, do»."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from provodka.foundation.i18n import _

__all__ = [
    "Action",
    "AlwaysPlanned",
    "CancelTasks",
    "CloseDeal",
    "CreateTask",
    "Due",
    "MoveStage",
    "Notify",
    "RuleFile",
    "RuleText",
    "ScenarioText",
    "SendLetter",
    "SetField",
    "StageText",
    "When",
]

TaskKind = Literal["task", "call", "meeting", "letter", "delivery", "control"]
Executor = Literal["responsible", "head"]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,49}$")]
Words = Annotated[str, Field(min_length=1, max_length=500)]


class Strict(BaseModel):
    """A mapping in which an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Due(Strict):
    """When a task is due: working days or working hours from now, by the company's calendar.

    A term in days falls at the `end` of the working day unless the calendar or `at` says
    `start`.
    """

    working_days: int | None = Field(default=None, ge=0, le=250)
    working_hours: float | None = Field(default=None, gt=0, le=2000)
    at: Literal["start", "end"] | None = None

    @model_validator(mode="after")
    def _one(self) -> Due:
        if (self.working_days is None) == (self.working_hours is None):
            raise PydanticCustomError("one_term", _("либо working_days, либо working_hours"))
        return self

    @property
    def working_time(self) -> timedelta:
        """The term in working hours; zero when it is counted in days."""
        return timedelta(hours=self.working_hours or 0)


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


class SendLetter(Strict):
    """A letter from a template; `to` is client, head, responsible, or an address."""

    to: Annotated[str, Field(pattern=r"^(client|head|responsible|[^@\s]+@[^@\s]+)$")]
    template: Code


class CreateTask(Strict):
    """A task for a person about the deal."""

    subject: Words
    kind: TaskKind = "task"
    executor: Executor = "responsible"
    purpose: Words | None = None
    due: Due = Due(working_days=1)


class SetField(Strict):
    """A field that gets the value of an expression; `document` is a name known to the rule.

    What a person has corrected by hand stays, unless `over_hand` gives the rule the last word.
    """

    document: Code
    field: Code
    value: Annotated[str, BeforeValidator(str)]
    over_hand: bool = False


class MoveStage(Strict):
    """The deal goes to a stage, or to the one after its own; `only_forward` never goes back."""

    to: Code
    only_forward: bool = True


class CloseDeal(Strict):
    """The deal ends."""

    result: Literal["won", "lost"] = Field(alias="as")
    reason: Words | None = None


class CancelTasks(Strict):
    """Open tasks that rules made and nobody touched are taken back."""

    created_by: Literal["stage_entry"]


class Notify(Strict):
    """A short letter to an employee, without a template of its own."""

    to: Executor
    subject: Words
    text: Words


class Action(Strict):
    """One action: exactly one of the keys."""

    send_letter: SendLetter | None = None
    create_task: CreateTask | None = None
    set_field: SetField | None = None
    move_stage: MoveStage | None = None
    close_deal: CloseDeal | None = None
    cancel_tasks: CancelTasks | None = None
    notify: Notify | None = None

    @model_validator(mode="after")
    def _one(self) -> Action:
        if len(self.model_fields_set) != 1 or self.body is None:
            known = ", ".join(type(self).model_fields)
            raise PydanticCustomError("one_action", _("ровно одно действие: ") + known)
        return self

    @property
    def name(self) -> str:
        """The action's key, such as `send_letter`."""
        return next(iter(self.model_fields_set))

    @property
    def body(self) -> Any:
        """The action's parameters."""
        return getattr(self, self.name)


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
