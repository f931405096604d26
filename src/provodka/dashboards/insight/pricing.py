"""What an order costs: each product at the client's price of the day, tare by its deposit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.foundation.errors import Refused
from provodka.foundation.i18n import _
from provodka.foundation.money import kopecks

__all__ = ["Quote", "Quoted", "Wanted", "prices", "quote", "refused"]

MOST = 10_000
"""More of one product than this is a slip of the finger."""
PRICES = text("""
    SELECT DISTINCT ON (product_id) product_id, amount FROM crm.price
    WHERE product_id = ANY(:products) AND deleted_at IS NULL AND valid_from <= :day
      AND (client_id IS NULL OR client_id = CAST(:client AS uuid))
    ORDER BY product_id, client_id IS NULL, valid_from DESC, id DESC
""")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A product and how much of it."""

    product: UUID
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Quoted:
    """One product at its price; `kind` is goods, service or returnable."""

    product: UUID
    name: str
    kind: str
    quantity: Decimal
    price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """What an order costs: lines, goods with VAT, the deposit for returnable tare apart."""

    lines: tuple[Quoted, ...]
    goods: Decimal
    deposit: Decimal

    @property
    def total(self) -> Decimal:
        """What a person pays at the door."""
        return self.goods + self.deposit


def prices(
    connection: Connection, buyer: UUID | None, products: Sequence[UUID], day: date
) -> dict[UUID, Decimal]:
    """The price of each product that day: by contract where there is one, else of the list.

    Nobody's prices are those of the list.
    """
    given = {"products": list(products), "client": buyer, "day": day}
    return {row.product_id: row.amount for row in connection.execute(PRICES, given)}


def quote(connection: Connection, buyer: UUID | None, items: Sequence[Wanted], day: date) -> Quote:
    """What an order of a day would cost. Raises `Refused` for a product without a price, or for a
    quantity that nobody can deliver.
    """
    products = [one.product for one in items]
    known = prices(connection, buyer, products, day)
    kinds = _kinds(connection, products)
    lines = tuple(_quoted(one, known, kinds) for one in items)
    deposit = sum((one.amount for one in lines if one.kind == "returnable"), Decimal(0))
    return Quote(lines, sum((one.amount for one in lines), -deposit), deposit)


def _quoted(
    one: Wanted, known: Mapping[UUID, Decimal], kinds: Mapping[UUID, tuple[str, str]]
) -> Quoted:
    kind, name = kinds.get(one.product, ("", str(one.product)))
    if one.product not in known:
        raise refused(
            _("Новый заказ"),
            _("у «{name}» нет цены на этот день").format(name=name),
            _("цена по договору или в прайс-листе"),
        )
    if not 0 < one.quantity <= MOST:
        raise refused(
            _("Новый заказ"),
            _("«{name}»: количество {quantity}").format(name=name, quantity=one.quantity),
            _("больше нуля, не больше {most}").format(most=MOST),
        )
    price = known[one.product]
    return Quoted(one.product, name, kind, one.quantity, price, kopecks(price * one.quantity))


def _kinds(connection: Connection, products: Sequence[UUID]) -> Mapping[UUID, tuple[str, str]]:
    rows = connection.execute(
        text("SELECT id, kind, name FROM crm.product WHERE id = ANY(:ids)"), {"ids": products}
    )
    return {row.id: (row.kind, row.name) for row in rows}


def refused(where: str, found: str, expected: str) -> Refused:
    """Why an order, or a client, is not taken as it was said."""
    return Refused(
        where,
        found=found,
        expected=expected,
        next_step=_("исправьте и повторите"),
        code="no_order",
    )
