"""`provodka parked`: documents that wait for their parents, for which, and how long."""

from __future__ import annotations

from typing import Annotated

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import described, group_of, option
from provodka.foundation.i18n import _

__all__ = ["declare"]


def declare(app: typer.Typer) -> None:
    """Add the group."""
    group = group_of(_("Документы, которые ждут своих родителей."), "provodka parked list")
    text = (
        _("Перечислить ждущие документы, давние первыми: кого ждут и почему его нет."),
        _("Пришедший родитель принимает их сам; повторять ничего не нужно."),
    )
    examples = ("provodka parked list", "provodka parked list --older 3d")
    group.command("list", **described(*text, *examples))(list_)
    app.add_typer(group, name="parked")


def list_(
    ctx: typer.Context,
    stream: Annotated[
        str | None,
        option(
            "--stream", metavar=_("ПОТОК"), text=_("Только этот поток, например onec:payment_bank")
        ),
    ] = None,
    older: Annotated[
        str | None,
        option("--older", metavar=_("СРОК"), text=_("Только те, что ждут дольше: 7d, 12h, 30m")),
    ] = None,
) -> None:
    """List what is parked, the longest first."""
    from provodka.connectors.crm_store import parked
    from provodka.dashboards.insight.parents import waits_for, why_not
    from provodka.flows.cli.screen import moment
    from provodka.flows.cli.spans import span
    from provodka.flows.hub import utc_now

    before = utc_now() - span(older, "--older") if older else None
    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        rows = parked.listed(connection, stream=stream, before=before)
    desk.screen.document(rows)
    if not rows:
        desk.screen.line(_("никто не ждет родителя"), mark="✓")
        return
    desk.screen.table(
        (_("Поток"), _("Ключ"), _("Кого ждет"), _("С какого времени"), _("Почему его нет")),
        (
            (
                one.stream,
                one.external_key,
                waits_for(one),
                moment(one.since, desk.zone),
                why_not(one),
            )
            for one in rows
        ),
    )
