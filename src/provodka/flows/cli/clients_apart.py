"""`provodka clients apart`, `aparts`, `unapart`: a person's word that two clients are not one."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described, option
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

__all__ = ["declare"]

Client = _("Ключ клиента, его начало, ИНН или ключ другой системы")
Who = Annotated[
    str | None, option("--who", metavar=_("ИМЯ"), text=_("Кто решил; иначе имя в системе"))
]


def declare(group: typer.Typer) -> None:
    """Add the commands."""
    parting = (
        _("Пометить, что это разные клиенты: больше их не предлагать."),
        _("Кто, когда и почему так решил, сохраняется. Снимается: clients unapart."),
    )
    line = "provodka clients apart 019ab3f0 019ab3f7 --reason «отец и сын»"
    group.command("apart", **described(*parting, line))(apart)
    listing = (_("Перечислить пометки о разных клиентах, сначала новые."), "")
    group.command("aparts", **described(*listing, "provodka clients aparts"))(aparts)
    undoing = (_("Снять пометку: этих клиентов снова можно предлагать."), "")
    group.command("unapart", **described(*undoing, "provodka clients unapart 2"))(unapart)


def apart(
    ctx: typer.Context,
    one: Annotated[str, argument(_("ПЕРВЫЙ"), Client)],
    other: Annotated[str, argument(_("ВТОРОЙ"), Client)],
    reason: Annotated[
        str | None, option("--reason", metavar=_("ТЕКСТ"), text=_("Почему они разные"))
    ] = None,
    who: Who = None,
) -> None:
    """Keep the word."""
    from provodka.flows.clients.finding import find_client
    from provodka.flows.clients.parting import apart as part

    desk = Desk(ctx)
    with desk.store() as engine, engine.begin() as connection:
        first, second = (find_client(connection, said) for said in (one, other))
        done = part(connection, first, second, who or getpass.getuser(), reason)
    desk.screen.document(done)
    told = _("это разные клиенты; снять пометку: provodka clients unapart {number}")
    desk.screen.line(told.format(number=done.number), mark="✓")


def aparts(ctx: typer.Context) -> None:
    """List the words."""
    from provodka.dashboards.insight.titles import titles
    from provodka.flows.clients.parting import listed

    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        rows = listed(connection)
        keys = {("client", row[side]) for row in rows for side in ("first", "second")}
        names = {key: name for (_kind, key), name in titles(connection, keys).items()}
    desk.screen.document(rows)
    _show(desk, rows, names)


def _show(desk: Desk, rows: Sequence[dict[str, Any]], names: Mapping[UUID, str]) -> None:
    from provodka.dashboards.insight.wording import who
    from provodka.flows.cli.screen import moment

    if not rows:
        desk.screen.line(_("пометок нет"), mark="✓")
        return
    desk.screen.table(
        (_("Номер"), _("Когда"), _("Кто"), _("Первый"), _("Второй"), _("Почему"), _("Снята")),
        (
            (
                row["id"],
                moment(row["at"], desk.zone),
                who(row["who"]),
                names.get(row["first"], row["first"]),
                names.get(row["second"], row["second"]),
                row["reason"] or "—",
                f"{moment(row['undone_at'], desk.zone)} {who(row['undone_by'] or '')}".strip(),
            )
            for row in rows
        ),
    )


def unapart(
    ctx: typer.Context,
    number: Annotated[int, argument(_("НОМЕР"), _("Номер из provodka clients aparts"))],
    who: Who = None,
) -> None:
    """Take a word back."""
    from provodka.flows.clients.parting import unapart as undo

    desk = Desk(ctx)
    with desk.store() as engine, engine.begin() as connection:
        done = undo(connection, number, who or getpass.getuser())
    desk.screen.document(done)
    desk.screen.line(_("пометка {number} снята").format(number=done.number), mark="✓")
