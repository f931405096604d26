"""`provodka trace`: where a document came from, what changed it, what it caused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.exits import ExitCode
from provodka.flows.cli.words import argument, described
from provodka.foundation.errors import AmbiguousMatch
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from provodka.dashboards.insight.trace import Trace

__all__ = ["declare"]


def declare(app: typer.Typer) -> None:
    """Add the command."""
    text = (
        _("Показать жизнь документа деревом причин."),
        _(
            "Откуда пришел, кто и что в нем менял, какие правила сработали, что ушло в другие "
            "системы, что отложено. Документ называют ключом или его началом (от шести знаков), "
            "номером или ключом другой системы (GUID 1С); вид:номер, если подходит несколько."
        ),
    )
    lines = (
        "provodka trace СЧ00-000001",
        "provodka trace 019ab3f0",
        "provodka trace deal:СД00-000007",
    )
    app.command("trace", **described(*text, *lines))(trace)


def trace(
    ctx: typer.Context,
    document: Annotated[
        str,
        argument(_("ДОКУМЕНТ"), _("Ключ, начало ключа, номер или ключ другой системы")),
    ],
) -> None:
    """Follow a document's causes and consequences."""
    from provodka.dashboards.insight.trace import trace as follow
    from provodka.flows.cli.telling import tell

    desk = Desk(ctx)
    try:
        with desk.store() as engine, engine.connect() as connection:
            found = follow(connection, document)
    except AmbiguousMatch as error:
        tell(error, ["--json"] if desk.options.json else [])
        raise typer.Exit(ExitCode.WRONG) from None
    desk.screen.document(found)
    if not desk.options.json:
        _show(desk, found)


def _show(desk: Desk, found: Trace) -> None:
    from provodka.dashboards.insight.earlier import told
    from provodka.flows.cli.trace_tree import TraceTrees

    trees = TraceTrees(found, desk.zone)
    for branch in (trees.history(), *trees.marks()):
        desk.screen.tree(branch)
    if found.earlier:
        desk.screen.line(told(found.earlier), mark="!")
    if not found.complete:
        desk.screen.line(_("показаны не все последствия: их слишком много"), mark="!")
