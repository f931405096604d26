"""Reading rule files: each whole, with every mistake at its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import LocatedYaml, load_yaml
from provodka.foundation.nearest import nearest
from provodka.trigger_rules.calendars import COMPANY
from provodka.trigger_rules.check import Checked, check_rule, check_scenario
from provodka.trigger_rules.guarding import refuse_hostile
from provodka.trigger_rules.language import CalendarText, RuleFile, RuleText
from provodka.trigger_rules.rule import Role, Rule
from provodka.trigger_rules.scenario import Scenario, version_of

__all__ = ["Reading"]

Steps = tuple[str | int, ...]
ROLES_OF_PEOPLE = ("responsible", "head", COMPANY)


@dataclass
class Reading:
    """Rules, scenarios and calendars read so far, and the mistakes found in them."""

    rules: list[Rule] = field(default_factory=list)
    scenarios: dict[str, Scenario] = field(default_factory=dict)
    calendars: dict[str, CalendarText] = field(default_factory=dict)
    mistakes: list[ConfigurationError] = field(default_factory=list)

    def read(self, path: Path) -> None:
        """Read one file; its mistakes are noted, not raised."""
        try:
            refuse_hostile(path)
            file = load_yaml(path)
            text = file.parse(RuleFile)
        except ConfigurationError as error:
            self.mistakes += [error, *error.others]
            return
        scenario = Scenario(text.scenario) if text.scenario else None
        self.mistakes += check_scenario(scenario, self.scenarios, file)
        if scenario:
            self.scenarios.setdefault(scenario.code, scenario)
        self._calendars(text, file)
        for written, steps, role in _written(text, file):
            checked = check_rule(written, steps, scenario, file)
            self.mistakes += checked.mistakes
            rule = _rule(written, steps, role, scenario, file, checked, text)
            self.rules.append(rule)

    def finished(self) -> Iterator[ConfigurationError]:
        """Mistakes that only all files together show: names twice, calendars nowhere."""
        yield from _repeated(self.rules)
        known = [*self.calendars, *ROLES_OF_PEOPLE]
        for rule in self.rules:
            for number, action in enumerate(rule.text.do):
                if action.calendar is not None and action.calendar not in known:
                    yield rule.error(
                        "do", number, "calendar",
                        found=_("нет календаря «{name}»").format(name=action.calendar),
                        expected=nearest(action.calendar, known),
                        next_step=_("опишите его в разделе calendars"),
                        code="unknown_calendar",
                    )  # fmt: skip

    def _calendars(self, text: RuleFile, file: LocatedYaml) -> None:
        for index, one in enumerate(text.calendars):
            if one.code in self.calendars:
                self._wrong_calendar(
                    file, index, "code",
                    found=_("календарь «{code}» уже описан").format(code=one.code),
                    expected=_("каждый календарь один раз"),
                )  # fmt: skip
            if one.zone is not None and not _zone(one.zone):
                self._wrong_calendar(
                    file, index, "zone",
                    found=_("нет часового пояса «{zone}»").format(zone=one.zone),
                    expected="Asia/Yekaterinburg",
                )  # fmt: skip
            self.calendars.setdefault(one.code, one)

    def _wrong_calendar(
        self, file: LocatedYaml, index: int, name: str, *, found: str, expected: str
    ) -> None:
        step = _("исправьте календарь")
        self.mistakes.append(
            file.error(
                "calendars", index, name,
                found=found, expected=expected, next_step=step, code="wrong_calendar",
            )
        )  # fmt: skip


def _written(text: RuleFile, file: LocatedYaml) -> list[tuple[RuleText, Steps, Role]]:
    """Rules, robots and triggers of a file, as they follow each other in it."""
    found: list[tuple[RuleText, Steps, Role]] = [
        (rule, ("rules", index), "rule") for index, rule in enumerate(text.rules)
    ]
    found += [
        (robot.as_rule(), ("robots", index), "robot") for index, robot in enumerate(text.robots)
    ]
    found += [
        (trigger.as_rule(), ("triggers", index), "trigger")
        for index, trigger in enumerate(text.triggers)
    ]
    return sorted(found, key=lambda one: file.place(*one[1]).line)


def _rule(
    text: RuleText,
    steps: Steps,
    role: Role,
    scenario: Scenario | None,
    file: LocatedYaml,
    checked: Checked,
    whole: RuleFile,
) -> Rule:
    return Rule(
        text=text,
        version=version_of(text),
        scenario=scenario,
        kind=checked.kind,
        condition=checked.condition,
        values=checked.values,
        file=file,
        steps=steps,
        role=role,
        quiet_hours=text.quiet_hours or whole.quiet_hours,
    )


def _repeated(rules: Iterable[Rule]) -> Iterator[ConfigurationError]:
    first: dict[str, Rule] = {}
    for rule in rules:
        known = first.setdefault(rule.name, rule)
        if known is not rule:
            yield rule.error(
                "name",
                found=_("правило «{name}» уже есть: {place}").format(
                    name=rule.name, place=known.file.place(*known.steps, "name")
                ),
                expected=_("имя, которого нет у других правил"),
                next_step=_("переименуйте одно из них"),
                code="repeated_rule",
            )


def _zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return True
