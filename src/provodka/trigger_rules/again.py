"""A delayed action when its time comes: its rule is asked again, about things as they are now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from provodka.foundation.i18n import _
from provodka.trigger_rules import effects
from provodka.trigger_rules.actions.kinds import Woken
from provodka.trigger_rules.actions.registry import actions
from provodka.trigger_rules.book import Rule, RuleBook
from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.decide import quiet_end
from provodka.trigger_rules.delays import due_of
from provodka.trigger_rules.events import Event
from provodka.trigger_rules.standing import gone
from provodka.trigger_rules.verdicts import Facts, verdict_of

__all__ = ["Answer", "ask_again"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a delayed action: it is `done`, goes on `waiting`, or is `cancelled`."""

    state: Literal["done", "waiting", "cancelled"]
    why: str = ""
    due_at: datetime | None = None
    effects: tuple[effects.Effect, ...] = field(default=())


def ask_again(
    book: RuleBook,
    rule: str,
    index: int,
    event: Event,
    facts: Facts,
    base: datetime,
    now: datetime,
    calendar: WorkingCalendar,
) -> Answer:
    """Decide a delayed action anew; `base` is the time of its event.

    It follows the rule in force now, is put off further when its date or the calendar has
    moved, and is cancelled when its reason is gone. Raises `DocumentError` where the action
    itself would.
    """
    found = next((one for one in book.rules if one.name == rule), None)
    if found is None or index >= len(found.text.do):
        return Answer("cancelled", _("правила больше нет или оно изменилось"))
    woken = Woken(found, event, {**facts, "now": now}, now, book.calendars(calendar))
    why = gone(event, facts) or _false(woken)
    if why:
        return Answer("cancelled", why)
    deal = facts.get("deal")
    if deal and deal.get("paused_at"):
        return Answer("waiting", _("сделка приостановлена"), deal["paused_until"])
    return _due(found, woken, index, base)


def _false(woken: Woken) -> str:
    event = woken.event
    if not any(when.hears(event.name, event.of) for when in woken.rule.text.when):
        return _("правила больше нет или оно изменилось")
    verdict = verdict_of(woken.rule, event, woken.facts)
    return "" if verdict.fired else verdict.why_not or _("условие больше не верно")


def _due(rule: Rule, woken: Woken, index: int, base: datetime) -> Answer:
    action = rule.text.do[index]
    due = due_of(action, woken, base).at if action.delayed else woken.now
    due = max(due, quiet_end(woken, action) or due)
    if due > woken.now:
        return Answer("waiting", "", due)
    made = actions()[action.name].make(woken, action.body, index)
    return Answer("done", effects=tuple(made))
