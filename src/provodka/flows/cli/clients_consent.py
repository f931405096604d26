"""`provodka clients consent`: what a client has agreed to, written down by a person."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described, option
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provodka.flows.clients.consents import Consent

__all__ = ["declare"]

Client = _("Ключ клиента, его начало, ИНН или ключ другой системы")


def declare(group: typer.Typer) -> None:
    """Add the command."""
    telling = (
        _("Показать согласия клиента, записать новое или отозвать."),
        _("Без --give и --withdraw только показывает. Кто записал, хранит журнал."),
    )
    lines = (
        "provodka clients consent 7707083893 --give --basis «анкета 12»",
        "provodka clients consent 7707083893 --withdraw",
    )
    group.command("consent", **described(*telling, *lines))(consent)


def consent(
    ctx: typer.Context,
    client: Annotated[str, argument(_("КЛИЕНТ"), Client)],
    give: Annotated[bool, option("--give", text=_("Записать согласие"))] = False,
    withdraw: Annotated[bool, option("--withdraw", text=_("Отозвать согласие"))] = False,
    kind: Annotated[
        str, option("--kind", metavar=_("ВИД"), text=_("На что; обычно mail_opens"))
    ] = "mail_opens",
    basis: Annotated[
        str, option("--basis", metavar=_("ТЕКСТ"), text=_("Откуда известно о согласии"))
    ] = "",
    who: Annotated[
        str | None, option("--who", metavar=_("ИМЯ"), text=_("Кто записал; иначе имя в системе"))
    ] = None,
) -> None:
    """Write it down, if told to, and list what there is."""
    from provodka.connectors.crm_store import journal
    from provodka.flows.clients import consents
    from provodka.flows.clients.finding import find_client

    _refuse_both(give, withdraw)
    desk, now = Desk(ctx), datetime.now(UTC)
    with desk.store() as engine, engine.begin() as connection:
        journal.attribute(connection, f"person:{who or getpass.getuser()}")
        owner = find_client(connection, client)
        if give:
            consents.give(connection, owner, kind, basis, now)
        elif withdraw:
            consents.withdraw(connection, owner, kind, now)
        rows = consents.listed(connection, owner)
    desk.screen.document(rows)
    _show(desk, rows)


def _refuse_both(give: bool, withdraw: bool) -> None:
    from provodka.foundation.errors import ConfigurationError

    if give and withdraw:
        raise ConfigurationError(
            "provodka clients consent",
            found=_("--give вместе с --withdraw"),
            expected=_("одно из двух"),
            next_step=_("оставьте одно"),
            code="usage",
        )


def _show(desk: Desk, rows: Sequence[Consent]) -> None:
    from provodka.flows.cli.screen import moment
    from provodka.flows.clients.consents import KINDS

    if not rows:
        desk.screen.line(_("согласий нет"), mark="·")
        return
    desk.screen.table(
        (_("На что"), _("Когда дано"), _("Основание"), _("Отозвано")),
        (
            (
                _(KINDS.get(one.kind, one.kind)),
                moment(one.given_at, desk.zone),
                one.basis or "—",
                moment(one.withdrawn_at, desk.zone) if one.withdrawn_at else "—",
            )
            for one in rows
        ),
    )
