"""`provodka rules audience`: what rules have gathered for advertising systems."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described, option
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from provodka.flows.triggers.audiences import Audience, Member

__all__ = ["declare"]


def declare(group: typer.Typer) -> None:
    """Add the command to the group of rules."""
    text = (
        _("Показать рекламные аудитории или выгрузить одну."),
        _(
            "Выгружаются только отпечатки (SHA-256) почты и телефона, и только тех клиентов, кто "
            "согласился на рекламу и не передумал: provodka clients consent --kind advertising."
        ),
    )
    lines = (
        "provodka rules audience",
        "provodka rules audience buyers --output buyers.csv",
        "provodka rules audience buyers --digits --output buyers.csv",
    )
    group.command("audience", **described(*text, *lines))(audience)


def audience(
    ctx: typer.Context,
    name: Annotated[str | None, argument(_("АУДИТОРИЯ"), _("Какую выгрузить"))] = None,
    output: Annotated[
        Path | None,
        option("--output", "-o", metavar=_("ФАЙЛ"), text=_("Куда записать CSV; иначе на экран")),
    ] = None,
    digits: Annotated[
        bool,
        option("--digits", text=_("Телефон без плюса: так его ждут, например, Яндекс и VK")),
    ] = False,
) -> None:
    """List the audiences, or write one as CSV: a client a line, `email` and `phone` hashed."""
    from provodka.flows.triggers.audiences import audiences, members

    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        if name is None:
            _list(desk, audiences(connection))
            return
        found = list(members(connection, name, digits=digits))
        whole = next(one for one in audiences(connection) if one.name == name)
    _write(desk, found, output)
    _tell(desk, whole, found, output)


def _list(desk: Desk, found: Sequence[Audience]) -> None:
    desk.screen.table(
        (_("Аудитория"), _("Клиентов"), _("С согласием")),
        [(one.name, one.clients, one.agreed) for one in found],
    )
    if not found:
        desk.screen.line(_("аудиторий нет"), mark="·")
    desk.screen.document(
        {"audiences": [{"name": o.name, "clients": o.clients, "agreed": o.agreed} for o in found]}
    )


def _write(desk: Desk, found: Sequence[Member], output: Path | None) -> None:
    lines = ["email,phone", *(f"{one.email},{one.phone}" for one in found)]
    if output is not None:
        output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    elif not desk.options.json:
        desk.screen.text("\n".join(lines))


def _tell(desk: Desk, whole: Audience, found: Sequence[Member], output: Path | None) -> None:
    left_out = whole.clients - len(found)
    if output is not None:
        told = _("{path}: клиентов {count}, без согласия не выгружено {left}")
        desk.screen.line(told.format(path=output, count=len(found), left=left_out), mark="✓")
    desk.screen.document(
        {
            "audience": whole.name,
            "members": [{"email": one.email, "phone": one.phone} for one in found],
            "without_consent": left_out,
        }
    )
