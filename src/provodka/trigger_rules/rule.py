"""A rule at work: compiled, with its way back to the place in the file that a person edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.located_yaml import LocatedYaml
from provodka.trigger_rules.conditions import Expression
from provodka.trigger_rules.event_kinds import EVENTS
from provodka.trigger_rules.language import QuietHours, RuleText
from provodka.trigger_rules.scenario import Scenario

__all__ = ["Role", "Rule"]

Role = Literal["rule", "robot", "trigger"]
USUAL_ORDER = 100


@dataclass(frozen=True)
class Rule:
    """A compiled rule. `values` holds its actions' expressions by action number and path.

    A `robot` acts when a deal enters a stage, a `trigger` moves the deal. `file` and `steps`
    lead back to the place in the file that a person edits.
    """

    text: RuleText
    version: str
    scenario: Scenario | None
    kind: str
    condition: Expression | None
    values: Mapping[tuple[int, str], Expression]
    file: LocatedYaml
    steps: tuple[str | int, ...]
    role: Role = "rule"
    quiet_hours: QuietHours | None = None

    @property
    def name(self) -> str:
        """The rule's name, unique in the book."""
        return self.text.name

    @cached_property
    def narrowed(self) -> bool:
        """Whether it waits for changes of certain fields only."""
        return any(when.field and not EVENTS[when.event].clocked for when in self.text.when)

    @property
    def order(self) -> int:
        """Its place among the rules of one event; those alike go as written."""
        return USUAL_ORDER if self.text.order is None else self.text.order

    def error(self, *steps: str | int, found: str, **said: str) -> ConfigurationError:
        """A mistake in this rule, at its place in the file."""
        return self.file.error(*self.steps, *steps, found=found, **said)
