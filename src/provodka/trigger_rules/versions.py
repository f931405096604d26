"""Versions of rules from draft to retired, and the book that the active ones make up.

A version is what a rule says; one of each rule is active. What a version does not say comes
from the files as they are: stages of the scenario, calendars, quiet hours of a whole file,
templates of letters.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import gathered, parse_yaml
from provodka.trigger_rules.book import Rule, RuleBook
from provodka.trigger_rules.check import check_rule
from provodka.trigger_rules.cycles import cycles
from provodka.trigger_rules.language import RuleText
from provodka.trigger_rules.rule import Role

__all__ = ["Release", "State", "Step", "book_of", "chosen"]

State = Literal["draft", "approved", "active", "retired"]
Step = Literal["approve", "activate", "retire"]
BEFORE: Mapping[Step, tuple[State, ...]] = {
    "approve": ("draft",),
    "activate": ("approved", "retired"),
    "retire": ("active",),
}


@dataclass(frozen=True)
class Release:
    """One version of a rule: its text as canonical JSON, where it stands, by whose word.

    One that a person has not approved can be retired by nobody and never becomes active.
    """

    rule: str
    version: str
    state: State
    role: Role
    scenario: str | None
    source: str
    drafted_at: datetime
    approved_by: str | None = None
    approved_at: datetime | None = None
    activated_by: str | None = None
    activated_at: datetime | None = None
    retired_by: str | None = None
    retired_at: datetime | None = None


def chosen(releases: Sequence[Release], step: Step, rule: str, version: str = "") -> Release:
    """The version of a rule that a person means to approve, activate or retire.

    The one that begins with `version`; without it the newest that is ready for the step.
    Raises `ConfigurationError` when there is none.
    """
    own = [one for one in releases if one.rule == rule]
    ready = [
        one
        for one in own
        if one.version.startswith(version)
        and one.state in BEFORE[step]
        and (step != "activate" or (one.approved_by and (version or one.state == "approved")))
    ]
    if ready and (len(ready) == 1 or not version):
        return max(ready, key=lambda one: one.drafted_at)
    told = ", ".join(f"{one.version} {one.state}" for one in own)
    raise ConfigurationError(
        _("Правило «{rule}»").format(rule=f"{rule} {version}".strip()),
        found=_("версии: {versions}").format(versions=told) if own else _("такого правила нет"),
        expected=_("одна версия в состоянии {states}").format(states=" | ".join(BEFORE[step])),
        next_step=_("посмотрите provodka rules versions и назовите версию"),
        code="no_release",
    )


def book_of(files: RuleBook, active: Collection[Release]) -> RuleBook:
    """The active versions as a book; a version that the files no longer say is read from memory.

    Raises `ConfigurationError` if such a version fits the files no more, or if the active
    ones would wake each other for ever.
    """
    key = frozenset((one.rule, one.version) for one in active)
    return files.derived(key, lambda: _made(files, active))


def _made(files: RuleBook, active: Collection[Release]) -> RuleBook:
    place = {name: number for number, name in enumerate(files.named)}
    found = [_rule(files, one) for one in active]
    found.sort(key=lambda rule: (rule.order, place.get(rule.name, len(place)), rule.name))
    mistakes = list(cycles(found))
    if mistakes:
        raise gathered(mistakes)
    return replace(files, rules=tuple(found), _woken={}, _derived={})


def _rule(files: RuleBook, one: Release) -> Rule:
    """A version at work: as the files say it, or compiled from its remembered text."""
    known = files.named.get(one.rule)
    if known is not None and known.version == one.version:
        return known
    place = Path(f"hub.rule_version/{one.rule}@{one.version}")
    located = parse_yaml(one.source, place)
    text = located.parse(RuleText)
    scenario = files.scenarios.get(one.scenario) if one.scenario else None
    if one.scenario and scenario is None:
        raise located.error(
            found=_("сценария «{code}» в файлах больше нет").format(code=one.scenario),
            expected=_("сценарий, для которого правило утверждено"),
            next_step=_("верните его или снимите правило: provodka rules retire {rule}").format(
                rule=one.rule
            ),
            code="unknown_scenario",
        )
    checked = check_rule(text, (), scenario, located)
    if checked.mistakes:
        raise gathered(checked.mistakes)
    return Rule(
        text=text,
        version=one.version,
        scenario=scenario,
        kind=checked.kind,
        condition=checked.condition,
        values=checked.values,
        file=known.file if known else located,
        steps=known.steps if known else (),
        role=one.role,
        quiet_hours=text.quiet_hours or (known.quiet_hours if known else None),
    )
