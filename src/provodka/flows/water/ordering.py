"""The operator's desk: who calls, what they may order, and the order with its deal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store.tables.clients import client, delivery_point
from provodka.connectors.crm_store.tables.deals import deal, deal_item
from provodka.connectors.crm_store.tables.orders import order, order_line
from provodka.connectors.telephony.numbers import e164
from provodka.foundation.errors import Refused
from provodka.foundation.i18n import _
from provodka.foundation.identifiers import uuid7
from provodka.foundation.money import kopecks

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
PRICES = text("""
    SELECT DISTINCT ON (product_id) product_id, amount FROM crm.price
    WHERE product_id = ANY(:products) AND deleted_at IS NULL AND valid_from <= :day
      AND (client_id IS NULL OR client_id = :client)
    ORDER BY product_id, client_id IS NULL, valid_from DESC, id DESC
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
class Wanted:
    """A product and how much of it."""

    product: UUID
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What is ordered and where to; with a courier and a time it goes straight to delivery."""

    client: UUID
    items: Sequence[Wanted]
    point: UUID | None = None
    operator: UUID | None = None
    courier: UUID | None = None
    at: datetime | None = None


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
        raise _refused(_("Новый клиент"), _("номер не телефонный"), _("телефон вида 79991234567"))
    id = uuid7()
    values = {"id": id, "name": new.name, "phone": phone, "kind": new.kind}
    connection.execute(client.insert().values(**values, delivery_address=new.address))
    if new.kind != "individual":
        connection.execute(delivery_point.insert().values(client_id=id, address=new.address))
    return id


def prices(
    connection: Connection, buyer: UUID, products: Sequence[UUID], day: date
) -> dict[UUID, Decimal]:
    """The price of each product that day: by contract where there is one, else of the list."""
    given = {"products": list(products), "client": buyer, "day": day}
    return {row.product_id: row.amount for row in connection.execute(PRICES, given)}


def take(connection: Connection, new: NewOrder, now: datetime) -> UUID:
    """Put an order down with the deal that leads it; returns the order's key.

    Raises `Refused` for an unknown client, an empty order or a product without a price.
    """
    buyer = connection.execute(client.select().where(client.c.id == new.client)).first()
    if buyer is None or buyer.deleted_at or not new.items:
        raise _refused(_("Новый заказ"), _("нет клиента или товара"), _("клиент и хотя бы товар"))
    lines, amount, deposit = _lines(connection, new, now.date())
    deal_id = _open_deal(connection, new, amount)
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
            operator_id=new.operator,
            courier_id=new.courier,
            amount=amount,
            deposit=deposit,
        )
    )
    connection.execute(order_line.insert(), [{"order_id": id, **line} for line in lines])
    kept = ("line", "product_id", "quantity", "price", "amount")
    items = [{"deal_id": deal_id, **{name: line[name] for name in kept}} for line in lines]
    connection.execute(deal_item.insert(), items)
    return id


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


def _lines(
    connection: Connection, new: NewOrder, day: date
) -> tuple[list[dict[str, Any]], Decimal, Decimal]:
    products = [one.product for one in new.items]
    known = prices(connection, new.client, products, day)
    kinds = _kinds(connection, products)
    lines, sums = [], {"goods": Decimal(0), "returnable": Decimal(0)}
    for number, one in enumerate(new.items, start=1):
        if one.product not in known:
            name = kinds.get(one.product, ("", str(one.product)))[1]
            raise _refused(
                _("Новый заказ"),
                _("у «{name}» нет цены на этот день").format(name=name),
                _("цена по договору или в прайс-листе"),
            )
        price, kind = known[one.product], kinds[one.product][0]
        amount = kopecks(price * one.quantity)
        sums["returnable" if kind == "returnable" else "goods"] += amount
        said = {"product_id": one.product, "quantity": one.quantity, "price": price}
        lines.append({"line": number, **said, "item_kind": kind, "amount": amount})
    return lines, sums["goods"], sums["returnable"]


def _kinds(connection: Connection, products: Sequence[UUID]) -> Mapping[UUID, tuple[str, str]]:
    rows = connection.execute(
        text("SELECT id, kind, name FROM crm.product WHERE id = ANY(:ids)"), {"ids": products}
    )
    return {row.id: (row.kind, row.name) for row in rows}


def _refused(where: str, found: str, expected: str) -> Refused:
    return Refused(
        where,
        found=found,
        expected=expected,
        next_step=_("исправьте и повторите"),
        code="no_order",
    )
