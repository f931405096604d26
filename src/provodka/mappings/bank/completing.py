"""The invoices that accounting leaves unsaid of a receipt, said by what the bank's text named.

Where accounting has named an invoice, its word stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

__all__ = ["completed_rows"]

ZERO = Decimal(0)


def completed_rows(
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    shares: Sequence[tuple[UUID, Decimal]],
) -> list[tuple[Any, ...]]:
    """The rows of a receipt's breakdown with our invoices where it names none at all.

    `columns` name the cells of a row, `line` first. Rows come back as they are if they name an
    invoice, if they are of several contracts, or if they hold less money than `shares` say.
    """
    given = [dict(zip(columns, row, strict=True)) for row in rows]
    contracts = {row.get("contract_id") for row in given}
    total = sum((row["amount"] for row in given), ZERO)
    ours = sum((amount for _invoice, amount in shares), ZERO)
    if not shares or not given or len(contracts) > 1 or total < ours:
        return list(rows)
    if any(row["invoice_id"] is not None for row in given):
        return list(rows)
    wanted: list[tuple[UUID | None, Decimal]] = [*shares]
    if total > ours:
        wanted.append((None, total - ours))
    return [
        _row(columns, given[0], line, invoice, amount)
        for line, (invoice, amount) in enumerate(wanted, 1)
    ]


def _row(
    columns: Sequence[str],
    like: dict[str, Any],
    line: int,
    invoice: UUID | None,
    amount: Decimal,
) -> tuple[Any, ...]:
    cells = like | {"line": line, "invoice_id": invoice, "amount": amount}
    return tuple(cells[name] for name in columns)
