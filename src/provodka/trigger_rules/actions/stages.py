"""The deal's way: to a stage, to its end."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from provodka.foundation.i18n import _, marked
from provodka.foundation.nearest import nearest
from provodka.trigger_rules import effects
from provodka.trigger_rules.actions.kinds import ActionKind, Checking, Made, Wakes, Way, Woken
from provodka.trigger_rules.vocabulary import Code, Strict, Words

__all__ = ["KINDS", "CloseDeal", "MoveStage", "check_stage"]


STAGE_LEFT: Wakes = frozenset({("stage_left", None), ("document_changed", "deal")})


class MoveStage(Strict):
    """The deal goes to a stage, or to the one after its own; `only_forward` never goes back.

    Without `may_skip` only to the stage that follows its own.
    """

    to: Code
    only_forward: bool = True
    may_skip: bool = True


class CloseDeal(Strict):
    """The deal ends."""

    result: Literal["won", "lost"] = Field(alias="as")
    reason: Words | None = None


def _move(woken: Woken, body: MoveStage, index: int) -> Made:
    deal, scenario = woken.deal, woken.rule.scenario
    if scenario is None or deal["status"] != "open":
        return
    now = deal["stage"]
    to = scenario.after(now) if body.to == "next" else body.to
    back = to is not None and scenario.ranks[to] <= scenario.ranks[now]
    skips = to is not None and not back and not body.may_skip and scenario.after(now) != to
    if to and to != now and not skips and not (back and body.only_forward):
        yield effects.MoveStage(woken.reason(index), deal["id"], now, to)


def _close(woken: Woken, body: CloseDeal, index: int) -> Made:
    deal, scenario = woken.deal, woken.rule.scenario
    if deal["status"] == "open":
        yield effects.CloseDeal(
            woken.reason(index),
            deal["id"],
            body.result,
            scenario.end(body.result) if scenario else None,
            body.reason,
        )


def check_stage(check: Checking, body: MoveStage) -> None:
    """The stage is an open one of the rule's scenario."""
    scenario = check.scenario
    stages = scenario.text.stages if scenario else ()
    known = [stage.code for stage in stages if stage.kind == "open"]
    if not known or body.to not in [*known, "next"]:
        check.miss(
            "to",
            found=_("нет открытого этапа «{name}»").format(name=body.to),
            expected=nearest(body.to, [*known, "next"]),
            code="unknown_stage",
        )


def _wakes(_rule: Any, body: MoveStage) -> Wakes:
    stage = None if body.to == "next" else body.to
    back = () if body.only_forward else (("deal_moved_back", stage),)
    return STAGE_LEFT | {("stage_entered", stage), *back}


def _leads(body: MoveStage) -> Way:
    return "on" if body.only_forward else "back"


def _wakes_end(rule: Any, body: CloseDeal) -> Wakes:
    stage = rule.scenario.end(body.result) if rule.scenario else None
    entered = {("stage_entered", stage)} if stage else set()
    return STAGE_LEFT | {("deal_closed", body.result), *entered}


def _ends(_body: Any) -> Way:
    return "on"


KINDS = (
    ActionKind(
        "move_stage",
        marked("Перевести сделку на этап"),
        MoveStage,
        _move,
        "move_stage: {to: next}",
        about_a_deal=True,
        check=check_stage,
        wakes=_wakes,
        leads=_leads,
    ),
    ActionKind(
        "close_deal",
        marked("Завершить сделку"),
        CloseDeal,
        _close,
        "close_deal: {as: lost, reason: Не отвечает}",
        about_a_deal=True,
        wakes=_wakes_end,
        leads=_ends,
    ),
)
