"""Orders of the past: a row is an order of one item."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from provodka.connectors.crm_store.merge import append
from provodka.connectors.crm_store.references import looked_up
from provodka.connectors.crm_store.tables.orders import order, order_line
from provodka.flows.history.landing import Check, Landing, Objection, ambiguous, happened, remember
from provodka.flows.history.parties import goods_of, people_of, product_kind
from provodka.flows.history.rows import Row
from provodka.flows.history.values import folded
from provodka.foundation.i18n import _
from provodka.foundation.identifiers import uuid7s

__all__ = ["land_orders", "unit_price"]

CLIENT, CLIENT_KIND, ORDERED, COMPLETED, ITEM, ITEM_KIND, QUANTITY, AMOUNT, COURIER, STATUS = range(
    10
)
HEADER = (
    "id", "client_id", "client_kind", "status", "ordered_at", "completed_at", "cancelled_at",
    "courier_id", "amount", "deposit",
)  # fmt: skip
LINE = ("order_id", "line", "product_id", "item_kind", "quantity", "price", "amount")
FINE = Decimal("0.000001")


def land_orders(connection: Connection, landing: Landing, rows: Sequence[Row]) -> None:
    """Write new orders with their only line, and whom and what they name."""
    names = landing.names
    fit = landing.sort(rows, _possible, happened(landing, ORDERED, "ordered_at"), _done(landing))
    names.clients.find(connection, {row.values[CLIENT] for row in fit})
    names.products.find(connection, {row.values[ITEM] for row in fit})
    names.employees.find(connection, {row.values[COURIER] for row in fit})
    fit = landing.sort(
        fit,
        ambiguous(names.clients, CLIENT, "client"),
        ambiguous(names.products, ITEM, "item"),
        ambiguous(names.employees, COURIER, "courier"),
    )
    names.clients.make(
        connection, people_of((row.values[CLIENT], row.values[CLIENT_KIND]) for row in fit)
    )
    names.products.make(
        connection, goods_of((row.values[ITEM], row.values[ITEM_KIND]) for row in fit)
    )
    couriers = {row.values[COURIER] for row in fit if row.values[COURIER]}
    names.employees.make(
        connection, {folded(one): {"name": one, "role": "courier"} for one in couriers}
    )
    _write(connection, landing, fit)


def unit_price(amount: Decimal, quantity: Decimal) -> Decimal:
    """The price of one, to a millionth; 0 where nothing was ordered."""
    if not quantity:
        return Decimal(0)
    price = amount / quantity
    fine = price.quantize(FINE)
    return price if price == fine else fine


def _write(connection: Connection, landing: Landing, rows: Sequence[Row]) -> None:
    made = list(zip(rows, uuid7s(len(rows)), strict=True))
    headers = [_header(landing, row.values, id) for row, id in made]
    lines = [_line(landing, row.values, id) for row, id in made]
    parents = {
        "client": {row[1] for row in headers},
        "employee": {row[7] for row in headers if row[7]},
        "product": {row[2] for row in lines},
    }
    with looked_up(connection, [order, order_line], parents):
        append(connection, order, HEADER, headers)
        append(connection, order_line, LINE, lines)
    remember(connection, landing.reading.kind.name, made)
    landing.done(rows)


def _header(landing: Landing, said: tuple[Any, ...], id: UUID) -> tuple[Any, ...]:
    client = landing.names.clients.known[folded(said[CLIENT])]
    status = said[STATUS] or ("delivered" if said[COMPLETED] else "received")
    tare = product_kind(said[ITEM_KIND]) == "returnable"
    return (
        id,
        client.id,
        said[CLIENT_KIND] or client.kind,
        status,
        said[ORDERED],
        said[COMPLETED] if status == "delivered" else None,
        said[COMPLETED] if status == "cancelled" else None,
        landing.names.employees.id(said[COURIER]),
        Decimal(0) if tare else said[AMOUNT],
        said[AMOUNT] if tare else Decimal(0),
    )


def _line(landing: Landing, said: tuple[Any, ...], id: UUID) -> tuple[Any, ...]:
    product = landing.names.products.known[folded(said[ITEM])]
    kind = folded(said[ITEM_KIND]) if said[ITEM_KIND] else product.kind
    quantity, amount = said[QUANTITY], said[AMOUNT]
    return id, 1, product.id, kind, quantity, unit_price(amount, quantity), amount


def _done(landing: Landing) -> Check:
    """An objection to an order that is said to have ended on a day to come."""
    ended = happened(landing, COMPLETED, "completed_at")
    return lambda row: None if row.values[STATUS] in ("received", "confirmed") else ended(row)


def _possible(row: Row) -> Objection | None:
    said = row.values
    if said[STATUS] == "delivered" and said[COMPLETED] is None:
        return "completed_at", _("пусто, а заказ выполнен"), _("дата выполнения")
    if said[COMPLETED] and said[COMPLETED] < said[ORDERED]:
        return "completed_at", _("раньше заказа"), _("дата не раньше даты заказа")
    return None
