"""Certificates of erasure: that, when and by whom somebody's data was erased, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Connection, insert, select, text, update

from provodka.connectors.crm_store.tables.people import erasure

__all__ = ["certify"]

NOW = text("now()")


def certify(
    connection: Connection, client: UUID | None, by: str, basis: str, counts: Mapping[str, int]
) -> UUID | None:
    """Write what was erased in this transaction; the certificate's key, None if it was nothing.

    A client has one certificate: a repetition adds to its counts.
    """
    known = None
    if client is not None:
        query = select(erasure.c.id, erasure.c.counts).where(erasure.c.client_id == client)
        known = connection.execute(query).first()
    if known is not None:
        total = {**known.counts}
        for place, count in counts.items():
            total[place] = int(total.get(place, 0)) + count
        again = update(erasure).where(erasure.c.id == known.id)
        connection.execute(again.values(repeated_at=NOW, counts=total))
        number: UUID = known.id
        return number
    if not counts:
        return None
    values = {"client_id": client, "by": by, "basis": basis, "counts": dict(counts)}
    made: UUID = connection.execute(
        insert(erasure).values(values).returning(erasure.c.id)
    ).scalar_one()
    return made
