"""Receipts that come from 1C, completed with what the bank has already said of them.

The bank's word comes first and the accountant's later: a draft in 1C must not take back a payment
whose money is on the account, and a breakdown without invoices must not take away the invoice
that was found. Once a receipt was posted in 1C, its posting is 1C's affair alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from provodka.connectors.crm_store.keys import listed_ids
from provodka.connectors.crm_store.tables.bank import bank_document
from provodka.flows.onec.matching import Assigned
from provodka.mappings.bank.completing import completed_rows
from provodka.mappings.compiled import Mapping
from provodka.mappings.reading import Reading

__all__ = ["completed", "shares_of"]

PART = "allocations"


def completed(
    connection: Connection, mapping: Mapping, taken: Sequence[Assigned]
) -> Sequence[Assigned]:
    """The same readings in the same order; payments that a bank has told of are completed."""
    matched = [one.document for one in taken if one.matched]
    if mapping.kind != "payment" or not matched:
        return taken
    told = {
        row.payment_id: row
        for row in connection.execute(
            select(bank_document).where(bank_document.c.payment_id.in_(listed_ids(matched)))
        )
    }
    return [_completed(connection, mapping, one, told.get(one.document)) for one in taken]


def _completed(connection: Connection, mapping: Mapping, one: Assigned, row: Any) -> Assigned:
    reading = one.reading
    if row is None or reading.deleted:
        return one
    place = mapping.columns.index("posted")
    if reading.values[place] and not row.in_accounting:
        connection.execute(
            bank_document.update().where(bank_document.c.id == row.id).values(in_accounting=True)
        )
    posted = reading.values[place] or (not row.in_accounting and row.moved_on is not None)
    values = (*reading.values[:place], posted, *reading.values[place + 1 :])
    return Assigned(_with(reading, mapping, values, shares_of(row)), one.document, one.matched)


def _with(
    reading: Reading,
    mapping: Mapping,
    values: tuple[Any, ...],
    shares: Sequence[tuple[UUID, Decimal]],
) -> Reading:
    if PART not in reading.parts:
        return reading._replace(values=values)
    rows = completed_rows(mapping.part_columns[PART], reading.parts[PART], shares)
    return reading._replace(values=values, parts={**reading.parts, PART: rows})


def shares_of(row: Any) -> list[tuple[UUID, Decimal]]:
    """The decision of a bank's document as invoices and sums."""
    return [(UUID(one["invoice"]), Decimal(one["amount"])) for one in row.shares or ()]
