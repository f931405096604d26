"""The words that every part of a rule file is written in: codes, texts, terms, people."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from provodka.foundation.i18n import _

__all__ = [
    "Channel",
    "Code",
    "Due",
    "Executor",
    "Offset",
    "Path",
    "Scalar",
    "Strict",
    "TaskKind",
    "Term",
    "Words",
]

TaskKind = Literal["task", "call", "meeting", "letter", "delivery", "control"]
Executor = Literal["responsible", "head"]
Channel = Literal["mail", "sms", "messenger"]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,49}$")]
Path = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,3}$")]
Words = Annotated[str, Field(min_length=1, max_length=500)]
Scalar = bool | int | float | str
TERMS = ("working_days", "working_hours", "days", "hours", "months")


class Strict(BaseModel):
    """A mapping in which an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Term(Strict):
    """A length of time: of work by a calendar, or by the clock and the calendar on the wall.

    `at` says where in the last day it ends: at the `start` or `end` of work, or at a time.
    """

    working_days: int | None = Field(default=None, ge=0, le=250)
    working_hours: float | None = Field(default=None, gt=0, le=2000)
    days: int | None = Field(default=None, ge=0, le=3650)
    hours: float | None = Field(default=None, gt=0, le=20000)
    months: int | None = Field(default=None, gt=0, le=120)
    at: Literal["start", "end"] | time | None = None

    @model_validator(mode="after")
    def _one(self) -> Term:
        said = [name for name in TERMS if getattr(self, name) is not None]
        if len(said) != 1:
            raise PydanticCustomError(
                "one_term", _("ровно одно из: {names}").format(names=", ".join(TERMS))
            )
        if self.at is not None and said[0].endswith("hours"):
            raise PydanticCustomError("no_time", _("at пишут вместе с днями или месяцами"))
        return self

    @property
    def working_time(self) -> timedelta:
        """The term in working hours; zero when it is not counted in them."""
        return timedelta(hours=self.working_hours or 0)


class Offset(Term):
    """A term counted from the event, or from a date: `of` names it, as `deal.delivery_at`."""

    of: Path | None = None


class Due(Term):
    """When a task is due, counted from now."""
