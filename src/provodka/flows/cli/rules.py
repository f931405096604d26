"""`provodka rules check`: the rules in force, checked, and read aloud as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provodka.flows.cli import (
    rules_audience,
    rules_explain,
    rules_handover,
    rules_language,
    rules_simulate,
    rules_test,
    rules_versions,
)
from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described, group_of
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _, marked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provodka.flows.settings import HubSettings
    from provodka.trigger_rules.book import Rule, RuleBook

__all__ = ["declare"]

ROLES = {
    "rule": marked("правило"),
    "robot": marked("робот"),
    "trigger": marked("триггер"),
}


def declare(app: typer.Typer) -> None:
    """Add the group."""
    example = "provodka rules check"
    group = group_of(_("Правила: что происходит и когда."), example)
    text = (
        _("Проверить правила и показать их таблицей."),
        _(
            "Без файлов проверяются те, что названы в hub.yaml. Код 2, если в правилах есть "
            "ошибки: у каждой файл, строка, что найдено и что ожидалось."
        ),
    )
    group.command("check", **described(*text, example, "provodka rules check my.yaml"))(check)
    rules_language.declare(group)
    rules_versions.declare(group)
    rules_explain.declare(group)
    rules_test.declare(group)
    rules_simulate.declare(group)
    rules_audience.declare(group)
    rules_handover.declare(group)
    app.add_typer(group, name="rules")


def check(
    ctx: typer.Context,
    files: Annotated[
        list[Path] | None,
        argument(_("ФАЙЛ"), _("Файлы правил")),
    ] = None,
) -> None:
    """Load the rules, every mistake at its line, and list them."""
    from provodka.flows.cli.telling import told_lines
    from provodka.foundation.located_yaml import gathered
    from provodka.trigger_rules.book import RuleBook
    from provodka.trigger_rules.lint import lint

    desk = Desk(ctx)
    book = RuleBook.load(files) if files else desk.files().book
    for scenario in book.scenarios.values():
        stages = " → ".join(stage.name for stage in scenario.text.stages)
        desk.screen.heading(f"{scenario.text.name}: {stages}")
    desk.screen.cards(
        (_("Правило"), _("Вид"), _("Когда"), _("Если"), _("Что делает")),
        (
            (rule.text.title, _(ROLES[rule.role]), _whens(rule), _condition(rule), _actions(rule))
            for rule in book.rules
        ),
    )
    mistakes = lint(book)
    if mistakes:
        raise gathered(mistakes)
    warnings = list(_warnings(desk, book))
    for warning in warnings:
        desk.screen.line(warning.where, mark="!")
        for line in told_lines(warning)[1:]:
            desk.screen.line(line)
    desk.screen.line(_("правил: {count}").format(count=len(book.rules)), mark="✓")
    desk.screen.document(_plain(book) | {"warnings": [str(one) for one in warnings]})


def _warnings(desk: Desk, book: RuleBook) -> Iterator[ConfigurationError]:
    """What is sound and yet will not act: nothing wakes it, it cannot be true, nobody fills it."""
    from provodka.flows.insight.rules_checkup import idle

    settings = _settings(desk)
    yield from idle(book, settings)
    if settings is not None:
        yield from _unfilled(desk, book)


def _unfilled(desk: Desk, book: RuleBook) -> Sequence[ConfigurationError]:
    """What the store's documents say; nothing where there is no store to ask."""
    from sqlalchemy.exc import OperationalError

    from provodka.flows.insight.unfilled import unfilled

    environment = desk.environment
    try:
        if environment.database_url or (environment.home / "pg").exists():
            with desk.store() as engine, engine.connect() as connection:
                return list(unfilled(connection, book))
    except (ConfigurationError, OperationalError):
        pass
    desk.screen.line(_("базы нет: какие поля никто не заполняет, не проверено"), mark="·")
    return ()


def _settings(desk: Desk) -> HubSettings | None:
    """The settings, if there are any: a file of rules can be checked without them."""
    try:
        return desk.files().settings
    except ConfigurationError:
        return None


def _whens(rule: Rule) -> str:
    told = (f"{when.event}: {when.of}" if when.of else when.event for when in rule.text.when)
    return ", ".join(told)


def _condition(rule: Rule) -> str:
    return " ".join((rule.text.condition or "").split())


def _actions(rule: Rule) -> str:
    return "; ".join(
        f"{action.name}({', '.join(_parameters(action.body))})" for action in rule.text.do
    )


def _parameters(body: Any) -> list[str]:
    said = body.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return [f"{name}: {value}" for name, value in said.items()]


def _plain(book: RuleBook) -> dict[str, Any]:
    return {
        "scenarios": [
            scenario.text.model_dump(mode="json") for scenario in book.scenarios.values()
        ],
        "rules": [
            {
                "version": rule.version,
                "role": rule.role,
                **rule.text.model_dump(mode="json", by_alias=True),
            }
            for rule in book.rules
        ],
    }
