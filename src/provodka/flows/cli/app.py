"""The commands of `provodka`, declared; each does its work in a module of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from provodka.flows.cli import (
    backfill,
    bank,
    calendar,
    calls,
    checking,
    clients,
    conflicts,
    delivering,
    history,
    importing,
    inbox,
    launching,
    mail,
    onec,
    outbox,
    parked,
    person,
    quarantine,
    reporting,
    rules,
    runs,
    settings,
    starting,
    status,
    sweep,
    syncing,
    tracing,
    users,
)
from provodka.flows.cli.arguments import Options
from provodka.flows.cli.group import Root
from provodka.flows.cli.words import option
from provodka.foundation.i18n import _

__all__ = ["app"]

app = typer.Typer(
    name="provodka",
    cls=Root,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    subcommand_metavar=_("КОМАНДА …"),
    rich_markup_mode=None,
    options_metavar=_("[ПАРАМЕТРЫ]"),
    epilog="provodka init\nprovodka check\nprovodka sync --plan",
    help=_(
        "Проводка связывает CRM с 1С:Бухгалтерией, телефонией и почтой.\n\n"
        "Общие параметры можно писать и после команды. Коды завершения: 0 сделано, "
        "1 не удалось, 2 ошибка в настройках или в команде, "
        "3 сделано, но часть документов отложена."
    ),
)


@app.callback()
def common(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        option(
            "-c",
            "--config",
            metavar=_("ФАЙЛ"),
            text=_("Файл настроек; иначе PROVODKA_CONFIG или hub.yaml"),
        ),
    ] = None,
    home: Annotated[
        Path | None,
        option(
            "--home", metavar=_("ПАПКА"), text=_("Папка данных; иначе PROVODKA_HOME или .provodka")
        ),
    ] = None,
    json: Annotated[
        bool,
        option("--json", text=_("Один документ JSON на стандартном выводе, и ничего больше")),
    ] = False,
    lang: Annotated[  # noqa: ARG001 - has been heeded before the texts were made
        str,
        option("--lang", metavar="ru|en", text=_("Язык; иначе PROVODKA_LANG или русский")),
    ] = "ru",
    verbose: Annotated[
        bool,
        option("-v", "--verbose", text=_("Подробный журнал, и место в коде у каждой ошибки")),
    ] = False,
) -> None:
    """Take the options that every command has."""
    ctx.obj = Options(config=config, home=home, json=json, verbose=verbose)
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


for module in (
    starting,
    checking,
    syncing,
    sweep,
    backfill,
    status,
    runs,
    tracing,
    history,
    clients,
    calls,
    conflicts,
    quarantine,
    parked,
    inbox,
    outbox,
    calendar,
    onec,
    bank,
    mail,
    delivering,
    importing,
    reporting,
    rules,
    settings,
    users,
    person,
    launching,
):
    module.declare(app)
