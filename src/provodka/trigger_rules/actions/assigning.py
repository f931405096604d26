"""Who is responsible for a deal: one person, by stage, by turns, the least busy, the head."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from provodka.foundation.i18n import _, marked
from provodka.foundation.nearest import nearest
from provodka.trigger_rules import effects
from provodka.trigger_rules.actions.kinds import ActionKind, Checking, Made, Wakes, Woken, Writes
from provodka.trigger_rules.vocabulary import Code, Strict, Words

__all__ = ["KINDS", "Among", "Assign"]

How = Literal["fixed", "by_stage", "round_robin", "least_loaded", "head"]
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=320)]
Role = Literal["manager", "head", "accountant", "dispatcher", "courier", "analyst", "engineer"]


class Among(Strict):
    """From whom to choose: people by e-mail, or those of a role and a department."""

    people: tuple[Email, ...] = Field(default=(), max_length=500)
    role: Role | None = None
    department: Words | None = None


class Assign(Strict):
    """The deal gets a responsible employee; whoever is absent gives way to the substitute.

    `fixed` names one with `to`, `by_stage` one for each stage with `stages`; `round_robin`
    and `least_loaded` choose `among` people; `head` is the head above the present one. Open
    tasks of the former go along unless `tasks` says no. A person's choice stays, unless
    `over_hand`.
    """

    how: How
    to: Email | None = None
    stages: dict[Code, Email] | None = Field(default=None, max_length=200)
    among: Among = Among(role="manager")
    tasks: bool = True
    over_hand: bool = False

    @model_validator(mode="after")
    def _said(self) -> Assign:
        if (self.how == "fixed") != (self.to is not None):
            raise PydanticCustomError("fixed", _("to вместе с how: fixed"))
        if (self.how == "by_stage") != (self.stages is not None):
            raise PydanticCustomError("by_stage", _("stages вместе с how: by_stage"))
        return self


def _assign(woken: Woken, body: Assign, index: int) -> Made:
    deal = woken.deal
    if body.how == "by_stage":
        person = (body.stages or {}).get(deal["stage"] or "")
        to: tuple[str, ...] = (person,) if person else ()
    else:
        to = (body.to,) if body.to else body.among.people
    if body.how == "by_stage" and not to:
        return
    yield effects.Assign(
        woken.reason(index),
        deal["id"],
        body.how,
        to,
        body.among.role,
        body.among.department,
        body.tasks,
        body.over_hand,
    )


def _check(check: Checking, body: Assign) -> None:
    known = check.scenario.ranks if check.scenario else {}
    for stage in body.stages or ():
        if stage not in known:
            check.miss(
                "stages",
                stage,
                found=_("нет этапа «{name}»").format(name=stage),
                expected=nearest(stage, known),
                code="unknown_stage",
            )


def _wakes(_rule: Any, _body: Any) -> Wakes:
    return frozenset({("document_changed", "deal"), ("document_changed", "task")})


def _writes(_rule: Any, _body: Any) -> Writes:
    return {"deal.responsible_id": None, "task.executor_id": None}


KINDS = (
    ActionKind(
        "assign",
        marked("Назначить ответственного"),
        Assign,
        _assign,
        "assign: {how: least_loaded, among: {role: manager, department: Отдел продаж}}",
        about_a_deal=True,
        check=_check,
        wakes=_wakes,
        writes=_writes,
    ),
)
