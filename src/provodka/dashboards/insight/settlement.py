"""How an invoice stands: entered, paid, shipped, and by which papers of accounting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, select, text

from provodka.connectors.crm_store.tables.papers import invoice
from provodka.dashboards.insight.messages import CameIn, came_in

__all__ = ["Paper", "Standing", "standing_of"]

PAPERS = text("""
    SELECT 'payment' AS kind, p.id AS document, p.number, p.date, sum(a.amount) AS amount,
           p.posted, p.deleted_at IS NOT NULL AS deleted
    FROM crm.payment p JOIN crm.payment_allocations a ON a.payment_id = p.id
    WHERE a.invoice_id = :invoice GROUP BY p.id
    UNION ALL
    SELECT 'shipment', s.id, s.number, s.date,
           sum(l.amount + CASE WHEN s.vat_included THEN 0 ELSE coalesce(l.vat_amount, 0) END),
           s.posted, s.deleted_at IS NOT NULL
    FROM crm.shipment s JOIN crm.shipment_lines l ON l.shipment_id = s.id
    WHERE coalesce(l.invoice_id, s.invoice_id) = :invoice
      AND s.id IN (SELECT id FROM crm.shipment WHERE invoice_id = :invoice
                   UNION SELECT shipment_id FROM crm.shipment_lines WHERE invoice_id = :invoice)
    GROUP BY s.id
    ORDER BY date, kind, document
""")
FIRST = text("""
    SELECT document, min(id) AS id, min(at) AS at FROM hub.delta
    WHERE document = ANY(:documents) GROUP BY document
""")


@dataclass(frozen=True, slots=True)
class Paper:
    """A payment or a shipment that an invoice is settled by; `amount` is what falls to it.

    `came` is when the store first had it, None if its history has been archived; `message` the
    message of EnterpriseData that brought it.
    """

    kind: str
    document: UUID
    number: str | None
    date: datetime
    amount: Decimal
    posted: bool
    deleted: bool
    came: datetime | None = None
    message: CameIn | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """An invoice as it is now, sums in its currency; `accounting` as `crm.invoice` has it."""

    amount: Decimal
    currency: str
    paid: Decimal
    shipped: Decimal
    posted: bool
    deleted: bool
    accounting: str
    papers: tuple[Paper, ...]


def standing_of(connection: Connection, key: UUID) -> Standing | None:
    """How an invoice stands; None if the store has it no longer."""
    row = connection.execute(select(invoice).where(invoice.c.id == key)).one_or_none()
    if row is None:
        return None
    return Standing(
        amount=row.amount,
        currency=row.currency,
        paid=row.paid_amount,
        shipped=row.shipped_amount,
        posted=row.posted,
        deleted=row.deleted_at is not None,
        accounting=row.accounting,
        papers=tuple(_papers(connection, key)),
    )


def _papers(connection: Connection, key: UUID) -> Iterable[Paper]:
    found = connection.execute(PAPERS, {"invoice": key}).all()
    documents = [row.document for row in found]
    first = {row.document: row for row in connection.execute(FIRST, {"documents": documents})}
    messages = came_in(connection, (row.id for row in first.values()))
    for row in found:
        seen = first.get(row.document)
        yield Paper(
            **row._mapping,
            came=seen.at if seen else None,
            message=messages.get(seen.id) if seen else None,
        )
