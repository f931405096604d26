"""`provodka sandbox`, `demo`, `up`: what runs until it is told to stop."""

from __future__ import annotations

from typing import Annotated

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.exits import ExitCode
from provodka.flows.cli.group import leave
from provodka.flows.cli.words import described
from provodka.foundation.i18n import _

__all__ = ["declare"]


def declare(app: typer.Typer) -> None:
    """Add the commands."""
    text = _(
        "Запустить песочницу: 1С, почту и АТС вымышленной компании. Состояние живет в папке "
        "данных. Параметры после -- передаются песочнице; все они: provodka sandbox -- --help"
    )
    lines = ("provodka sandbox", "provodka sandbox -- --seed 7 --onec-port 8080")
    app.command("sandbox", **described(text, *lines))(sandbox)
    text = _("Показать день учебной компании: от сделки до оплаченного и отгруженного счета.")
    app.command("demo", **described(text, "provodka demo"))(demo)
    text = _(
        "Запустить хаб надолго: база, сервер Prefect, потоки по расписанию и быстрая полоса, "
        "которая отправляет счет в 1С сразу после его появления. Остановить: Ctrl-C."
    )
    app.command("up", **described(text, "provodka up", "provodka --config prod.yaml up"))(up)


def sandbox(
    ctx: typer.Context,
    options: Annotated[
        list[str] | None,
        typer.Argument(
            metavar=_("[-- ПАРАМЕТРЫ ПЕСОЧНИЦЫ]"),
            help=_("Параметры самой песочницы"),
            show_default=False,
            rich_help_panel=_("Параметры"),
        ),
    ] = None,
) -> None:
    """Become the sandbox's process."""
    import os
    import sys

    given = list(options or ())
    state = [] if "--state" in given else ["--state", str(Desk(ctx).environment.home / "sandbox")]
    command = [sys.executable, "-m", "provodka.sandbox", *state, *given]
    os.execv(sys.executable, command)  # noqa: S606


def demo(ctx: typer.Context) -> None:
    """A day of the sandbox company, told as it happens."""
    from provodka.flows import demo as story

    leave(ExitCode(story.run(Desk(ctx).environment) or 0))


def up(ctx: typer.Context) -> None:
    """The whole hub, until it is told to stop."""
    from provodka.flows import up as service

    leave(ExitCode(service.run(Desk(ctx).environment) or 0))
