"""`provodka onec exchange`: how the exchange by messages stands."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import described, option
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provodka.connectors.crm_store.exchange import Message
    from provodka.flows.cli.screen import Screen
    from provodka.flows.onec.exchange.place import Place

__all__ = ["describing", "exchange"]

SHOWN = 20


def describing() -> dict[str, Any]:
    """How the command is described."""
    return described(
        _("Показать обмен сообщениями EnterpriseData: номера, версию, последние сообщения."),
        _(
            "С --accept-numbers хаб принимает номера базы, разошедшиеся с его собственными, и "
            "отправляет снова то, чего база больше не подтверждает. Это решение человека: сначала "
            "выясните, кого восстановили из копии."
        ),
        "provodka onec exchange",
        "provodka onec exchange --accept-numbers",
    )


def exchange(
    ctx: typer.Context,
    accept: Annotated[
        bool,
        option("--accept-numbers", text=_("Принять номера базы и продолжить обмен с них")),
    ] = False,
) -> None:
    """Show the place and the latest messages; with a person's word, accept the base's numbers."""
    from provodka.connectors.crm_store.exchange import latest
    from provodka.flows.onec.exchange.place import read_place
    from provodka.flows.onec.exchange.running import run_exchange

    desk = Desk(ctx)
    with desk.hub() as hub:
        hub.require_exchange()
        counts = run_exchange(hub, hub.engine, accepting=True) if accept else {}
        with hub.engine.connect() as connection:
            place, messages = read_place(connection), latest(connection, SHOWN)
    desk.screen.document(
        {"place": place, "messages": [asdict(one) for one in messages], "counts": dict(counts)}
    )
    _show(desk.screen, place, messages)


def _show(screen: Screen, place: Place, messages: Sequence[Message]) -> None:
    from provodka.dashboards.insight.counted import tally
    from provodka.flows.cli.screen import state
    from provodka.flows.onec.exchange.place import told

    if not place.met:
        screen.line(_("сообщений от базы еще не было; начните с provodka sync exchange"), mark="!")
        return
    screen.line(told({**asdict(place)}), mark="·")
    ways = {"in": _("принято"), "out": _("отправлено")}
    screen.table(
        (_("Куда"), _("№"), _("Формат"), _("Итог"), _("Объектов"), _("Счетчики")),
        (
            (
                ways[one.direction],
                one.number,
                one.version,
                state(one.state),
                one.objects,
                tally(one.counts),
            )
            for one in messages
        ),
    )
