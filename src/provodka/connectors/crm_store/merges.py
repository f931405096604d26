"""Which clients were merged: what came for a dropped one, and which changes merges themselves are.

What another system says of a dropped client's counterpart is meant for the kept one; looking
references up (`bindings.documents`) leads there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.tables.merging import client_arrival, client_merge

__all__ = ["Dropped", "arrived", "dropped_keys", "listed", "moves", "note_arrivals"]

Dropped = Mapping[tuple[str, str], Sequence[int]]
"""For each (kind, external key) of a client that leads to another, the merges on its way."""

DROPPED = text("""
    WITH RECURSIVE led (external_key, merge, kept) AS (
        SELECT b.external_key, m.id, m.kept
        FROM hub.client_merge m JOIN hub.binding b ON b.document = m.dropped
        WHERE m.undone_at IS NULL AND b.system = :system AND b.kind = 'client'
        UNION ALL
        SELECT p.external_key, m.id, m.kept
        FROM hub.client_merge m,
            jsonb_to_recordset(m.bindings) p (system text, external_key text)
        WHERE m.undone_at IS NULL AND p.system = :system
        UNION
        SELECT l.external_key, m.id, m.kept
        FROM led l JOIN hub.client_merge m ON m.dropped = l.kept AND m.undone_at IS NULL)
    SELECT external_key, array_agg(merge ORDER BY merge) AS merges FROM led GROUP BY 1
""")
MOVES = text("""
    SELECT m.kept, t.xid::text AS xid
    FROM unnest(CAST(:xids AS text[])) t (xid)
    JOIN hub.client_merge m ON t.xid::xid8 IN (m.xid, m.undone_xid)
""")


def dropped_keys(connection: Connection, system: str) -> Dropped:
    """The counterparts in a system of clients that were merged into others."""
    rows = connection.execute(DROPPED, {"system": system})
    return {("client", row.external_key): row.merges for row in rows}


def arrived(
    dropped: Dropped, said: Iterable[tuple[str, Collection[tuple[str, str]]]]
) -> list[tuple[int, str]]:
    """The merges that documents have to do with: (merge, document's key) for each.

    `said` are documents' keys and what each refers to, as the other system knows it.
    """
    return [
        (merge, key)
        for key, references in said
        for one in dropped.keys() & set(references)
        for merge in dropped[one]
    ]


def note_arrivals(
    connection: Connection, system: str, kind: str, came: Iterable[tuple[int, str]]
) -> None:
    """Remember documents, (merge, key) each, that another system wrote on a dropped client."""
    rows = [
        {"merge_id": merge, "system": system, "kind": kind, "external_key": key}
        for merge, key in came
    ]
    if rows:
        connection.execute(insert(client_arrival).values(rows).on_conflict_do_nothing())


def moves(connection: Connection, xids: Collection[int]) -> dict[int, set[UUID]]:
    """Transactions that are merges, or merges taken back, and the clients that were kept in each.

    What they have moved has no part in other systems: there it is where it was.
    """
    found: dict[int, set[UUID]] = {}
    for row in connection.execute(MOVES, {"xids": [str(xid) for xid in set(xids)]}):
        found.setdefault(int(row.xid), set()).add(row.kept)
    return found


def listed(connection: Connection) -> list[dict[str, Any]]:
    """All merges, newest first, those that are taken back included."""
    rows = connection.execute(select(client_merge).order_by(client_merge.c.id.desc()))
    return [dict(row._mapping) for row in rows]
