"""`provodka calendar`: what people have to do, as a calendar file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described, group_of, option
from provodka.foundation.i18n import _

__all__ = ["declare"]


def declare(app: typer.Typer) -> None:
    """Add the group."""
    line = "provodka calendar export --employee anna@romashka.example anna.ics"
    group = group_of(_("Календари сотрудников: задачи и встречи файлом ICS."), line)
    text = (
        _("Записать открытые задачи и назначенные встречи сотрудника файлом ICS."),
        _("Файл открывает любой календарь. Какие задачи показывать, говорит calendars.kinds."),
    )
    group.command("export", **described(*text, line))(export)
    app.add_typer(group, name="calendar")


def export(
    ctx: typer.Context,
    file: Annotated[Path, argument(_("ФАЙЛ"), _("Куда записать"))],
    employee: Annotated[
        str, option("--employee", metavar=_("АДРЕС"), text=_("Адрес почты сотрудника"))
    ],
) -> None:
    """Write the file."""
    from provodka.flows.calendars.exporting import exported
    from provodka.flows.settings.calendars import Calendars

    desk = Desk(ctx)
    with desk.hub() as hub:
        calendars = hub.settings.calendars or Calendars()
        content, count = exported(hub.engine, employee, calendars, hub.clock())
    file.write_bytes(content)
    desk.screen.document({"file": str(file), "events": count})
    told = _("{file}: событий {count}").format(file=file, count=count)
    desk.screen.line(told, mark="✓")
