"""Documents that wait for their parent: waiting is not failing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store import keys as many
from provodka.connectors.crm_store.tables.hub import parked

__all__ = [
    "Parked",
    "Standing",
    "count",
    "hold",
    "listed",
    "park",
    "ready",
    "release",
    "waiting_for",
]

STANDING = """
    SELECT p.stream, p.external_key, p.waits_for_kind, p.waits_for_key, p.since,
           coalesce(aside.code, '') AS parent_code, coalesce(aside.found, '') AS parent_found,
           EXISTS (SELECT FROM hub.parked q WHERE q.external_key = p.waits_for_key) AS parent_parked
    FROM hub.parked p
    LEFT JOIN LATERAL (
        SELECT q.code, q.found FROM hub.quarantine q
        WHERE q.external_key = p.waits_for_key AND q.state <> 'healed'
        ORDER BY q.last_seen DESC LIMIT 1) aside ON true
    WHERE (CAST(:stream AS text) IS NULL OR p.stream = :stream)
      AND (CAST(:before AS timestamptz) IS NULL OR p.since < :before)
    ORDER BY p.since, p.stream, p.external_key LIMIT :limit
"""
READY = """
    SELECT p.* FROM hub.parked p
    JOIN hub.binding b ON b.system = :system AND b.kind = p.waits_for_kind
      AND b.external_key = p.waits_for_key
    WHERE p.stream LIKE :system || ':%' OR p.stream = ANY(:streams)
    ORDER BY p.since LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class Parked:
    """A document as it came, and the parent it waits for, both as the source knows them."""

    stream: str
    external_key: str
    parent_kind: str
    parent_key: str
    payload: Any


@dataclass(frozen=True, slots=True)
class Standing:
    """A parked document as people ask about it: what it waits for, since when, and why that lasts.

    `parent_code` and `parent_found` tell why the parent is set aside, if it is; `parent_parked`
    that the parent waits for a parent of its own.
    """

    stream: str
    external_key: str
    waits_for_kind: str
    waits_for_key: str
    since: datetime
    parent_code: str = ""
    parent_found: str = ""
    parent_parked: bool = False


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
            parked.c.waits_for_key.in_(many.listed(keys)),
        )
        .order_by(parked.c.since)
    )
    return [_parked(row) for row in rows]


def ready(
    connection: Connection, system: str, streams: Iterable[str] = (), limit: int = 500
) -> list[Parked]:
    """Documents of a system whose parent has come without anybody telling them; oldest first.

    `streams` are those of the system that do not bear its name.
    """
    given = {"system": system, "streams": list(streams), "limit": limit}
    return [_parked(row) for row in connection.execute(text(READY), given)]


def hold(
    connection: Connection, stream: str, keys: Sequence[str] | None = None, *, wait: bool = True
) -> dict[str, Any]:
    """Payloads of a stream (of these `keys` if given), which nobody else can take meanwhile.

    Without `wait`, those that somebody else holds are left out.
    """
    query = select(parked.c.external_key, parked.c.payload).where(parked.c.stream == stream)
    if keys is not None:
        query = query.where(parked.c.external_key.in_(many.listed(keys)))
    held = query.order_by(parked.c.external_key).with_for_update(skip_locked=not wait)
    return {row.external_key: row.payload for row in connection.execute(held)}


def listed(
    connection: Connection,
    *,
    stream: str | None = None,
    before: datetime | None = None,
    limit: int | None = None,
) -> list[Standing]:
    """Parked documents, the longest first; only those parked `before` a moment, if it is given."""
    given = {"stream": stream, "before": before, "limit": limit}
    return [Standing(**row._mapping) for row in connection.execute(text(STANDING), given)]


def _parked(row: Any) -> Parked:
    return Parked(row.stream, row.external_key, row.waits_for_kind, row.waits_for_key, row.payload)


def release(connection: Connection, stream: str, external_keys: Sequence[str]) -> int:
    """Forget documents that were taken in; returns how many had been parked."""
    if not external_keys:
        return 0
    done = connection.execute(
        parked.delete().where(
            parked.c.stream == stream,
            parked.c.external_key.in_(many.listed(external_keys)),
        )
    )
    return done.rowcount


def count(connection: Connection, before: datetime | None = None) -> int:
    """How many documents wait for a parent; how many have since `before`, if it is given."""
    query = select(func.count()).select_from(parked)
    if before is not None:
        query = query.where(parked.c.since < before)
    return connection.execute(query).scalar_one()
