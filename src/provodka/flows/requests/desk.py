"""What a dispatcher asks for at the desk: clients, orders, who drives them, refusals."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from provodka.connectors.crm_store.requests import Asked
from provodka.connectors.crm_store.tables.clients import delivery_point
from provodka.connectors.crm_store.tables.deals import deal
from provodka.connectors.crm_store.tables.orders import order
from provodka.flows.hub import Hub
from provodka.flows.requests.care import joined
from provodka.flows.requests.catalog import Done
from provodka.flows.requests.given import asker, given
from provodka.flows.water.ordering import NewClient, NewOrder, Wanted, register, take, who_calls
from provodka.foundation.errors import Refused, RetriableError
from provodka.foundation.i18n import _
from provodka.foundation.identifiers import uuid7
from provodka.foundation.money import Money

__all__ = ["client_new", "clients_merge", "order_assign", "order_cancel", "order_take"]

DESK = frozenset({"dispatcher", "head"})
ORDER = text("""
    SELECT o.id, o.number, o.status, o.deal_id, d.stage, d.status AS deal_status, d.scenario,
      EXISTS (SELECT FROM crm.delivery s WHERE s.order_id = o.id AND s.status = 'planned'
        AND s.deleted_at IS NULL) AS planned
    FROM crm.order o LEFT JOIN crm.deal d ON d.id = o.deal_id
    WHERE o.id = :order AND o.deleted_at IS NULL FOR UPDATE OF o
""")
COURIER = text("""
    SELECT name FROM crm.employee WHERE id = :key AND role = 'courier' AND deleted_at IS NULL
""")
LIVING = text("SELECT FROM crm.client WHERE id = :client AND deleted_at IS NULL")
LOST = text("SELECT code FROM crm.stage WHERE scenario = :scenario AND kind = 'lost' LIMIT 1")


class Stranger(msgspec.Struct):
    """Somebody who is not known yet. `again` means: although the number is another's already."""

    name: str
    phone: str
    address: str
    kind: str = "individual"
    again: bool = False


class Item(msgspec.Struct):
    """A product and how much of it."""

    product: UUID
    quantity: Decimal


class SaidOrder(msgspec.Struct):
    """An order: of a client or a stranger, to a point or a new address, with its `window`."""

    items: list[Item]
    client: UUID | None = None
    stranger: Stranger | None = None
    point: UUID | None = None
    address: str | None = None
    courier: UUID | None = None
    at: datetime | None = None
    window: int | None = None
    comment: str | None = None


class SaidAssigned(msgspec.Struct):
    """An order gets a courier and a time."""

    order: UUID
    courier: UUID
    at: datetime


class SaidCancelled(msgspec.Struct):
    """The client has refused an order, and why."""

    order: UUID
    reason: str


class SaidOne(msgspec.Struct):
    """Two clients are one: `kept` stays."""

    kept: UUID
    dropped: UUID


def client_new(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """Register somebody."""
    _require_desk(hub, connection, asked)
    said = given(asked, Stranger)
    key = _registered(connection, said)
    return _("Клиент записан: {name}").format(name=said.name), {"client": str(key)}


def clients_merge(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """Make two clients one; taken back by `provodka clients unmerge`."""
    _require_desk(hub, connection, asked)
    said = given(asked, SaidOne)
    return joined(connection, asked, said.kept, said.dropped)


def order_take(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """Put an order down, with a new client or address where there is one."""
    person = _require_desk(hub, connection, asked)
    said = given(asked, SaidOrder)
    _require_ahead(hub, asked, said.at)
    if said.courier is not None:
        _require_courier(connection, said.courier)
    buyer, point = _buyer(connection, said)
    items = [Wanted(one.product, one.quantity) for one in said.items]
    window = said.window if said.at else None
    wanted = NewOrder(
        buyer, items, point, person, said.courier, said.at, window, said.comment or None
    )
    key = take(connection, wanted, asked.asked_at.astimezone(hub.settings.zone))
    row = connection.execute(order.select().where(order.c.id == key)).one()
    ready = said.courier is not None and said.at is not None
    told = (
        _("Заказ {number} принят на {total}, остановка назначена")
        if ready
        else _("Заказ {number} принят на {total}, ждет экспедитора и времени")
    )
    made = {"order": str(key), "client": str(buyer)}
    return told.format(number=row.number, total=Money(row.amount + row.deposit)), made


def order_assign(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """Give an order that waits a courier and a time: a stop is made of it."""
    _require_desk(hub, connection, asked)
    said = given(asked, SaidAssigned)
    _require_ahead(hub, asked, said.at)
    name = _require_courier(connection, said.courier)
    row = _waiting(connection, said.order)
    if row.stage == "delivery":
        raise RetriableError(
            _("Заказ {number}").format(number=row.number),
            found=_("правила еще не вернули его из доставки"),
            next_step=_("повторите через минуту"),
            code="not_returned_yet",
        )
    values = {"courier_id": said.courier, "delivery_at": said.at, "stage": "delivery"}
    connection.execute(deal.update().where(deal.c.id == row.deal_id).values(values))
    told = _("Заказ {number}: повезет {courier}")
    return told.format(number=row.number, courier=name), {"order": str(row.id)}


def order_cancel(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """Note that a client has refused an order: its deal is lost with the reason."""
    _require_desk(hub, connection, asked)
    said = given(asked, SaidCancelled)
    row = _waiting(connection, said.order)
    stage = connection.execute(LOST, {"scenario": row.scenario}).scalar()
    values = {"stage": stage, "lost_reason": said.reason}
    connection.execute(deal.update().where(deal.c.id == row.deal_id).values(values))
    return _("Заказ {number} отменен").format(number=row.number), {"order": str(row.id)}


def _buyer(connection: Connection, said: SaidOrder) -> tuple[UUID, UUID | None]:
    """Who orders, and where to: a new address of a known client becomes a delivery point."""
    if said.client is None:
        if said.stranger is None:
            raise _refused(_("Новый заказ"), _("нет клиента"), _("клиент или имя с телефоном"))
        return _registered(connection, said.stranger), None
    known = connection.execute(LIVING, {"client": said.client}).first()
    if known is None:
        raise _refused(_("Новый заказ"), _("такого клиента нет"), _("клиент хаба"))
    if said.address and said.point is None:
        point = uuid7()
        values = {"id": point, "client_id": said.client, "address": said.address}
        connection.execute(delivery_point.insert().values(values))
        return said.client, point
    return said.client, said.point


def _registered(connection: Connection, said: Stranger) -> UUID:
    known = [] if said.again else who_calls(connection, said.phone)
    if known:
        raise _refused(
            _("Новый клиент"),
            _("этот номер уже у клиента: {names}").format(
                names=", ".join(one.name for one in known)
            ),
            _("новый номер"),
            _("откройте этого клиента или отметьте «номер общий»"),
        )
    return register(connection, NewClient(said.name, said.phone, said.address, said.kind))


def _waiting(connection: Connection, key: UUID) -> Any:
    """The order, held, if it waits for somebody to plan it."""
    row = connection.execute(ORDER, {"order": key}).first()
    if row is None:
        raise _refused(_("Заказ"), _("такого нет"), _("заказ, который ждет"))
    where = _("Заказ {number}").format(number=row.number)
    if row.status in ("delivered", "cancelled"):
        words = {"delivered": _("уже доставлен"), "cancelled": _("уже отменен")}
        raise _refused(where, words[row.status], _("заказ, который ждет"))
    if row.planned:
        next_step = _("перенесите остановку в расписании дня")
        raise _refused(where, _("остановка уже назначена"), _("заказ без остановки"), next_step)
    if row.deal_id is None or row.deal_status != "open":
        raise _refused(where, _("сделка закрыта"), _("заказ с открытой сделкой"))
    return row


def _require_desk(hub: Hub, connection: Connection, asked: Asked) -> UUID | None:
    """Which employee asks; a `Refused` for whoever does not work at the desk any more."""
    person = asker(hub, connection, asked)
    if DESK.isdisjoint(person.roles):
        raise _refused(_("Рабочее место диспетчера"), _("роли диспетчера нет"), _("диспетчер"))
    return person.employee


def _require_ahead(hub: Hub, asked: Asked, at: datetime | None) -> None:
    if at is not None and at <= asked.asked_at:
        said = f"{at.astimezone(hub.settings.zone):%d.%m.%Y %H:%M}"
        found = _("время доставки {at} уже прошло").format(at=said)
        raise _refused(_("Время доставки"), found, _("время впереди"))


def _require_courier(connection: Connection, key: UUID) -> str:
    name = connection.execute(COURIER, {"key": key}).scalar()
    if name is None:
        raise _refused(_("Экспедитор"), _("такого экспедитора нет"), _("экспедитор компании"))
    return str(name)


def _refused(where: str, found: str, expected: str, next_step: str = "") -> Refused:
    return Refused(
        where,
        found=found,
        expected=expected,
        next_step=next_step or _("исправьте и повторите"),
        code="desk_refused",
    )
