"""The book of rules in force: read from files, checked whole, indexed by event."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from provodka.foundation.located_yaml import gathered
from provodka.trigger_rules.actions.registry import actions
from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.calendars import Calendars
from provodka.trigger_rules.cycles import cycles
from provodka.trigger_rules.event_kinds import EVENTS
from provodka.trigger_rules.events import Event
from provodka.trigger_rules.language import CalendarText, When
from provodka.trigger_rules.reading import Reading
from provodka.trigger_rules.rule import Rule
from provodka.trigger_rules.scenario import Scenario

__all__ = ["CASES", "RULES", "TEMPLATES", "USUAL", "Rule", "RuleBook"]

RULES = Path(__file__).parent / "rules"
TEMPLATES = Path(__file__).parent / "templates"
USUAL = (RULES / "romashka.yaml",)
CASES = ".cases.yaml"


@dataclass(frozen=True)
class RuleBook:
    """All rules in force, in the order of the files, and the scenarios they belong to.

    `templates` are the folders where letters are looked for, first come first served.
    """

    rules: tuple[Rule, ...]
    scenarios: Mapping[str, Scenario]
    templates: tuple[Path, ...] = (TEMPLATES,)
    named_calendars: Mapping[str, CalendarText] = field(default_factory=dict)
    _counted: dict[int, tuple[WorkingCalendar, Calendars]] = field(default_factory=dict, repr=False)
    _woken: dict[tuple[str, str], tuple[Rule, ...]] = field(default_factory=dict, repr=False)
    _derived: dict[Hashable, RuleBook] = field(default_factory=dict, repr=False)

    @classmethod
    def load(
        cls, paths: Iterable[Path] = USUAL, templates: Sequence[Path] = (TEMPLATES,)
    ) -> RuleBook:
        """Read files, or all rules of folders; raises `ConfigurationError` with every mistake.

        Each mistake names file, line and column, what was found, what was expected.
        """
        reading = Reading()
        for path in _files(paths):
            reading.read(path)
        ordered = sorted(reading.rules, key=lambda rule: rule.order)
        mistakes = [*reading.mistakes, *reading.finished()]
        mistakes = mistakes or list(cycles(ordered))
        if mistakes:
            raise gathered(mistakes)
        return cls(tuple(ordered), reading.scenarios, tuple(templates), reading.calendars)

    def calendars(self, company: WorkingCalendar) -> Calendars:
        """The calendars that the rules count by, on top of the company's own."""
        known = self._counted.get(id(company))
        if known is None or known[0] is not company:
            known = (company, Calendars.of(company, self.named_calendars))
            self._counted[id(company)] = known
        return known[1]

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
    def named(self) -> Mapping[str, Rule]:
        """The rules by name."""
        return {rule.name: rule for rule in self.rules}

    def without(self, names: frozenset[str]) -> RuleBook:
        """The book without some of its rules."""
        if not names:
            return self
        left = tuple(rule for rule in self.rules if rule.name not in names)
        return self.derived(names, lambda: replace(self, rules=left, _woken={}, _derived={}))

    def derived(self, key: Hashable, make: Callable[[], RuleBook]) -> RuleBook:
        """A book made from this one, kept under its key: whatever is compiled is so once."""
        if key not in self._derived:
            self._derived[key] = make()
        return self._derived[key]

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of documents whose changes may wake a rule."""
        return frozenset(rule.kind for rule in self.rules) | {"signal"}

    @cached_property
    def related(self) -> frozenset[str]:
        """The relations and sections that expressions reach through, as `deal.client`."""
        read = [rule.condition for rule in self.rules if rule.condition]
        read += [one for rule in self.rules for one in rule.values.values()]
        return frozenset[str]().union(*(one.related for one in read))

    @cached_property
    def writes_people(self) -> bool:
        """Whether some rule fills in a field of an employee."""
        written = (
            name
            for rule in self.rules
            for action in rule.text.do
            for name in actions()[action.name].writes(rule, action.body)
        )
        return any(name.startswith("employee.") for name in written)

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
        found += _rule_files(path) if path.is_dir() else [path]
    return found


def _rule_files(folder: Path) -> list[Path]:
    """The rule files of a folder; the cases beside them are no rules."""
    return sorted(path for path in folder.glob("*.yaml") if not path.name.endswith(CASES))
