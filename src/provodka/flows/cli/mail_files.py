"""`provodka mail enclose`: files of documents, for the letters that rules send."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described, option
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provodka.flows.mail.document_files import DocumentFile

__all__ = ["declare"]


def declare(group: typer.Typer) -> None:
    """Add the command to the group of letters."""
    text = (
        _("Приложить файл к документу: с ним уйдут письма, в правиле которых сказано attach."),
        _("Без файла показывает, что уже приложено. Файл с тем же именем заменяется."),
    )
    lines = ("provodka mail enclose СЧ00-000001 счет.pdf", "provodka mail enclose СЧ00-000001")
    group.command("enclose", **described(*text, *lines))(enclose)


def enclose(
    ctx: typer.Context,
    document: Annotated[str, argument(_("ДОКУМЕНТ"), _("Ключ, его начало или номер"))],
    file: Annotated[Path | None, argument(_("ФАЙЛ"), _("Что приложить"))] = None,
    name: Annotated[
        str | None, option("--name", metavar=_("ИМЯ"), text=_("Под каким именем; иначе свое"))
    ] = None,
    who: Annotated[
        str | None, option("--who", metavar=_("ИМЯ"), text=_("Кто приложил; иначе имя в системе"))
    ] = None,
) -> None:
    """Keep the file with the document, if one is named, and list its files."""
    from provodka.flows.mail.boxes import files_folder
    from provodka.flows.mail.document_files import enclose_file, enclosed_files
    from provodka.flows.mail.files import FileStore

    desk = Desk(ctx)
    with desk.hub() as hub, hub.engine.begin() as connection:
        key = _found(connection, document)
        if file is not None:
            store = FileStore(files_folder(hub))
            enclose_file(connection, store, key, file, who or getpass.getuser(), name=name)
        rows = enclosed_files(connection, key)
    desk.screen.document([{"name": one.name, "size": one.size} for one in rows])
    _show(desk, rows)


def _found(connection: Any, document: str) -> Any:
    from provodka.dashboards.insight.finding import find_document
    from provodka.foundation.errors import DocumentError

    key = find_document(connection, document)
    if key is None:
        raise DocumentError(
            document,
            found=_("документ отложен, в базе его еще нет"),
            expected=_("документ в базе хаба"),
            next_step=_("посмотрите: provodka quarantine list"),
            code="no_document",
        )
    return key


def _show(desk: Desk, rows: Sequence[DocumentFile]) -> None:
    from provodka.flows.cli.screen import moment

    if not rows:
        desk.screen.line(_("файлов нет"), mark="·")
        return
    desk.screen.table(
        (_("Файл"), _("Байт"), _("Кто приложил"), _("Когда")),
        [(one.name, one.size, one.added_by, moment(one.added_at, desk.zone)) for one in rows],
    )
