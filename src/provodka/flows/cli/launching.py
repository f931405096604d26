"""`provodka sandbox`, `demo`, `up`: what runs until it is told to stop."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described, option
from provodka.foundation.i18n import _

__all__ = ["declare"]


class Story(StrEnum):
    """Which company the demonstration tells of."""

    ROMASHKA = "romashka"
    WATER = "water"


def declare(app: typer.Typer) -> None:
    """Add the commands."""
    text = (
        _("Запустить песочницу: 1С, почту и АТС вымышленной компании."),
        _(
            "Состояние живет в папке данных. Параметры после -- передаются самой песочнице. "
            "Остановить: Ctrl-C."
        ),
    )
    lines = ("provodka sandbox", "provodka sandbox -- --seed 7 --onec-port 8080")
    app.command("sandbox", **described(*text, *lines))(sandbox)
    text = (
        _("Показать работу учебной компании от сделки до отгрузки."),
        _(
            "Все системы заменяет песочница; настоящие не нужны и не трогаются. water — вторая "
            "история: компания, которая возит воду. В терминале под конец открываются страницы: "
            "адрес первой, «Обзора», стоит последним; остановить: Ctrl-C."
        ),
    )
    lines = ("provodka demo", "provodka demo water --no-pages")
    app.command("demo", **described(*text, *lines))(demo)
    text = (
        _("Запустить хаб надолго."),
        _(
            "База, сервер Prefect, потоки по расписанию и быстрая полоса, которая отправляет "
            "счет в 1С сразу после его появления. Остановить: Ctrl-C."
        ),
    )
    app.command(
        "up", **described(*text, "provodka up", "provodka up --config prod.yaml --port 4300")
    )(up)


def sandbox(
    ctx: typer.Context,
    options: Annotated[
        list[str] | None,
        argument(_("-- ПАРАМЕТРЫ"), _("Параметры самой песочницы")),
    ] = None,
) -> None:
    """Become the sandbox's process."""
    import os
    import sys

    given = list(options or ())
    state = [] if "--state" in given else ["--state", str(Desk(ctx).environment.home / "sandbox")]
    command = [sys.executable, "-m", "provodka.sandbox", *state, *given]
    os.execv(sys.executable, command)  # noqa: S606


def demo(
    ctx: typer.Context,
    story: Annotated[
        Story, argument("romashka|water", _("Которую историю рассказать, иначе romashka"))
    ] = Story.ROMASHKA,
    pages: Annotated[
        bool | None,
        option(
            "--pages/--no-pages",
            text=_("Показывать страницы, пока не остановят; иначе только в терминале"),
        ),
    ] = None,
) -> None:
    """A day of one of the sandbox companies, told as it happens, and its pages afterwards."""
    import sys

    from provodka.flows.demo.looking import show_pages
    from provodka.flows.demo.stage import ROMASHKA, WATER

    if story is Story.WATER:
        from provodka.flows.demo.water import run
    else:
        from provodka.flows.demo.run import run

    environment, stage = Desk(ctx).environment, WATER if story is Story.WATER else ROMASHKA
    run(environment)
    if sys.stdout.isatty() if pages is None else pages:
        show_pages(environment, stage)


def up(
    ctx: typer.Context,
    port: Annotated[
        int,
        option("--port", metavar=_("ПОРТ"), text=_("Порт Prefect, иначе 4200 или свободный рядом")),
    ] = 4200,
    prefect: Annotated[
        bool,
        option("--prefect/--no-prefect", text=_("С расписаниями или только быстрая полоса")),
    ] = True,
    sandbox: Annotated[
        bool | None,
        option(
            "--sandbox/--no-sandbox",
            text=_("Учебная компания или своя; иначе учебная, если нет hub.yaml"),
        ),
    ] = None,
) -> None:
    """The whole hub, until it is told to stop."""
    from provodka.flows.up import run

    run(Desk(ctx).environment, prefect_port=port, prefect=prefect, sandbox=sandbox)
