"""`provodka person`: what is held about a person, and its erasure (152-ФЗ)."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described, group_of, option
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from provodka.connectors.crm_store.people_subject import Subject
    from provodka.flows.people.erasing import Erased

__all__ = ["declare"]

Client = Annotated[
    str | None,
    argument(_("[КЛИЕНТ]"), _("Ключ клиента, его начало, ИНН или ключ другой системы")),
]
Phone = Annotated[str, option("--phone", metavar=_("ТЕЛЕФОН"), text=_("Кого искать, по телефону"))]
Email = Annotated[str, option("--email", metavar=_("АДРЕС"), text=_("Кого искать, по почте"))]


def declare(app: typer.Typer) -> None:
    """Add the group."""
    group = group_of(
        _("Данные о человеке: выдать ему все, что хранится, или стереть (152-ФЗ)."),
        "provodka person export --phone +79161234567",
    )
    text = (
        _("Собрать в архив все, что хаб хранит о человеке."),
        _("Документы, журнал, файлы; где он только упомянут, сказано числом строк."),
    )
    line = "provodka person export 019ab3f0 --to petrov.zip"
    group.command("export", **described(*text, line))(export)
    text = (
        _("Стереть данные о человеке; без --apply только показать, сколько и где."),
        _(
            "Счета, оплаты и отгрузки остаются без человека: их хранения требует бухгалтерский "
            "учет. Остается свидетельство без личных данных. Можно повторять."
        ),
    )
    lines = (
        "provodka person erase 019ab3f0",
        "provodka person erase --email petrov@example.ru --basis «обращение 7» --apply",
    )
    group.command("erase", **described(*text, *lines))(erase)
    app.add_typer(group, name="person")


def export(
    ctx: typer.Context,
    client: Client = None,
    phone: Phone = "",
    email: Email = "",
    to: Annotated[Path, option("--to", metavar=_("ФАЙЛ"), text=_("Куда, иначе person.zip"))] = Path(
        "person.zip"
    ),
) -> None:
    """Write everything into an archive."""
    from provodka.connectors.crm_store import audit
    from provodka.flows.people.exporting import export as write

    desk = Desk(ctx)
    with desk.hub() as hub:
        with hub.engine.begin() as connection:
            key, subject = _meant(connection, client, phone, email)
            by = {"by": getpass.getuser()}
            audit.note(connection, None, audit.EXPORTED, "person", key, by)
        counts = write(hub, subject, to)
    desk.screen.document({"file": to, "counts": counts})
    desk.screen.line(_("записано: {file}").format(file=to), mark="✓")
    desk.screen.table((_("Что"), _("Строк")), sorted(counts.items()))


def erase(
    ctx: typer.Context,
    client: Client = None,
    phone: Phone = "",
    email: Email = "",
    basis: Annotated[
        str, option("--basis", metavar=_("ТЕКСТ"), text=_("Основание для свидетельства, без имен"))
    ] = "",
    apply: Annotated[bool, option("--apply", text=_("Стереть, а не только показать"))] = False,
) -> None:
    """Show what would be erased, or erase it."""
    from provodka.connectors.crm_store import audit
    from provodka.flows.people.erasing import erase as wipe

    desk = Desk(ctx)
    with desk.hub() as hub:
        with hub.engine.connect() as connection:
            key, subject = _meant(connection, client, phone, email)
        who = getpass.getuser()
        done = wipe(hub, subject, by=who, basis=basis, apply=apply, client=key)
        if apply:
            with hub.engine.begin() as connection:
                audit.note(connection, None, "did:person.erase", "client", key, {"by": who})
    desk.screen.document(done)
    _show(desk, done, applied=apply)


def _meant(
    connection: Connection, client: str | None, phone: str, email: str
) -> tuple[UUID | None, Subject]:
    from provodka.connectors.crm_store.people_subject import by_client, by_traits
    from provodka.connectors.telephony.numbers import e164
    from provodka.flows.clients.finding import find_client
    from provodka.foundation.errors import ConfigurationError

    if client is not None:
        key = find_client(connection, client)
        return key, by_client(connection, key)
    if not phone and not email:
        raise ConfigurationError(
            "provodka person",
            found=_("не сказано, о ком речь"),
            expected=_("клиент, --phone или --email"),
            next_step=_("назовите одно из трех"),
            code="usage",
        )
    number = e164(phone) if phone else ""
    if number is None:
        raise ConfigurationError(
            "provodka person",
            found=_("«{phone}» не похоже на телефон").format(phone=phone),
            expected="+79161234567",
            next_step=_("исправьте телефон"),
            code="usage",
        )
    subject = by_traits(connection, phone=number, email=email.strip())
    return (subject.clients[0] if subject.clients else None), subject


def _show(desk: Desk, done: Erased, *, applied: bool) -> None:
    screen = desk.screen
    if not done.counts:
        screen.line(_("о человеке ничего нет"), mark="·")
        return
    screen.table((_("Где"), _("Строк")), sorted(done.counts.items()))
    if done.shared:
        screen.line(
            _("У кого-то еще те же признаки, по ним не искали: {list}").format(
                list=", ".join(done.shared)
            ),
            mark="!",
        )
    if applied:
        screen.line(_("стерто, свидетельство {key}").format(key=done.certificate), mark="✓")
    else:
        screen.line(_("пока ничего не стерто; стереть: то же с --apply"), mark="·")
