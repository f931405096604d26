"""Checks of a rule at load: events, stages, conditions, and what its actions may touch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import LocatedYaml
from provodka.foundation.nearest import nearest
from provodka.trigger_rules.actions.registry import actions
from provodka.trigger_rules.check_events import faults, kind_of
from provodka.trigger_rules.conditions import Expression, Names, Unsound
from provodka.trigger_rules.event_kinds import BY_CLIENT
from provodka.trigger_rules.language import Action, RuleText, When
from provodka.trigger_rules.scenario import Scenario
from provodka.trigger_rules.schema import OF_A_DEAL, dates_of, roots

__all__ = ["Checked", "check_rule", "check_scenario"]


@dataclass
class Checked:
    """A rule's compiled parts, and the mistakes found in it."""

    kind: str = ""
    condition: Expression | None = None
    values: dict[tuple[int, str], Expression] = field(default_factory=dict)
    mistakes: list[ConfigurationError] = field(default_factory=list)


def check_scenario(
    scenario: Scenario | None, others: Mapping[str, Scenario], file: LocatedYaml
) -> Iterator[ConfigurationError]:
    """A scenario's code is its own, its stages differ, it has one won and one lost end."""
    if scenario is None:
        return
    if scenario.code in others:
        yield file.error(
            "scenario", "code",
            found=_("сценарий «{code}» уже описан").format(code=scenario.code),
            expected=_("один файл на сценарий"),
            next_step=_("смените код или объедините файлы"),
            code="repeated_scenario",
        )  # fmt: skip
    codes = [stage.code for stage in scenario.text.stages]
    for index, code in enumerate(codes):
        if code in codes[:index]:
            yield file.error(
                "scenario", "stages", index, "code",
                found=_("этап «{code}» повторяется").format(code=code),
                expected=_("каждый код этапа один раз"),
                next_step=_("переименуйте или уберите этап"),
                code="repeated_stage",
            )  # fmt: skip
    kinds = [stage.kind for stage in scenario.text.stages]
    if kinds.count("won") != 1 or kinds.count("lost") != 1 or "open" not in kinds:
        yield file.error(
            "scenario", "stages",
            found=_("концов: won {won}, lost {lost}").format(
                won=kinds.count("won"), lost=kinds.count("lost")
            ),
            expected=_("один этап kind: won, один kind: lost и хотя бы один открытый"),
            next_step=_("дополните список этапов"),
            code="scenario_ends",
        )  # fmt: skip


def check_rule(
    text: RuleText, steps: tuple[str | int, ...], scenario: Scenario | None, file: LocatedYaml
) -> Checked:
    """Compile the rule at a place of a file; every mistake carries its own place there."""
    check = _RuleCheck(text, steps, scenario, file)
    check.run()
    return check.done


@dataclass
class _RuleCheck:
    text: RuleText
    steps: tuple[str | int, ...]
    scenario: Scenario | None
    file: LocatedYaml
    done: Checked = field(default_factory=Checked)

    def run(self) -> None:
        kinds = {kind for when in self.text.when if (kind := self._kind_of(when))}
        if len(kinds) > 1:
            self._miss(
                "when",
                found=_("события разных документов: {kinds}").format(
                    kinds=", ".join(sorted(kinds))
                ),
                expected=_("события одного документа"),
                code="mixed_events",
            )
        if len(kinds) != 1 or self.done.mistakes:
            return
        self.done.kind = kinds.pop()
        stages = tuple(self.scenario.ranks) if self.scenario else ()
        names = roots(self.done.kind, stages)
        self._check_deal(names)
        if self.text.condition is not None:
            self.done.condition = self._condition(self.text.condition, names)
        for number, action in enumerate(self.text.do):
            place = _ActionCheck(self, number, action.name, names)
            actions()[action.name].check(place, action.body)
            self._check_dates(number, action, names)

    def _kind_of(self, when: When) -> str | None:
        found = list(faults(when, self.scenario))
        for one in found:
            self._miss("when", found=one.found, expected=one.expected, code=one.code)
        return None if found else kind_of(when)

    def _check_deal(self, names: Names) -> None:
        if self.scenario and self.done.kind not in OF_A_DEAL | BY_CLIENT:
            self._miss(
                "when",
                found=_("событие документа «{kind}» не относится к сделке").format(
                    kind=self.done.kind
                ),
                expected=_("событие сделки или ее документа"),
                next_step=_("перенесите правило в файл без сценария"),
                code="not_of_a_deal",
            )
        for number, action in enumerate(self.text.do):
            if actions()[action.name].about_a_deal and "deal" not in names:
                self._miss(
                    "do",
                    number,
                    found=_("у документа «{kind}» нет сделки").format(kind=self.done.kind),
                    expected=", ".join(k.name for k in actions().values() if not k.about_a_deal),
                    code="no_deal",
                )

    def _condition(self, written: str, names: Names) -> Expression | None:
        expression = self._expression(written, names, "if")
        if expression and (expression.type != "flag" or expression.nullable):
            self._miss(
                "if",
                found=_("«{text}» не да и не нет").format(text=written),
                expected=_("сравнение, например deal.amount > 0"),
                code="not_a_condition",
            )
        return expression

    def _check_dates(self, number: int, action: Action, names: Names) -> None:
        """The date that a delay counts from is a field with a date of a document known here."""
        for word, offset in (("after", action.after), ("before", action.before)):
            if offset is None or offset.of is None:
                continue
            dates = dates_of(names)
            if offset.of not in dates:
                self._miss(
                    "do", number, word, "of",
                    found=_("«{path}» не дата").format(path=offset.of),
                    expected=nearest(offset.of, dates),
                    code="not_a_date",
                )  # fmt: skip

    def _expression(self, written: str, names: Names, *steps: str | int) -> Expression | None:
        try:
            return Expression(written, names)
        except Unsound as error:
            self._miss(
                *steps,
                found=error.problem.found,
                expected=error.problem.expected,
                code="unsound_condition",
            )
            return None

    def _miss(self, *steps: str | int, found: str, **said: str) -> None:
        said.setdefault("next_step", _("исправьте правило «{name}»").format(name=self.text.name))
        self.done.mistakes.append(self.file.error(*self.steps, *steps, found=found, **said))


@dataclass(frozen=True)
class _ActionCheck:
    """What the check of one action sees of its rule."""

    rule: _RuleCheck
    number: int
    name: str
    names: Names

    @property
    def kind(self) -> str:
        return self.rule.done.kind

    @property
    def scenario(self) -> Scenario | None:
        return self.rule.scenario

    def miss(self, *steps: str | int, found: str, **said: str) -> None:
        self.rule._miss("do", self.number, self.name, *steps, found=found, **said)

    def expression(self, text: str, *steps: str) -> Expression | None:
        found = self.rule._expression(text, self.names, "do", self.number, self.name, *steps)
        if found:
            self.rule.done.values[self.number, ".".join(steps)] = found
        return found
