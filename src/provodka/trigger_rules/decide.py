"""Deciding: which rules an event wakes, whether their conditions hold, what they want done.

Pure: facts and the time are passed in. All rules of one event are decided on the same facts,
so their order in the file orders their actions and never their conditions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _
from provodka.trigger_rules import effects
from provodka.trigger_rules.actions.kinds import Woken
from provodka.trigger_rules.actions.registry import actions
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.caps import NEVER, History, fired, reached
from provodka.trigger_rules.delays import due_of, quiet_until
from provodka.trigger_rules.event_kinds import BY_CLIENT
from provodka.trigger_rules.events import Event
from provodka.trigger_rules.language import Action
from provodka.trigger_rules.verdicts import DEEPEST, Facts, Verdict, verdict_of

__all__ = [
    "DEEPEST",
    "Decision",
    "Facts",
    "Trouble",
    "Verdict",
    "decide",
    "put_off",
    "quiet_end",
]


@dataclass(frozen=True, slots=True)
class Trouble:
    """An action or a condition that could not be carried out for this document."""

    rule: str
    error: DocumentError


@dataclass(slots=True)
class Decision:
    """Effects in the order to perform them, the verdict of every rule asked, and troubles."""

    effects: list[effects.Effect] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)


def decide(
    book: RuleBook,
    event: Event,
    facts: Facts,
    now: datetime,
    calendar: WorkingCalendar,
    *,
    explain: bool = False,
    history: History = NEVER,
) -> Decision:
    """What the book wants done because of one event.

    `facts` maps `deal`, `client`, `responsible`, `head` and the event's own kind to rows or to
    nothing. With `explain` every verdict carries its clauses with their values. `history` says
    when rules of capped frequency have acted.
    """
    decision = Decision()
    stopped: dict[int, str] = {}
    told = {**facts, "now": now}
    of_client = event.kind in BY_CLIENT
    for rule in book.listening(event):
        if of_client and event.through_client != (rule.scenario is not None):
            continue
        try:
            verdict = verdict_of(rule, event, told, explain=explain)
        except DocumentError as error:
            decision.troubles.append(Trouble(rule.name, error))
            continue
        if verdict.fired:
            woken = Woken(rule, event, told, now, book.calendars(calendar))
            verdict = _held_back(woken, verdict, history, stopped.get(id(rule.file)))
            if verdict.fired:
                _act(woken, decision)
                if rule.text.stop:
                    stopped[id(rule.file)] = rule.name
        decision.verdicts.append(verdict)
    return decision


def _held_back(woken: Woken, verdict: Verdict, history: History, stopper: str | None) -> Verdict:
    """The verdict, unless an earlier rule has stopped the rest or the rule acted often enough."""
    if stopper:
        why = _("остановлено правилом «{rule}»").format(rule=stopper)
        return replace(verdict, fired=False, why_not=why)
    if reached(woken, history):
        return replace(verdict, fired=False, why_not=_("чаще правилу нельзя: at_most"))
    return verdict


def _act(woken: Woken, decision: Decision) -> None:
    if woken.rule.text.at_most is not None:
        decision.effects.append(fired(woken))
    for index, action in enumerate(woken.rule.text.do):
        try:
            decision.effects.extend(_made(woken, action, index))
        except DocumentError as error:
            decision.troubles.append(Trouble(woken.rule.name, error))


def _made(woken: Woken, action: Action, index: int) -> Iterator[effects.Effect]:
    due = due_of(action, woken, woken.now).at if action.delayed else woken.now
    due = max(due, quiet_end(woken, action) or due)
    if due > woken.now:
        yield put_off(woken, index, due)
    else:
        yield from actions()[action.name].make(woken, action.body, index)


def quiet_end(woken: Woken, action: Action) -> datetime | None:
    """Until when an action would disturb somebody; nothing if it may be done now."""
    hours = woken.rule.quiet_hours
    if hours is None or not actions()[action.name].disturbs(action.body):
        return None
    return quiet_until(hours, woken.now, woken.calendar)


def put_off(woken: Woken, index: int, due: datetime) -> effects.Wait:
    """The action waits for its time."""
    event = woken.event
    return effects.Wait(
        replace(woken.reason(index), part="wait"),
        event.name,
        event.of,
        event.occurrence,
        event.kind,
        event.document,
        woken.deal_id,
        woken.now,
        due,
    )
