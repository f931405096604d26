"""`provodka runs`: what has been run, how long it took, what came of it."""

from __future__ import annotations

from typing import Annotated

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import described, option
from provodka.foundation.i18n import _

__all__ = ["declare"]


def declare(app: typer.Typer) -> None:
    """Add the command."""
    text = (
        _("Показать последние запуски потоков."),
        _(
            "Новые сверху: чем кончился, сколько длился, что сделано, что помешало. Запуск, "
            "процесс которого исчез, помечает прерванным следующий запуск того же потока."
        ),
    )
    lines = ("provodka runs", "provodka runs --stream accounting --failed")
    app.command("runs", **described(*text, *lines))(runs)


def runs(
    ctx: typer.Context,
    stream: Annotated[
        str | None, option("--stream", metavar=_("ПОТОК"), text=_("Только этот поток"))
    ] = None,
    failed: Annotated[bool, option("--failed", text=_("Только неудавшиеся и прерванные"))] = False,
    limit: Annotated[
        int, option("--limit", metavar=_("ЧИСЛО"), text=_("Сколько показать, иначе 50"))
    ] = 50,
) -> None:
    """List runs, newest first."""
    from provodka.connectors.crm_store import runs as kept
    from provodka.dashboards.insight.counted import tally
    from provodka.dashboards.insight.wording import flow_word
    from provodka.flows.cli.screen import ago, moment, state

    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        found = kept.listed(connection, flow=stream, failed=failed, limit=limit)
    desk.screen.document({"runs": found})
    if not found:
        desk.screen.line(_("таких запусков нет"), mark="·")
        return
    desk.screen.table(
        (_("Поток"), _("Чем кончился"), _("Начало"), _("Длился"), _("Что сделано"), _("Помеха")),
        (
            (
                flow_word(one["flow"]),
                state(one["state"]),
                moment(one["started_at"], desk.zone),
                "" if one["state"] == "interrupted" else ago(one["lasted"]),
                tally(one["counts"] or {}),
                (one["note"] or "").partition("\n")[0],
            )
            for one in found
        ),
    )
