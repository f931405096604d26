"""Documents that wait for their parent: waiting is not failing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.keys import listed
from provodka.connectors.crm_store.tables.hub import parked

__all__ = ["Parked", "count", "park", "release", "waiting_for"]


@dataclass(frozen=True, slots=True)
class Parked:
    """A document as it came, and the parent it waits for, both as the source knows them."""

    stream: str
    external_key: str
    parent_kind: str
    parent_key: str
    payload: Any


def park(connection: Connection, documents: Iterable[Parked]) -> int:
    """Keep documents until their parents come; parked again, the newest payload stays."""
    rows = [
        {
            "stream": one.stream,
            "external_key": one.external_key,
            "waits_for_kind": one.parent_kind,
            "waits_for_key": one.parent_key,
            "payload": one.payload,
        }
        for one in documents
    ]
    if not rows:
        return 0
    statement = insert(parked).values(rows)
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[parked.c.stream, parked.c.external_key],
            set_={
                "waits_for_kind": new.waits_for_kind,
                "waits_for_key": new.waits_for_key,
                "payload": new.payload,
            },
        )
    )
    return len(rows)


def waiting_for(connection: Connection, kind: str, keys: Sequence[str]) -> list[Parked]:
    """Documents that wait for one of these parents, which have now come."""
    if not keys:
        return []
    rows = connection.execute(
        select(parked)
        .where(
            parked.c.waits_for_kind == kind,
            parked.c.waits_for_key.in_(listed(keys)),
        )
        .order_by(parked.c.since)
    )
    return [
        Parked(row.stream, row.external_key, row.waits_for_kind, row.waits_for_key, row.payload)
        for row in rows
    ]


def release(connection: Connection, stream: str, external_keys: Sequence[str]) -> int:
    """Forget documents that were taken in; returns how many had been parked."""
    if not external_keys:
        return 0
    done = connection.execute(
        parked.delete().where(
            parked.c.stream == stream,
            parked.c.external_key.in_(listed(external_keys)),
        )
    )
    return done.rowcount


def count(connection: Connection) -> int:
    """How many documents wait for a parent."""
    return connection.execute(select(func.count()).select_from(parked)).scalar_one()
