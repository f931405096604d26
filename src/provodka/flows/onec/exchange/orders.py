"""Orders that payments and shipments name: ours, or none at all.

The base never sends an order, so one that was made there by hand will never come: a payment of it
would wait for ever. Such a reference is taken for none, and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from provodka.connectors.crm_store import bindings
from provodka.connectors.crm_store.keys import listed_ids
from provodka.connectors.crm_store.tables.papers import invoice
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.taking import Taking
from provodka.mappings.compiled import Mapping
from provodka.mappings.reader_base import EMPTY_GUID

__all__ = ["without_foreign_orders"]

ORDER = "invoice"


def without_foreign_orders(
    connection: Connection, taking: Taking, mapping: Mapping, rows: Sequence[dict[str, Any]]
) -> int:
    """Empty, in the rows, references to orders that are nobody's here; how many there were.

    Those that `taking` has seen bound need no look-up.
    """
    if mapping.kind == ORDER:
        return 0
    cells = list(_cells(mapping, rows))
    keys = {row[name] for row, name in cells} - {EMPTY_GUID}
    keys = {key for key in keys if (ORDER, key) not in taking.known}
    if not keys:
        return 0
    foreign = keys - _ours(connection, keys)
    count = 0
    for row, name in cells:
        if row[name] in foreign:
            row[name] = EMPTY_GUID
            count += 1
    return count


def _ours(connection: Connection, keys: set[str]) -> set[str]:
    bound = bindings.documents(connection, SYSTEM, [(ORDER, key) for key in keys])
    found = {key for _kind, key in bound}
    ids = [identifier for key in keys - found if (identifier := _uuid(key))]
    if ids:
        rows = connection.execute(select(invoice.c.id).where(invoice.c.id.in_(listed_ids(ids))))
        found |= {str(row.id) for row in rows}
    return found


def _uuid(key: str) -> UUID | None:
    try:
        return UUID(key)
    except ValueError:
        return None


def _cells(
    mapping: Mapping, rows: Iterable[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], str]]:
    header = [pair.theirs for pair in mapping.pairs if pair.argument == ORDER]
    inner = [
        (section.theirs, [pair.theirs for pair in section.pairs if pair.argument == ORDER])
        for part in mapping.parts
        for section in part.sections
    ]
    for row in rows:
        for name in header:
            yield row, name
        for section, names in inner:
            for line in row[section]:
                for name in names:
                    yield line, name
