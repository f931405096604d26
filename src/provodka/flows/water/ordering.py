"""The operator's desk: who calls, what they may order, and the order with its deal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store.tables.clients import client, delivery_point, employee
from provodka.connectors.crm_store.tables.deals import deal, deal_item
from provodka.connectors.crm_store.tables.orders import order, order_line
from provodka.connectors.telephony.numbers import e164
from provodka.dashboards.insight.pricing import Quote, Wanted, prices, quote, refused
from provodka.foundation.i18n import _
from provodka.foundation.identifiers import uuid7

__all__ = ["Caller", "NewClient", "NewOrder", "Wanted", "prices", "register", "take", "who_calls"]

SCENARIO = "water_delivery"
CALLERS = text("""
    SELECT c.id, c.name, c.kind,
      (SELECT json_agg(json_build_object('id', p.id, 'address', p.address) ORDER BY p.id)
       FROM crm.delivery_point p WHERE p.client_id = c.id AND p.deleted_at IS NULL) AS points,
      (SELECT json_agg(s.number ORDER BY s.planned_from) FROM crm.delivery s
       WHERE s.client_id = c.id AND s.status = 'planned' AND s.deleted_at IS NULL) AS active,
      (SELECT max(o.ordered_at) FROM crm.order o
       WHERE o.client_id = c.id AND o.deleted_at IS NULL) AS last_order
    FROM crm.client c
    WHERE c.deleted_at IS NULL AND c.merged_into_id IS NULL AND c.id IN (
      SELECT id FROM crm.client WHERE phone = :phone
      UNION SELECT client_id FROM crm.contact WHERE phone = :phone AND deleted_at IS NULL)
    ORDER BY c.name, c.id
""")


@dataclass(frozen=True, slots=True)
class Caller:
    """A client whose number this is: addresses to choose from, stops that are on the way."""

    id: UUID
    name: str
    kind: str
    points: tuple[tuple[UUID, str], ...]
    active: tuple[str, ...]
    last_order: datetime | None


@dataclass(frozen=True, slots=True)
class NewClient:
    """Who is registered: a person pays the courier, a company by the month."""

    name: str
    phone: str
    address: str
    kind: str = "individual"


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What is ordered and where to; with a courier and a time it goes straight to delivery.

    The client waits for `window` minutes from `at`, without one till the day's end; `comment` is
    what the courier is told.
    """

    client: UUID
    items: Sequence[Wanted]
    point: UUID | None = None
    operator: UUID | None = None
    courier: UUID | None = None
    at: datetime | None = None
    window: int | None = None
    comment: str | None = None


def who_calls(connection: Connection, number: str) -> list[Caller]:
    """The living clients of a number, their own or a contact's; none for a stranger."""
    phone = e164(number)
    if phone is None:
        return []
    return [
        Caller(
            row.id,
            row.name,
            row.kind,
            tuple((UUID(one["id"]), one["address"]) for one in row.points or ()),
            tuple(row.active or ()),
            row.last_order,
        )
        for row in connection.execute(CALLERS, {"phone": phone})
    ]


def register(connection: Connection, new: NewClient) -> UUID:
    """A new client with a delivery point; a person's is made by the store itself."""
    phone = e164(new.phone)
    if phone is None:
        raise refused(_("Новый клиент"), _("номер не телефонный"), _("телефон вида 79991234567"))
    id = uuid7()
    values = {"id": id, "name": new.name, "phone": phone, "kind": new.kind}
    connection.execute(client.insert().values(**values, delivery_address=new.address))
    if new.kind != "individual":
        connection.execute(delivery_point.insert().values(client_id=id, address=new.address))
    return id


def take(connection: Connection, new: NewOrder, now: datetime) -> UUID:
    """Put an order down with the deal that leads it; returns the order's key.

    Raises `Refused` for an unknown client, another's delivery point, an empty order or a product
    without a price.
    """
    buyer = connection.execute(client.select().where(client.c.id == new.client)).first()
    if buyer is None or buyer.deleted_at or not new.items:
        raise refused(_("Новый заказ"), _("нет клиента или товара"), _("клиент и хотя бы товар"))
    _require_own(connection, new)
    cost = quote(connection, new.client, new.items, now.date())
    deal_id = _open_deal(connection, new, cost.goods)
    id = uuid7()
    connection.execute(
        order.insert().values(
            id=id,
            client_id=new.client,
            client_kind=buyer.kind,
            delivery_point_id=new.point,
            deal_id=deal_id,
            ordered_at=now,
            wanted_at=new.at,
            window_minutes=new.window,
            comment=new.comment,
            operator_id=new.operator,
            courier_id=new.courier,
            amount=cost.goods,
            deposit=cost.deposit,
        )
    )
    lines = _rows(cost)
    connection.execute(order_line.insert(), [{"order_id": id, **line} for line in lines])
    kept = ("line", "product_id", "quantity", "price", "amount")
    items = [{"deal_id": deal_id, **{name: line[name] for name in kept}} for line in lines]
    connection.execute(deal_item.insert(), items)
    return id


def _require_own(connection: Connection, new: NewOrder) -> None:
    """The delivery point is the buyer's, and whoever drives there works here."""
    if new.point is not None:
        place = delivery_point.select().where(delivery_point.c.id == new.point)
        found = connection.execute(place).first()
        if found is None or found.deleted_at or found.client_id != new.client:
            found_said = _("точка доставки не этого клиента")
            raise refused(_("Новый заказ"), found_said, _("точка доставки клиента"))
    if new.courier is not None:
        person = connection.execute(employee.select().where(employee.c.id == new.courier)).first()
        if person is None or person.deleted_at:
            raise refused(_("Новый заказ"), _("нет такого экспедитора"), _("экспедитор"))


def _open_deal(connection: Connection, new: NewOrder, amount: Decimal) -> UUID:
    ready = new.courier is not None and new.at is not None
    id = uuid7()
    connection.execute(
        deal.insert().values(
            id=id,
            title=_("Доставка воды"),
            client_id=new.client,
            scenario=SCENARIO,
            stage="delivery" if ready else "order",
            responsible_id=new.operator,
            amount=amount,
            courier_id=new.courier,
            delivery_at=new.at,
        )
    )
    return id


def _rows(cost: Quote) -> list[dict[str, Any]]:
    return [
        {
            "line": number,
            "product_id": one.product,
            "item_kind": one.kind,
            "quantity": one.quantity,
            "price": one.price,
            "amount": one.amount,
        }
        for number, one in enumerate(cost.lines, start=1)
    ]
