"""Running cases: the same `decide` as in the hub, on made-up documents, compared exactly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from provodka.foundation.errors import ConfigurationError, DocumentError, Place
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import LocatedYaml, gathered, load_yaml
from provodka.foundation.nearest import nearest
from provodka.trigger_rules import effects
from provodka.trigger_rules.actions.registry import actions
from provodka.trigger_rules.book import CASES, RuleBook
from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.caps import Firing
from provodka.trigger_rules.cases.documents import MadeUp, Wrong
from provodka.trigger_rules.cases.scene import Scene
from provodka.trigger_rules.cases.text import CaseFile, CaseText
from provodka.trigger_rules.cases.told import Teller, comparable
from provodka.trigger_rules.check_events import faults
from provodka.trigger_rules.decide import decide
from provodka.trigger_rules.guarding import refuse_hostile
from provodka.trigger_rules.verdicts import Verdict

__all__ = ["Outcome", "cases_of", "rules_of", "run_cases"]

USUAL_MOMENT = datetime(2026, 11, 20, 11, tzinfo=UTC)
ERROR = "error"
Told = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What came of one case: `misses` say where it differs from what was expected, in words."""

    case: CaseText
    place: Place
    came: tuple[Told, ...] = ()
    misses: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether exactly what was expected came."""
        return not self.misses


def cases_of(rules: Path) -> Path:
    """The file of cases beside a file of rules: `water.cases.yaml` beside `water.yaml`."""
    return rules.with_name(rules.stem + CASES)


def rules_of(file: Path) -> Path:
    """The file of rules that a file of cases lies beside; a file of rules is its own."""
    if not file.name.endswith(CASES):
        return file
    return file.with_name(file.name.removesuffix(CASES) + ".yaml")


def run_cases(rules: Path) -> list[Outcome]:
    """Run the cases beside a file of rules; raises `ConfigurationError` for mistakes in either.

    The company's calendar is the usual one (Yekaterinburg, 9 to 18, Russian holidays), unless
    the rules bring one called `company`: a case comes out alike on every computer.
    """
    book = RuleBook.load([rules])
    beside = cases_of(rules)
    refuse_hostile(beside)
    file = load_yaml(beside)
    text = file.parse(CaseFile)
    mistakes = [one for n, case in enumerate(text.cases) for one in _mistakes(book, case, file, n)]
    if mistakes:
        raise gathered(mistakes)
    running = Running(book, WorkingCalendar(), file)
    return [running.run(case, number) for number, case in enumerate(text.cases)]


def _mistakes(
    book: RuleBook, case: CaseText, file: LocatedYaml, number: int
) -> Iterator[ConfigurationError]:
    scenario = next(iter(book.scenarios.values()), None)
    names = [rule.name for rule in book.rules]
    if case.rule is not None and case.rule not in names:
        yield file.error(
            "cases", number, "rule",
            found=_("нет правила «{name}»").format(name=case.rule),
            expected=nearest(case.rule, names), code="unknown_rule",
        )  # fmt: skip
    for fault in faults(case.event, scenario):
        if fault.code != "missing_word":
            yield file.error(
                "cases", number, "when", found=fault.found, expected=fault.expected, code=fault.code
            )
    known = [*actions(), ERROR]
    for index, one in enumerate(case.then):
        if len(one) != 1 or next(iter(one)) not in known:
            yield file.error(
                "cases", number, "then", index,
                found=", ".join(map(str, one)) or "{}",
                expected=nearest(str(next(iter(one), "")), known), code="unknown_action",
            )  # fmt: skip


@dataclass
class Running:
    """One file's cases, run."""

    book: RuleBook
    calendar: WorkingCalendar
    file: LocatedYaml
    came: list[Told] = field(default_factory=list)

    def run(self, case: CaseText, number: int) -> Outcome:
        """Decide one case and compare."""
        made = MadeUp(USUAL_MOMENT, self.book.calendars(self.calendar).company.zone)
        made.now = made.moment(case.at) if case.at else USUAL_MOMENT
        scene = Scene(self.book, case, made)
        try:
            came, verdicts = self._decided(scene)
        except Wrong as error:
            raise self.file.error(
                "cases", number, "given", *error.steps,
                found=error.found, expected=error.expected,
                next_step=_("исправьте пример"), code="bad_case",
            ) from None  # fmt: skip
        wanted = [{name: comparable(one[name], made.zone) for name in one} for one in case.then]
        place = self.file.place("cases", number)
        return Outcome(case, place, tuple(came), tuple(_misses(wanted, came)), tuple(verdicts))

    def _decided(self, scene: Scene) -> tuple[list[Told], list[Verdict]]:
        case, made = scene.case, scene.made
        facts = scene.facts()
        teller = Teller(self.book, made)
        history = self._history(case, facts, made)
        came: list[Told] = []
        errors: list[Told] = []
        verdicts: list[Verdict] = []
        for event in scene.events(facts):
            decision = decide(
                self.book, event, facts, made.now, self.calendar, explain=True, history=history
            )
            verdicts += [one for one in decision.verdicts if case.rule in (None, one.rule)]
            for effect in _wanted(decision.effects, case):
                try:
                    came.append(teller.told(effect, {**facts, "now": made.now}))
                except DocumentError as error:
                    errors.append({ERROR: error.found})
            errors += [
                {ERROR: one.error.found}
                for one in decision.troubles
                if case.rule in (None, one.rule)
            ]
        return came + errors, verdicts

    def _history(
        self, case: CaseText, facts: Mapping[str, Any], made: MadeUp
    ) -> dict[tuple[str, Any], list[Firing]]:
        acted = [Firing(made.moment(at), made.key("earlier"), str(at)) for at in case.acted]
        about = [facts[name]["id"] for name in ("deal", "client") if facts.get(name)]
        names = [case.rule] if case.rule else [rule.name for rule in self.book.rules]
        return {(name, key): acted for name in names for key in about} if acted else {}


def _wanted(made: Iterable[effects.Effect], case: CaseText) -> Iterator[effects.Effect]:
    for effect in made:
        if not isinstance(effect, effects.Fired) and case.rule in (None, effect.reason.rule):
            yield effect


def _misses(wanted: Sequence[Told], came: Sequence[Told]) -> Iterator[str]:
    """Where what came is not what was wanted, one by one in their order."""
    for index in range(max(len(wanted), len(came))):
        want = wanted[index] if index < len(wanted) else None
        one = came[index] if index < len(came) else None
        if want is None or one is None or not _agrees(want, one):
            yield _("{number}. ожидалось: {wanted}; вышло: {came}").format(
                number=index + 1, wanted=_said(want), came=_said(one, want)
            )


def _agrees(want: Told, came: Told) -> bool:
    [name] = want
    if name not in came:
        return False
    if name == ERROR:
        return str(want[ERROR]) in came[ERROR]
    return _within(want[name] or {}, came[name])


def _within(said: Told, found: Told) -> bool:
    """Whether all that is said is so; of mappings inside, only what is said counts too."""
    return all(
        _within(value, found[key])
        if isinstance(value, dict) and isinstance(found.get(key), dict)
        else found.get(key) == value
        for key, value in said.items()
    )


def _said(told: Told | None, beside: Told | None = None) -> str:
    """An action in words; beside one of its name only what that one speaks of."""
    if told is None:
        return _("ничего")
    [name] = told
    said = told[name]
    if not isinstance(said, dict):
        return f"{name}: {said}"
    asked = beside.get(name) if beside else None
    if asked:
        said = {key: said.get(key) for key in asked}
    return f"{name}: " + ", ".join(f"{key}: {_value(value)}" for key, value in said.items())


def _value(value: Any) -> str:
    return f"{value:f}" if hasattr(value, "normalize") else str(value)
