"""Whether a rule that heard an event holds: its scope, its condition, how long the chain is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from provodka.foundation.errors import DocumentError, Misunderstood
from provodka.foundation.i18n import _
from provodka.trigger_rules.conditions import Clause
from provodka.trigger_rules.event_kinds import EVENTS, PAPERS
from provodka.trigger_rules.events import Event
from provodka.trigger_rules.language import When
from provodka.trigger_rules.rule import Rule

__all__ = ["DEEPEST", "Facts", "Verdict", "verdict_of"]

DEEPEST = 8
OF_CONTENT = frozenset(f"{kind}_changed" for kind in PAPERS)
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one rule: did it fire, and if not, which clauses were false."""

    rule: str
    version: str
    fired: bool
    clauses: tuple[Clause, ...] = ()
    why_not: str = ""


def verdict_of(rule: Rule, event: Event, facts: Facts, *, explain: bool = False) -> Verdict:
    """The verdict of one rule; raises `DocumentError` for a chain of consequences too long."""
    why_not = _out_of_scope(rule, event, facts)
    if why_not:
        return Verdict(rule.name, rule.version, False, (), why_not)
    if event.change.depth >= DEEPEST:
        raise _too_deep(rule, event)
    condition = rule.condition
    fired = condition is None or condition.holds(facts)
    if explain and condition is not None:
        return Verdict(rule.name, rule.version, fired, condition.explain(facts))
    return _said(rule.name, rule.version, fired)


@lru_cache(maxsize=4096)
def _said(rule: str, version: str, fired: bool) -> Verdict:
    return Verdict(rule, version, fired)


def _out_of_scope(rule: Rule, event: Event, facts: Facts) -> str:
    row = facts.get(event.kind)
    if row is None:
        return _("документа больше нет")
    if rule.narrowed and not any(_meant(when, event) for when in rule.text.when):
        return _("изменилось не то поле или не то значение")
    if event.name in OF_CONTENT and not row["posted"]:
        return _("документ не проведен")
    scenario = rule.scenario
    if scenario is None:
        return ""
    deal = facts.get("deal")
    if deal is None or deal["kind"] == "unstaged":
        return _("документ без сделки по сценарию")
    return "" if deal["scenario"] == scenario.code else _("сделка по другому сценарию")


def _meant(when: When, event: Event) -> bool:
    """Whether the change is of the field, from and to the values that `when` names."""
    if not when.hears(event.name, event.of):
        return False
    if when.field is None or EVENTS[when.event].clocked:
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
