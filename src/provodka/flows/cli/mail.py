"""`provodka mail`: letters that wait for a client to be named."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from provodka.flows.cli import mail_files
from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described, group_of, option
from provodka.foundation.i18n import _

__all__ = ["declare"]


def declare(app: typer.Typer) -> None:
    """Add the group."""
    group = group_of(_("Письма из ящиков."), "provodka mail unlinked")
    listing = (
        _("Перечислить письма, клиента которых не удалось узнать, сначала новые."),
        _("Когда у клиента появится адрес отправителя, письмо найдет его само."),
    )
    group.command("unlinked", **described(*listing, "provodka mail unlinked"))(unlinked_)
    linking = (
        _("Назвать клиента письма; остальные ждущие письма той же переписки лягут туда же."),
        _("Кто это решил, сохраняется."),
    )
    line = "provodka mail link 019ab3f0 7707083893"
    group.command("link", **described(*linking, line))(link)
    mail_files.declare(group)
    app.add_typer(group, name="mail")


def unlinked_(
    ctx: typer.Context,
    limit: Annotated[
        int, option("--limit", metavar=_("ЧИСЛО"), text=_("Не больше стольких писем"))
    ] = 200,
) -> None:
    """List what waits."""
    from provodka.flows.cli.screen import moment
    from provodka.flows.mail.unlinked import unlinked

    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        rows = unlinked(connection, limit)
    desk.screen.document(rows)
    if not rows:
        desk.screen.line(_("все письма отнесены к клиентам"), mark="✓")
        return
    desk.screen.table(
        (_("Ключ"), _("Когда"), _("От кого, кому"), _("Тема"), _("Почему ни к кому")),
        (
            (
                row["id"],
                moment(row["sent_at"], desk.zone) if row["sent_at"] else "—",
                _parties(row),
                row["subject"] or "—",
                _why(row),
            )
            for row in rows
        ),
    )


def link(
    ctx: typer.Context,
    letter: Annotated[str, argument(_("ПИСЬМО"), _("Ключ письма, его начало или Message-ID"))],
    client: Annotated[
        str, argument(_("КЛИЕНТ"), _("Ключ клиента, его начало, ИНН или ключ другой системы"))
    ],
    who: Annotated[
        str | None, option("--who", metavar=_("ИМЯ"), text=_("Кто решил; иначе имя в системе"))
    ] = None,
) -> None:
    """Keep a person's word."""
    from provodka.flows.clients.finding import find_client
    from provodka.flows.mail.relinking import link_by_hand
    from provodka.flows.mail.unlinked import find_letter

    desk = Desk(ctx)
    with desk.store() as engine, engine.begin() as connection:
        key = find_letter(connection, letter)
        owner = find_client(connection, client)
        done = link_by_hand(connection, key, owner, f"person:{who or getpass.getuser()}")
    desk.screen.document({"letters": done, "client": owner})
    desk.screen.line(_("писем отнесено к клиенту: {count}").format(count=len(done)), mark="✓")


def _parties(row: Mapping[str, Any]) -> str:
    if row["direction"] == "outgoing":
        return f"→ {row['recipient'] or '—'}"
    name = f"{row['sender_name']} " if row["sender_name"] else ""
    return f"{name}{row['sender'] or '—'}"


def _why(row: Mapping[str, Any]) -> str:
    if row["linked_by"] == "ambiguous":
        names = ", ".join(one["name"] for one in row["clients"])
        return _("подходят несколько клиентов: {names}").format(names=names or "—")
    return _("адрес никому из клиентов не принадлежит")
