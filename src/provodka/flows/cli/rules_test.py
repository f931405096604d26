"""`provodka rules test`: the cases beside the rules, run without a store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.exits import ExitCode
from provodka.flows.cli.words import argument, described
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from provodka.flows.cli.screen import Screen
    from provodka.trigger_rules.cases.running import Outcome
    from provodka.trigger_rules.verdicts import Verdict

__all__ = ["declare"]


def declare(group: typer.Typer) -> None:
    """Add the command to the group of rules."""
    text = (
        _("Проверить правила на примерах, что лежат рядом с ними."),
        _(
            "Рядом с water.yaml лежит water.cases.yaml: что дано, что случилось, что должно "
            "выйти. Без файлов берутся правила из hub.yaml. Ничего не отправляется и не "
            "записывается. Код 1, если хоть один пример вышел не так."
        ),
    )
    examples = ("provodka rules test", "provodka rules test my.yaml")
    group.command("test", **described(*text, *examples))(try_cases)


def try_cases(
    ctx: typer.Context,
    files: Annotated[
        list[Path] | None,
        argument(_("ФАЙЛ"), _("Файлы правил или примеров к ним")),
    ] = None,
) -> None:
    """Run the cases and tell what came out otherwise than was expected."""
    from provodka.trigger_rules.cases.running import cases_of, rules_of, run_cases

    desk = Desk(ctx)
    named = [rules_of(file) for file in files or ()]
    rules = list(dict.fromkeys(named or desk.files().rule_files))
    tested = named or [file for file in rules if cases_of(file).is_file()]
    outcomes = [(file, one) for file in tested for one in run_cases(file)]
    for file in rules:
        if file not in tested:
            without = _("{file}: примеров рядом нет, ждали {cases}")
            desk.screen.line(without.format(file=file, cases=cases_of(file).name), mark="!")
    for _file, outcome in outcomes:
        _show(desk.screen, outcome)
    wrong = sum(not one.passed for _file, one in outcomes)
    told = _("примеров: {count}, вышло не так: {wrong}").format(count=len(outcomes), wrong=wrong)
    desk.screen.line(told, mark="✗" if wrong else "✓")
    desk.screen.document({"cases": [_plain(file, one) for file, one in outcomes], "wrong": wrong})
    if wrong:
        raise typer.Exit(ExitCode.FAILED)


def _show(screen: Screen, outcome: Outcome) -> None:
    if outcome.passed:
        screen.line(outcome.case.name, mark="✓")
        return
    screen.line(f"{outcome.case.name} ({outcome.place})", mark="✗")
    for miss in outcome.misses:
        screen.line(f"    {miss}")
    for verdict in outcome.verdicts:
        screen.line(f"    {_told(verdict)}")


def _told(verdict: Verdict) -> str:
    """What became of a rule, with the clauses that said no and what they saw."""
    if verdict.fired:
        return _("правило {rule}: сработало").format(rule=verdict.rule)
    said = [verdict.why_not] if verdict.why_not else []
    for clause in verdict.clauses:
        if not clause.holds:
            seen = ", ".join(f"{name} = {value}" for name, value in clause.values.items())
            said.append(_("неверно {clause} ({seen})").format(clause=clause.text, seen=seen))
    return _("правило {rule}: нет — {why}").format(rule=verdict.rule, why="; ".join(said))


def _plain(file: Path, outcome: Outcome) -> dict[str, Any]:
    return {
        "file": str(file),
        "line": outcome.place.line,
        "name": outcome.case.name,
        "passed": outcome.passed,
        "misses": list(outcome.misses),
        "came": list(outcome.came),
        "verdicts": [
            {
                "rule": one.rule,
                "version": one.version,
                "fired": one.fired,
                "why_not": one.why_not or None,
                "false": [clause.text for clause in one.clauses if not clause.holds],
            }
            for one in outcome.verdicts
        ],
    }
