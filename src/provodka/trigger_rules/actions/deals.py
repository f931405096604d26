"""A deal as a whole: copied, put away, paused, resumed."""

from __future__ import annotations

from typing import Any

from provodka.foundation.i18n import _, marked
from provodka.foundation.nearest import nearest
from provodka.trigger_rules import effects
from provodka.trigger_rules.actions.kinds import (
    ActionKind,
    Checking,
    Made,
    Wakes,
    Way,
    Woken,
    Writes,
)
from provodka.trigger_rules.moments import due_moment
from provodka.trigger_rules.vocabulary import Code, Strict, Term, Words

__all__ = ["KINDS", "ArchiveDeal", "CopyDeal", "PauseDeal", "ResumeDeal"]

DEAL_CHANGES: Wakes = frozenset({("document_changed", "deal")})


class CopyDeal(Strict):
    """A new deal like this one, with its items, at `stage` (the scenario's first unless said)."""

    stage: Code | None = None
    title: Words | None = None


class ArchiveDeal(Strict):
    """The deal is put away: it stays in history and leaves lists and reports."""

    reason: Words | None = None


class PauseDeal(Strict):
    """No next step, overdue or waiting action is asked of the deal until the term ends."""

    length: Term


class ResumeDeal(Strict):
    """A paused deal goes on at once."""


def _copy(woken: Woken, body: CopyDeal, index: int) -> Made:
    deal, scenario = woken.deal, woken.rule.scenario
    values: dict[str, Any] = {}
    if body.title:
        values["title"] = body.title
    if scenario:
        values["stage"] = body.stage or scenario.text.stages[0].code
    yield effects.CopyDeal(woken.reason(index), deal["id"], values)


def _check_copy(check: Checking, body: CopyDeal) -> None:
    stages = check.scenario.text.stages if check.scenario else ()
    known = [stage.code for stage in stages if stage.kind == "open"]
    if body.stage is not None and body.stage not in known:
        check.miss(
            "stage",
            found=_("нет открытого этапа «{name}»").format(name=body.stage),
            expected=nearest(body.stage, known),
            code="unknown_stage",
        )


def _wakes_copy(rule: Any, body: CopyDeal) -> Wakes:
    first = rule.scenario.text.stages[0].code if rule.scenario else None
    return frozenset({("document_created", "deal"), ("stage_entered", body.stage or first)})


def _writes_copy(_rule: Any, _body: Any) -> Writes:
    """The copy is like its deal in everything else."""
    return {"deal.stage": None, "deal.title": None}


def _another_way(_body: Any) -> Way:
    return "back"


def _archive(woken: Woken, body: ArchiveDeal, index: int) -> Made:
    yield effects.ArchiveDeal(woken.reason(index), woken.deal["id"], body.reason)


def _wakes_archive(_rule: Any, _body: Any) -> Wakes:
    return frozenset({("document_deleted", "deal"), ("task_cancelled", None)})


def _pause(woken: Woken, body: PauseDeal, index: int) -> Made:
    deal = woken.deal
    if deal["status"] == "open":
        until = due_moment(body.length, woken.now, woken.calendar).at
        yield effects.PauseDeal(woken.reason(index), deal["id"], until)


def _resume(woken: Woken, _body: ResumeDeal, index: int) -> Made:
    if woken.deal["paused_at"] is not None:
        yield effects.ResumeDeal(woken.reason(index), woken.deal["id"])


def _wakes_pause(_rule: Any, _body: Any) -> Wakes:
    return DEAL_CHANGES | {("deal_paused", None)}


def _wakes_resume(_rule: Any, _body: Any) -> Wakes:
    return DEAL_CHANGES | {("deal_resumed", None)}


KINDS = (
    ActionKind(
        "copy_deal",
        marked("Скопировать сделку"),
        CopyDeal,
        _copy,
        "copy_deal: {title: Повторная поставка}",
        about_a_deal=True,
        check=_check_copy,
        wakes=_wakes_copy,
        writes=_writes_copy,
        leads=_another_way,
    ),
    ActionKind(
        "archive_deal",
        marked("Убрать сделку в архив"),
        ArchiveDeal,
        _archive,
        "archive_deal: {reason: Некачественный лид}",
        about_a_deal=True,
        wakes=_wakes_archive,
    ),
    ActionKind(
        "pause_deal",
        marked("Приостановить работу по сделке"),
        PauseDeal,
        _pause,
        "pause_deal: {length: {days: 30}}",
        about_a_deal=True,
        wakes=_wakes_pause,
    ),
    ActionKind(
        "resume_deal",
        marked("Возобновить работу по сделке"),
        ResumeDeal,
        _resume,
        "resume_deal: {}",
        about_a_deal=True,
        wakes=_wakes_resume,
    ),
)
