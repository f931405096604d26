"""`provodka check`: is everything in order, before any data flows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.exits import ExitCode
from provodka.flows.cli.group import leave
from provodka.flows.cli.words import described
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from provodka.flows.cli.screen import Screen
    from provodka.flows.insight.checked import Finding

__all__ = ["declare"]

MARKS = {"good": "✓", "warning": "!", "bad": "✗"}


def declare(app: typer.Typer) -> None:
    """Add the command."""
    text = (
        _("Проверить настройки, правила, соответствия и каждую систему."),
        _(
            "Соответствия сверяются с метаданными живой базы 1С. Ничего не меняет. Код 2, если "
            "надо исправить настройки, 1, если система недоступна."
        ),
    )
    lines = ("provodka check", "provodka check --config prod.yaml --json")
    app.command("check", **described(*text, *lines))(check)


def check(ctx: typer.Context) -> None:
    """Find out what is wrong, line by line, with the next step."""
    desk = Desk(ctx, quiet=True)
    found = []
    for finding in _findings(desk):
        _show(desk.screen, finding)
        found.append(finding)
    code = _verdict(found)
    desk.screen.document({"ok": code is ExitCode.DONE, "findings": [_plain(one) for one in found]})
    leave(code)


def _findings(desk: Desk) -> Iterator[Finding]:
    from provodka.flows.cli.telling import understood
    from provodka.flows.insight.checked import broken, good
    from provodka.foundation.errors import ProvodkaError

    try:
        files = desk.files()
    except ProvodkaError as error:
        yield from broken("settings", error)
        return
    from provodka.flows.insight.checkup import check_files, check_systems

    yield good("settings", _("{path}: прочитан").format(path=desk.environment.config))
    wrong = False
    for finding in check_files(files):
        wrong = wrong or (finding.area == "mappings" and finding.level == "bad")
        yield finding
    try:
        with desk.hub() as hub:
            yield good("store", _("база хаба отвечает, таблицы этой версии"))
            if not wrong:
                yield from check_systems(hub)
    except Exception as error:
        mine = understood(error)
        if mine is None:
            raise
        yield from broken("store", mine)


def _show(screen: Screen, finding: Finding) -> None:
    area = finding.area if finding.place is None else ""
    text = f"{area}: {finding.text}" if area else finding.text
    screen.line(text, mark=MARKS[finding.level])
    for name, text in (
        (_("Ожидалось"), finding.expected),
        (_("Что делать"), finding.next_step),
    ):
        if text:
            screen.line(f"  {name}: {text}")


def _plain(finding: Finding) -> dict[str, Any]:
    place = finding.place
    spot = {"file": str(place.path), "line": place.line, "column": place.column} if place else {}
    names = ("area", "level", "code", "text", "expected", "next_step", "wrong")
    return {name: getattr(finding, name) for name in names} | spot


def _verdict(found: Iterable[Finding]) -> ExitCode:
    bad = [finding for finding in found if finding.level == "bad"]
    if any(finding.wrong for finding in bad):
        return ExitCode.WRONG
    return ExitCode.FAILED if bad else ExitCode.DONE
