"""A decision about a bank's document carried out: the payment it makes, changes, or takes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, text

from provodka.connectors.crm_store.keys import listed_ids
from provodka.connectors.crm_store.tables.bank import bank_document
from provodka.connectors.crm_store.tables.papers import invoice, payment, payment_allocation
from provodka.foundation.identifiers import uuid7
from provodka.mappings.bank.completing import completed_rows

__all__ = ["Laid", "link_payment", "pay", "take_back"]

Laid = Sequence[tuple[UUID, Decimal]]
"""Invoices and how much of the money goes to each."""
LINE_COLUMNS = ("line", "invoice_id", "contract_id", "amount")


def pay(connection: Connection, document: Any, laid: Laid, zone: ZoneInfo) -> UUID:
    """Make the payment of a document, or lay the one it has out anew; returns its key.

    `zone` is the company's: the payment's time is the midnight with which the bank's day begins.
    """
    known = document.payment_id
    key: UUID = known or uuid7()
    if known is None:
        connection.execute(payment.insert().values(_payment(connection, document, laid, zone, key)))
    connection.execute(payment_allocation.delete().where(payment_allocation.c.payment_id == key))
    contracts = _contracts(connection, [one for one, _amount in laid])
    for line, (one, amount) in enumerate(laid, 1):
        connection.execute(
            payment_allocation.insert().values(
                payment_id=key,
                line=line,
                invoice_id=one,
                contract_id=contracts[one],
                amount=amount,
            )
        )
    return key


def _payment(
    connection: Connection, document: Any, laid: Laid, zone: ZoneInfo, key: UUID
) -> dict[str, Any]:
    client = connection.execute(
        select(invoice.c.client_id).where(invoice.c.id == laid[0][0])
    ).scalar_one()
    day = document.moved_on or document.date
    return {
        "id": key,
        "date": datetime.combine(day, time(), zone).astimezone(UTC),
        "client_id": client,
        "amount": document.amount,
        "currency": document.currency,
        "posted": True,
        "kind": "bank",
        "purpose": document.purpose or None,
        "incoming_number": document.number or None,
        "incoming_date": document.date,
    }


def _contracts(connection: Connection, invoices: Sequence[UUID]) -> dict[UUID, UUID | None]:
    rows = connection.execute(
        select(invoice.c.id, invoice.c.contract_id).where(invoice.c.id.in_(listed_ids(invoices)))
    )
    return {row.id: row.contract_id for row in rows}


def link_payment(connection: Connection, document: Any, key: UUID, laid: Laid) -> tuple[Laid, bool]:
    """Tie a document to a payment that 1C has told of.

    Our invoices are filled in where 1C names none. Returns how the money is laid out now, and
    whether anything was filled in.
    """
    theirs = _lines(connection, key)
    whole = completed_rows(LINE_COLUMNS, theirs, laid)
    if whole != theirs:
        lines = payment_allocation
        connection.execute(lines.delete().where(lines.c.payment_id == key))
        rows = [dict(zip(LINE_COLUMNS, row, strict=True)) for row in whole]
        connection.execute(lines.insert(), [{"payment_id": key, **row} for row in rows])
    posted = connection.execute(select(payment.c.posted).where(payment.c.id == key)).scalar_one()
    if not posted and document.moved_on is not None:
        connection.execute(payment.update().where(payment.c.id == key).values(posted=True))
    bank = bank_document
    connection.execute(bank.update().where(bank.c.id == document.id).values(in_accounting=posted))
    return [(row[1], row[3]) for row in whole if row[1] is not None], whole != theirs


def _lines(connection: Connection, key: UUID) -> list[tuple[Any, ...]]:
    found = connection.execute(
        select(*(payment_allocation.c[name] for name in LINE_COLUMNS))
        .where(payment_allocation.c.payment_id == key)
        .order_by(payment_allocation.c.line)
    )
    return [tuple(row) for row in found]


def take_back(connection: Connection, document: Any) -> None:
    """Remove the payment that a document has made; the invoices are open again by it."""
    connection.execute(
        text("UPDATE crm.payment SET deleted_at = now(), posted = false WHERE id = :key"),
        {"key": document.payment_id},
    )
