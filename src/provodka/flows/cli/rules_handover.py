"""`provodka rules handover`: a new employee takes over from another."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described, option
from provodka.foundation.i18n import _

__all__ = ["declare"]


def declare(group: typer.Typer) -> None:
    """Add the command to the group of rules."""
    text = (
        _("Передать открытые задачи сотрудника другому, насовсем."),
        _(
            "На время отпуска ничего передавать не надо: задачи сами переходят к заместителю и "
            "возвращаются. Кто передал, хранит журнал."
        ),
    )
    line = "provodka rules handover ivanov@romashka.ru petrova@romashka.ru --deals"
    group.command("handover", **described(*text, line))(handover)


def handover(
    ctx: typer.Context,
    former: Annotated[str, argument(_("ОТ"), _("Почта, имя или ключ прежнего сотрудника"))],
    to: Annotated[str, argument(_("КОМУ"), _("Почта, имя или ключ нового сотрудника"))],
    deals: Annotated[bool, option("--deals", text=_("И открытые сделки"))] = False,
    who: Annotated[
        str | None, option("--who", metavar=_("ИМЯ"), text=_("Кто передает; иначе имя в системе"))
    ] = None,
) -> None:
    """Hand over, and tell how much."""
    from provodka.connectors.crm_store import journal
    from provodka.flows.triggers.handing_over import find_employee, hand_over

    desk = Desk(ctx)
    with desk.store() as engine, engine.begin() as connection:
        journal.attribute(connection, f"person:{who or getpass.getuser()}")
        people = find_employee(connection, former), find_employee(connection, to)
        counts = hand_over(connection, *people, deals=deals)
    told = _("задач передано {tasks}, сделок {deals}")
    desk.screen.line(told.format(tasks=counts["tasks"], deals=counts["deals"]), mark="✓")
    desk.screen.document({"tasks": counts["tasks"], "deals": counts["deals"]})
