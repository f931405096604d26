"""A month's bill for each company: all its delivered orders in one invoice, at contract prices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from provodka.connectors.crm_store.tables.orders import order
from provodka.connectors.crm_store.tables.papers import invoice, invoice_line
from provodka.foundation.identifiers import uuid7
from provodka.mappings.vat import vat_of

__all__ = ["Bill", "bill_month"]

UNBILLED = text("""
    SELECT o.id AS order_id, o.client_id, o.deal_id, l.product_id, l.price, l.item_kind,
      coalesce(x.delivered, l.quantity) AS quantity, coalesce(x.amount, l.amount) AS amount,
      p.name, p.vat_rate, p.kind
    FROM crm.order o JOIN crm.order_lines l ON l.order_id = o.id
    JOIN crm.product p ON p.id = l.product_id
    LEFT JOIN crm.delivery s ON s.order_id = o.id AND s.status = 'done' AND s.deleted_at IS NULL
    LEFT JOIN crm.delivery_lines x ON x.delivery_id = s.id AND x.line = l.line
    WHERE o.client_kind = 'legal_entity' AND o.status = 'delivered' AND o.invoice_id IS NULL
      AND o.deal_id IS NOT NULL AND o.deleted_at IS NULL
      AND o.completed_at >= :since AND o.completed_at < :until
      AND (CAST(:client AS uuid) IS NULL OR o.client_id = :client)
    ORDER BY o.client_id, p.name, l.product_id, l.price, o.id
""")
CONTRACT = text("""
    SELECT id, organization_id FROM crm.contract
    WHERE client_id = :client AND kind = 'with_buyer' AND NOT archived AND deleted_at IS NULL
    ORDER BY date DESC NULLS LAST, id DESC LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice for a month: its key, whom for, how many orders, the sum with VAT."""

    invoice: UUID
    client: UUID
    orders: int
    amount: Decimal


def bill_month(
    connection: Connection,
    month: date,
    zone: ZoneInfo,
    now: datetime,
    *,
    client: UUID | None = None,
) -> list[Bill]:
    """Invoice each company, or one `client`, for the orders delivered in the month of this day.

    An order is billed once: a second call bills only what has been delivered since. Deposits for
    tare stand as lines of their own, without VAT.
    """
    since = datetime(month.year, month.month, 1, tzinfo=zone)
    until = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=zone)
    by_client: dict[UUID, list[Any]] = defaultdict(list)
    connection.execute(text("LOCK TABLE crm.order IN SHARE ROW EXCLUSIVE MODE"))
    for row in connection.execute(UNBILLED, {"since": since, "until": until, "client": client}):
        by_client[row.client_id].append(row)
    billed = [_bill(connection, client, rows, now) for client, rows in by_client.items()]
    return [one for one in billed if one is not None]


def _bill(connection: Connection, client: UUID, rows: Sequence[Any], now: datetime) -> Bill | None:
    """The invoice, if anything was handed over: what was left undelivered is nobody's debt."""
    id = uuid7()
    handed_over = [row for row in rows if row.quantity or row.amount]
    if not handed_over:
        return None
    lines = _lines(id, handed_over)
    amount = sum((line["amount"] for line in lines), Decimal(0))
    terms = connection.execute(CONTRACT, {"client": client}).first()
    connection.execute(
        invoice.insert().values(
            id=id,
            date=now,
            client_id=client,
            amount=amount,
            deal_id=rows[0].deal_id,
            contract_id=terms.id if terms else None,
            organization_id=terms.organization_id if terms else None,
        )
    )
    connection.execute(invoice_line.insert(), lines)
    orders = {row.order_id for row in handed_over}
    connection.execute(order.update().where(order.c.id.in_(orders)).values(invoice_id=id))
    return Bill(id, client, len(orders), amount)


def _lines(invoice_id: UUID, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """One line for each product and price; sums are those of the orders, to the kopeck."""
    alike: dict[tuple[UUID, Decimal], list[Any]] = defaultdict(list)
    for row in rows:
        alike[row.product_id, row.price].append(row)
    return [
        _line(invoice_id, number, product, price, of)
        for number, ((product, price), of) in enumerate(alike.items(), start=1)
    ]


def _line(
    invoice_id: UUID, number: int, product: UUID, price: Decimal, rows: Sequence[Any]
) -> dict[str, Any]:
    amount = sum((row.amount for row in rows), Decimal(0))
    rate = "none" if rows[0].kind == "returnable" else rows[0].vat_rate
    return {
        "invoice_id": invoice_id,
        "line": number,
        "product_id": product,
        "content": rows[0].name,
        "quantity": sum((row.quantity for row in rows), Decimal(0)),
        "price": price,
        "amount": amount,
        "vat_rate": rate,
        "vat_amount": vat_of(amount, rate, included=True),
    }
