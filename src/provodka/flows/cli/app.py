"""The commands of `provodka`, declared; each does its work in a module of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from provodka.flows.cli import (
    checking,
    launching,
    quarantine,
    reporting,
    rules,
    settings,
    starting,
    status,
    syncing,
    tracing,
)
from provodka.flows.cli.arguments import Options
from provodka.flows.cli.group import Root
from provodka.flows.cli.words import example
from provodka.foundation.i18n import _

__all__ = ["app"]

app = typer.Typer(
    name="provodka",
    cls=Root,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    subcommand_metavar=_("КОМАНДА [ПАРАМЕТРЫ]…"),
    options_metavar=_("[ПАРАМЕТРЫ]"),
    epilog=example("provodka init", "provodka check", "provodka sync --plan"),
    help=_(
        "Проводка связывает CRM с 1С:Бухгалтерией, телефонией и почтой.\n\n"
        "Коды завершения: 0 сделано, 1 не удалось, 2 ошибка в настройках или в команде, "
        "3 сделано, но часть документов отложена."
    ),
)


@app.callback()
def common(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "-c",
            "--config",
            metavar=_("ФАЙЛ"),
            help=_("Файл настроек; иначе PROVODKA_CONFIG или hub.yaml"),
            rich_help_panel=_("Параметры"),
        ),
    ] = None,
    home: Annotated[
        Path | None,
        typer.Option(
            "--home",
            metavar=_("ПАПКА"),
            help=_("Папка данных; иначе PROVODKA_HOME или .provodka"),
            rich_help_panel=_("Параметры"),
        ),
    ] = None,
    json: Annotated[
        bool,
        typer.Option(
            "--json",
            help=_("Один документ JSON на стандартном выводе, и ничего больше"),
            rich_help_panel=_("Параметры"),
        ),
    ] = False,
    lang: Annotated[  # noqa: ARG001 - has been heeded before the texts were made
        str,
        typer.Option(
            "--lang",
            metavar="ru|en",
            help=_("Язык; иначе PROVODKA_LANG или русский"),
            show_default=False,
            rich_help_panel=_("Параметры"),
        ),
    ] = "ru",
    verbose: Annotated[
        bool,
        typer.Option(
            "-v",
            "--verbose",
            help=_("Подробный журнал, и место в коде у каждой ошибки"),
            rich_help_panel=_("Параметры"),
        ),
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
    status,
    tracing,
    quarantine,
    reporting,
    rules,
    settings,
    launching,
):
    module.declare(app)
