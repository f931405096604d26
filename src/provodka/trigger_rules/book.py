"""The book of rules in force: read from files, checked whole, indexed by event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import LocatedYaml, gathered, load_yaml
from provodka.trigger_rules.check import Checked, check_rule, check_scenario
from provodka.trigger_rules.conditions import Expression
from provodka.trigger_rules.events import EVENTS, Event
from provodka.trigger_rules.language import RuleFile, RuleText, When
from provodka.trigger_rules.scenario import Scenario, version_of

__all__ = ["RULES", "TEMPLATES", "Rule", "RuleBook"]

RULES = Path(__file__).parent / "rules"
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Rule:
    """A compiled rule. `values` holds its actions' expressions by action number and path.

    `file` and `steps` lead back to the place in the file that a person edits.
    """

    text: RuleText
    version: str
    scenario: Scenario | None
    kind: str
    condition: Expression | None
    values: Mapping[tuple[int, str], Expression]
    file: LocatedYaml
    steps: tuple[str | int, ...]

    @property
    def name(self) -> str:
        """The rule's name, unique in the book."""
        return self.text.name

    def error(self, *steps: str | int, found: str, **said: str) -> ConfigurationError:
        """A mistake in this rule, at its place in the file."""
        return self.file.error(*self.steps, *steps, found=found, **said)


@dataclass(frozen=True)
class RuleBook:
    """All rules in force, in the order of the files, and the scenarios they belong to.

    `templates` are the folders where letters are looked for, first come first served.
    """

    rules: tuple[Rule, ...]
    scenarios: Mapping[str, Scenario]
    templates: tuple[Path, ...] = (TEMPLATES,)
    _woken: dict[tuple[str, str], tuple[Rule, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def load(
        cls, paths: Iterable[Path] = (RULES,), templates: Sequence[Path] = (TEMPLATES,)
    ) -> RuleBook:
        """Read files, or all `*.yaml` of folders; raises `ConfigurationError` with every mistake.

        Each mistake names file, line and column, what was found, what was expected.
        """
        mistakes: list[ConfigurationError] = []
        rules: list[Rule] = []
        scenarios: dict[str, Scenario] = {}
        for path in _files(paths):
            try:
                file = load_yaml(path)
                text = file.parse(RuleFile)
            except ConfigurationError as error:
                mistakes += [error, *error.others]
                continue
            scenario = Scenario(text.scenario) if text.scenario else None
            mistakes += check_scenario(scenario, scenarios, file)
            if scenario:
                scenarios.setdefault(scenario.code, scenario)
            for index, written in enumerate(text.rules):
                checked = check_rule(written, index, scenario, file)
                mistakes += checked.mistakes
                rules.append(_rule(written, index, scenario, file, checked))
        mistakes += _repeated(rules)
        if mistakes:
            raise gathered(mistakes)
        return cls(tuple(rules), scenarios, tuple(templates))

    def listening(self, event: Event) -> tuple[Rule, ...]:
        """The rules that an event wakes, in their order."""
        key = (event.name, event.of)
        if key not in self._woken:
            self._woken[key] = tuple(
                rule
                for rule in self.rules
                if any(when.hears(event.name, event.of) for when in rule.text.when)
            )
        return self._woken[key]

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of documents whose changes may wake a rule."""
        return frozenset(rule.kind for rule in self.rules) | {"signal"}

    @cached_property
    def clocked(self) -> Mapping[str, tuple[When, str]]:
        """What rules ask of time, by token, each with the kind of document it is about."""
        return {
            when.token: (when, rule.kind)
            for rule in self.rules
            for when in rule.text.when
            if EVENTS[when.event].clocked
        }

    @cached_property
    def ranks(self) -> dict[tuple[str, str], int]:
        """The order of stages by (scenario, stage)."""
        return {
            (scenario.code, stage): rank
            for scenario in self.scenarios.values()
            for stage, rank in scenario.ranks.items()
        }


def _files(paths: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    return found


def _rule(
    text: RuleText, index: int, scenario: Scenario | None, file: LocatedYaml, checked: Checked
) -> Rule:
    return Rule(
        text=text,
        version=version_of(text),
        scenario=scenario,
        kind=checked.kind,
        condition=checked.condition,
        values=checked.values,
        file=file,
        steps=("rules", index),
    )


def _repeated(rules: Sequence[Rule]) -> list[ConfigurationError]:
    first: dict[str, Rule] = {}
    mistakes = []
    for rule in rules:
        known = first.setdefault(rule.name, rule)
        if known is not rule:
            mistakes.append(
                rule.error(
                    "name",
                    found=_("правило «{name}» уже есть: {place}").format(
                        name=rule.name, place=known.file.place(*known.steps, "name")
                    ),
                    expected=_("имя, которого нет у других правил"),
                    next_step=_("переименуйте одно из них"),
                    code="repeated_rule",
                )
            )
    return mistakes
