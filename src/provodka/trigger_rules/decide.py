"""Deciding: which rules an event wakes, whether their conditions hold, what they want done.

Pure: facts and the time are passed in. All rules of one event are decided on the same facts,
so their order in the file orders their actions and never their conditions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from provodka.foundation.errors import DocumentError, Misunderstood
from provodka.foundation.i18n import _
from provodka.trigger_rules import effects
from provodka.trigger_rules.actions.kinds import Woken
from provodka.trigger_rules.actions.registry import actions
from provodka.trigger_rules.book import Rule, RuleBook
from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.conditions import Clause
from provodka.trigger_rules.event_kinds import BY_CLIENT
from provodka.trigger_rules.events import Event
from provodka.trigger_rules.language import When

__all__ = ["DEEPEST", "Decision", "Facts", "Trouble", "Verdict", "decide"]

DEEPEST = 8
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one rule: did it fire, and if not, which clauses were false."""

    rule: str
    version: str
    fired: bool
    clauses: tuple[Clause, ...] = ()
    why_not: str = ""


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
) -> Decision:
    """What the book wants done because of one event.

    `facts` maps `deal`, `client`, `responsible`, `head` and the event's own kind to rows or to
    nothing. With `explain` every verdict carries its clauses with their values.
    """
    decision = Decision()
    for rule in book.listening(event):
        if event.kind in BY_CLIENT and event.through_client != (rule.scenario is not None):
            continue
        woken = Woken(rule, event, {**facts, "now": now}, now, calendar)
        try:
            verdict = _verdict(woken, explain)
        except DocumentError as error:
            decision.troubles.append(Trouble(rule.name, error))
            continue
        decision.verdicts.append(verdict)
        if verdict.fired:
            _act(woken, decision)
    return decision


def _verdict(woken: Woken, explain: bool) -> Verdict:
    rule, event, facts = woken.rule, woken.event, woken.facts
    why_not = _out_of_scope(rule, event, facts)
    if why_not:
        return Verdict(rule.name, rule.version, False, (), why_not)
    if event.change.depth >= DEEPEST:
        raise _too_deep(rule, event)
    if rule.condition is None:
        return Verdict(rule.name, rule.version, True)
    clauses = rule.condition.explain(facts) if explain else ()
    return Verdict(rule.name, rule.version, rule.condition.holds(facts), clauses)


def _out_of_scope(rule: Rule, event: Event, facts: Facts) -> str:
    deal = facts.get("deal")
    if facts.get(event.kind) is None:
        return _("документа больше нет")
    if not any(_meant(when, event) for when in rule.text.when):
        return _("изменилось не то поле или не то значение")
    if event.name == f"{event.kind}_changed" and not facts[event.kind]["posted"]:
        return _("документ не проведен")
    if rule.scenario is None:
        return ""
    if deal is None or deal["kind"] == "unstaged":
        return _("документ без сделки по сценарию")
    return "" if deal["scenario"] == rule.scenario.code else _("сделка по другому сценарию")


def _meant(when: When, event: Event) -> bool:
    """Whether the change is of the field, from and to the values that `when` names."""
    if not when.hears(event.name, event.of):
        return False
    if when.field is None:
        return True
    before, after = event.change.before or {}, event.change.after or {}
    was, now = before.get(when.field), after.get(when.field)
    return (
        was != now
        and (when.from_ is None or same_value(was, when.from_))
        and (when.to is None or same_value(now, when.to))
    )


def same_value(found: Any, said: Any) -> bool:
    """Whether a journal's value is the one that a rule writes."""
    if isinstance(said, bool) or isinstance(found, bool) or found is None:
        return bool(found is said)
    if isinstance(found, int | Decimal):
        return bool(found == Decimal(str(said)))
    return bool(found == str(said))


def _too_deep(rule: Rule, event: Event) -> DocumentError:
    return Misunderstood(
        _("правило «{rule}»").format(rule=rule.name),
        found=_("цепочка следствий длиной {depth}: последнее сделал {origin}").format(
            depth=event.change.depth, origin=event.change.origin
        ),
        expected=_("не больше {deepest} шагов").format(deepest=DEEPEST),
        next_step=_("найдите правила, которые будят друг друга, и добавьте им условие"),
        code="rules_loop",
    )


def _act(woken: Woken, decision: Decision) -> None:
    for index, action in enumerate(woken.rule.text.do):
        try:
            decision.effects.extend(actions()[action.name].make(woken, action.body, index))
        except DocumentError as error:
            decision.troubles.append(Trouble(woken.rule.name, error))
