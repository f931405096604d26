"""`provodka delivery`: the desk of a company that delivers: orders, stops of a day, bills."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provodka.flows.cli.delivering_said import (
    amount_said,
    at_the_desk,
    day_said,
    moment_said,
    named,
    quantities,
)
from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described, group_of, option
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from provodka.flows.hub import Hub

__all__ = ["declare"]

Number = Annotated[str, argument(_("ОСТАНОВКА"), _("Номер остановки, например ДС00-000001"))]
Who = Annotated[
    str | None, option("--who", metavar=_("ИМЯ"), text=_("Кто это делает; иначе имя в системе"))
]
Goods = Annotated[
    list[str] | None,
    option("--item", metavar=_("ТОВАР=ЧИСЛО"), text=_("Товар и количество; можно повторять")),
]
Courier = Annotated[str | None, option("--courier", metavar=_("ИМЯ"), text=_("Экспедитор"))]
At = Annotated[
    str | None, option("--at", metavar=_("ВРЕМЯ"), text=_("Когда, вида 2026-11-23T14:00"))
]
Note = Annotated[str | None, option("--note", metavar=_("ТЕКСТ"), text=_("Подробности"))]
Reason = Annotated[
    str,
    option(
        "--reason",
        metavar="client_absent|client_asked|courier_late|refused|other",
        text=_("Почему"),
    ),
]


def declare(app: typer.Typer) -> None:
    """Add the group."""
    group = group_of(
        _("Доставка: заказы, остановки экспедиторов, счета за месяц."), "provodka delivery today"
    )
    taking = (
        _("Принять заказ: кто звонит, что и куда везти."),
        _("Незнакомый номер станет новым клиентом, если названы --name и --address."),
    )
    line = "provodka delivery order +79161234567 --item 'Вода 19 л=2' --courier Сомов"
    group.command("order", **described(*taking, f"{line} --at 2026-11-23T14:00"))(order)
    sheet = _("Показать остановки дня по экспедиторам и времени.")
    group.command("today", **described(sheet, "", "provodka delivery today --courier Сомов"))(today)
    finishing = (
        _("Отметить остановку выполненной: сколько отдано, сколько получено, какая тара принята."),
        _("Без --cash получено ровно столько, сколько ожидалось; без --item отдано все."),
    )
    some = "provodka delivery done ДС00-000001 --cash 700 --returned 'Бутыль 19 л=2'"
    group.command("done", **described(*finishing, some))(done)
    losing = _("Отметить, что доставка не удалась, и почему.")
    one = "provodka delivery failed ДС00-000001 --reason client_absent"
    group.command("failed", **described(losing, "", one))(failed)
    moving = (
        _("Перенести остановку или передать другому экспедитору."),
        _("Верх берет последний; с --seen скажет, если плана, который вы видели, уже нет."),
    )
    one = "provodka delivery move ДС00-000001 --at 2026-11-24T10:00 --reason client_asked"
    group.command("move", **described(*moving, one))(move)
    history = _("Показать переносы остановки: кто, когда, почему.")
    group.command("moves", **described(history, "", "provodka delivery moves ДС00-000001"))(moves)
    billing = (
        _("Выставить юридическим лицам счета за месяц по всем доставленным заказам."),
        _("Заказ входит в счет один раз."),
    )
    group.command("bill", **described(*billing, "provodka delivery bill --month 2026-10"))(bill)
    app.add_typer(group, name="delivery")


def order(
    ctx: typer.Context,
    phone: Annotated[str, argument(_("ТЕЛЕФОН"), _("Номер звонящего"))],
    item: Goods = None,
    name: Annotated[
        str | None, option("--name", metavar=_("ИМЯ"), text=_("Как зовут нового клиента"))
    ] = None,
    address: Annotated[
        str | None, option("--address", metavar=_("АДРЕС"), text=_("Куда везти"))
    ] = None,
    courier: Courier = None,
    at: At = None,
    who: Who = None,
) -> None:
    """Take an order."""
    from provodka.flows.water.desk import take_call
    from provodka.foundation.money import Money

    desk = Desk(ctx, quiet=True)
    with desk.hub() as hub, _as(hub, who) as connection:
        wanted = quantities(connection, item or ())
        if not wanted:
            raise _usage("--item", _("не названо, что везти"), "--item 'Вода 19 л=2'")
        told = take_call(
            connection,
            phone,
            wanted,
            hub.clock().astimezone(hub.settings.zone),
            new=(name, address),
            operator=at_the_desk(connection, who or getpass.getuser()),
            courier=named(connection, courier),
            at=moment_said(at, hub.settings.zone),
        )
    desk.screen.document(told)
    said = _("заказ {order} на {amount}, клиент {client}")
    desk.screen.line(said.format(**{**told, "amount": Money(told["amount"])}), mark="✓")


def today(
    ctx: typer.Context,
    day: Annotated[
        str | None, option("--day", metavar=_("ДЕНЬ"), text=_("День, иначе сегодня"))
    ] = None,
    courier: Courier = None,
) -> None:
    """Show a day's stops."""
    from provodka.flows.cli.delivering_said import show_sheet
    from provodka.flows.water.stops import day_sheet

    desk = Desk(ctx, quiet=True)
    with desk.hub() as hub, hub.engine.connect() as connection:
        zone = hub.settings.zone
        shown = day_said(day, hub.clock().astimezone(zone).date())
        rows = day_sheet(connection, shown, zone, courier)
    desk.screen.document({"day": shown, "stops": rows})
    show_sheet(desk.screen, rows, zone)


def done(
    ctx: typer.Context,
    number: Number,
    cash: Annotated[
        str | None, option("--cash", metavar=_("СУММА"), text=_("Сколько получено"))
    ] = None,
    item: Goods = None,
    returned: Annotated[
        list[str] | None,
        option("--returned", metavar=_("ТАРА=ЧИСЛО"), text=_("Принятая тара; можно повторять")),
    ] = None,
    note: Note = None,
    who: Who = None,
) -> None:
    """Note a delivery that is done."""
    from provodka.flows.water.stops import Fact
    from provodka.flows.water.stops import done as finish

    desk = Desk(ctx, quiet=True)
    with desk.hub() as hub, _as(hub, who) as connection:
        given = quantities(connection, item or ())
        back = quantities(connection, returned or ())
        finish(connection, number, Fact(amount_said(cash), given, back, note), hub.clock())
    desk.screen.document({"stop": number, "status": "done"})
    desk.screen.line(_("{number}: доставлено").format(number=number), mark="✓")


def failed(
    ctx: typer.Context, number: Number, reason: Reason, note: Note = None, who: Who = None
) -> None:
    """Note a delivery that has failed."""
    from provodka.flows.water.stops import failed as fail

    desk = Desk(ctx, quiet=True)
    with desk.hub() as hub, _as(hub, who) as connection:
        fail(connection, number, reason, hub.clock(), note)
    desk.screen.document({"stop": number, "status": "failed", "reason": reason})
    desk.screen.line(_("{number}: не доставлено").format(number=number), mark="✓")


def move(
    ctx: typer.Context,
    number: Number,
    reason: Reason,
    at: At = None,
    courier: Courier = None,
    seen: Annotated[
        int | None, option("--seen", metavar=_("ПЛАН"), text=_("Номер плана, который вы видели"))
    ] = None,
    who: Who = None,
) -> None:
    """Give a stop another time or courier."""
    from provodka.flows.water.stops import Move
    from provodka.flows.water.stops import move as give

    desk = Desk(ctx, quiet=True)
    with desk.hub() as hub, _as(hub, who) as connection:
        moment, person = moment_said(at, hub.settings.zone), named(connection, courier)
        conflict = give(connection, number, Move(reason, moment, person, seen))
    desk.screen.document({"stop": number, "conflict": conflict})
    desk.screen.line(_("{number}: перенесено").format(number=number), mark="✓")
    if conflict:
        told = _("до вас ее уже перенесли другие: provodka delivery moves {number}")
        desk.screen.line(told.format(number=number), mark="!")


def moves(ctx: typer.Context, number: Number) -> None:
    """Show how a stop was moved."""
    from provodka.flows.cli.delivering_said import show_moves
    from provodka.flows.water.stops import moves_of

    desk = Desk(ctx, quiet=True)
    with desk.store() as engine, engine.connect() as connection:
        rows = moves_of(connection, number)
    desk.screen.document(rows)
    show_moves(desk.screen, rows, desk.zone)


def bill(
    ctx: typer.Context,
    month: Annotated[
        str | None,
        option("--month", metavar=_("МЕСЯЦ"), text=_("Месяц вида 2026-10; иначе прошлый")),
    ] = None,
    who: Who = None,
) -> None:
    """Invoice companies for a month."""
    from provodka.flows.water.billing import bill_month
    from provodka.foundation.money import Money

    desk = Desk(ctx, quiet=True)
    with desk.hub() as hub, _as(hub, who) as connection:
        now = hub.clock().astimezone(hub.settings.zone)
        bills = bill_month(connection, _month(month, now), hub.settings.zone, now)
    desk.screen.document(bills)
    total = Money(sum((one.amount for one in bills), start=_zero()))
    told = _("счетов {count} на {total}").format(count=len(bills), total=total)
    desk.screen.line(told, mark="✓" if bills else "·")


def _zero() -> Any:
    from decimal import Decimal

    return Decimal(0)


def _month(said: str | None, now: datetime) -> date:
    if said is None:
        last = now.month - 1
        return date(now.year, last, 1) if last else date(now.year - 1, 12, 1)
    return day_said(f"{said}-01", now.date())


@contextmanager
def _as(hub: Hub, who: str | None) -> Iterator[Connection]:
    """A transaction in the name of the person at the desk."""
    from provodka.connectors.crm_store import journal

    with hub.engine.begin() as connection:
        journal.attribute(connection, f"person:{who or getpass.getuser()}")
        yield connection


def _usage(option: str, found: str, expected: str) -> ConfigurationError:
    return ConfigurationError(
        option, found=found, expected=expected, next_step=_("исправьте команду"), code="usage"
    )
