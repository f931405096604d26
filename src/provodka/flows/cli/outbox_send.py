"""`provodka outbox send`: deliver what waits now, or write the letters as files and look."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.exits import ExitCode
from provodka.flows.cli.group import leave
from provodka.flows.cli.words import described, option
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from provodka.flows.hub import Hub

__all__ = ["declare"]


def declare(group: typer.Typer) -> None:
    """Add the command to its group."""
    text = (
        _("Отправить то, чему пришел срок, не дожидаясь расписания."),
        _(
            "С --dry-run ничего не отправляется и не меняется: ждущие письма пишутся файлами .eml, "
            "которые открывает любая почтовая программа."
        ),
    )
    lines = ("provodka outbox send --target mail", "provodka outbox send --dry-run letters")
    group.command("send", **described(*text, *lines))(send)


def send(
    ctx: typer.Context,
    target: Annotated[
        str | None,
        option("--target", metavar=_("СИСТЕМА"), text=_("Только в эту систему: onec, mail")),
    ] = None,
    dry_run: Annotated[
        Path | None,
        option("--dry-run", metavar=_("ПАПКА"), text=_("Не отправлять, а записать письма сюда")),
    ] = None,
) -> None:
    """Deliver now, or show the letters."""
    desk = Desk(ctx)
    with desk.hub() as hub:
        if dry_run is not None:
            _tried(desk, hub, dry_run)
        else:
            _sent(desk, hub, target)


def _tried(desk: Desk, hub: Hub, folder: Path) -> None:
    from provodka.flows.deliver.dry_run import write_letters
    from provodka.flows.deliver.letter_courier import letter_writer

    if hub.settings.mail is None:
        raise hub.source.error(
            "mail",
            found=_("раздела mail нет"),
            expected=_("адрес отправителя и сервер"),
            next_step=_("опишите почту в hub.yaml"),
            code="no_mail",
        )
    tried = write_letters(hub.engine, letter_writer(hub, hub.settings.mail), folder)
    desk.screen.document(
        [
            {
                "number": one.number,
                "file": str(one.file) if one.file else None,
                "code": one.code,
                "reason": one.reason,
            }
            for one in tried
        ]
    )
    for one in tried:
        told = str(one.file) if one.file else _("не ушло бы: {reason}").format(reason=one.reason)
        desk.screen.line(f"{one.number} {told}", mark="✓" if one.file else "!")
    if not tried:
        desk.screen.line(_("ждущих писем нет"), mark="·")
    if any(one.file is None for one in tried):
        leave(ExitCode.SET_ASIDE)


def _sent(desk: Desk, hub: Hub, target: str | None) -> None:
    from datetime import timedelta

    from provodka.dashboards.insight.counted import tally
    from provodka.flows.deliver.couriers import couriers
    from provodka.flows.deliver.loop import deliver

    known = couriers(hub)
    chosen = [one for one in known if target in (None, one.target)]
    if target and not chosen:
        raise ConfigurationError(
            _("Команда «{path}»").format(path="provodka outbox send"),
            found=f"--target {target}",
            expected=", ".join(one.target for one in known) or _("система в hub.yaml"),
            next_step=_("назовите систему, которая описана в hub.yaml"),
            code="usage",
        )
    counts: Counter[str] = Counter()
    lease = timedelta(seconds=hub.settings.streams.worker_lease)
    for courier in chosen:
        counts += deliver(hub.engine, courier, lease=lease)
    desk.screen.document(dict(counts))
    desk.screen.line(tally(counts) or _("ничего не ждет отправки"), mark="✓")
    if counts["dead"] or counts["flagged"]:
        leave(ExitCode.SET_ASIDE)
