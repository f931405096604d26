"""Which clients were merged: what came for a dropped one, and which changes merges themselves are.

What another system says of a dropped client's counterpart is meant for the kept one; looking
references up (`bindings.documents`) leads there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.tables.hub import binding
from provodka.connectors.crm_store.tables.merging import client_arrival, client_merge

__all__ = ["dropped_keys", "moves", "note_arrivals", "standing"]

STANDING = client_merge.c.undone_at.is_(None)
MOVES = text("""
    SELECT m.kept, t.xid::text AS xid
    FROM unnest(CAST(:xids AS text[])) t (xid)
    JOIN hub.client_merge m ON t.xid::xid8 IN (m.xid, m.undone_xid)
""")


def dropped_keys(connection: Connection, system: str) -> dict[tuple[str, str], int]:
    """The counterparts in a system of clients that were merged into others: key to merge."""
    rows = connection.execute(
        select(binding.c.external_key, client_merge.c.id)
        .join(client_merge, client_merge.c.dropped == binding.c.document)
        .where(STANDING, binding.c.system == system, binding.c.kind == "client")
    )
    return {("client", row.external_key): row.id for row in rows}


def note_arrivals(
    connection: Connection, system: str, kind: str, came: Iterable[tuple[int, str]]
) -> None:
    """Remember documents, (merge, external key) each, that another system wrote on a dropped one."""
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


def standing(connection: Connection) -> list[dict[str, Any]]:
    """Merges, newest first, those that are taken back included."""
    rows = connection.execute(select(client_merge).order_by(client_merge.c.id.desc()))
    return [dict(row._mapping) for row in rows]
