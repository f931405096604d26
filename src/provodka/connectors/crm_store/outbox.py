"""Outside effects: recorded with their cause, delivered at least once, landing once.

A worker claims errands, records its intent in a transaction of its own, calls the other system,
and settles them. One found with an intent and no end is one whose answer was lost: it is
handed out again as `unsure`, and must be looked up by its marker before a repeat. Taking errands
and ending them is in `claims`; for how long they are whose, in `leases`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.batches import insert_rows
from provodka.connectors.crm_store.keys import listed_ids
from provodka.connectors.crm_store.tables.hub import outbox

__all__ = [
    "Errand",
    "Intent",
    "enqueue",
    "enqueue_all",
    "posting_before",
    "said_before",
    "tried_before",
    "under_way",
]


@dataclass(frozen=True, slots=True)
class Intent:
    """What is to be done outside; `key` makes a second recording harmless."""

    key: str
    target: str
    operation: str
    kind: str
    document: UUID
    payload: Any = None
    cause: int | None = None
    depth: int = 0


FIELDS = tuple(one.name for one in fields(Intent))
TELL = text(
    "SELECT pg_notify('hub_outbox', target) FROM unnest(CAST(:targets AS text[])) AS t(target)"
)


@dataclass(frozen=True, slots=True)
class Errand:
    """A claimed row of the outbox; `unsure` means that an earlier attempt's answer was lost.

    `attempts` counts this one and those before it that came to an end, well or not. `token` is
    what its holder shows: every claim raises it, and only who has the newest is listened to.
    """

    id: int
    key: str
    target: str
    operation: str
    kind: str
    document: UUID
    payload: Any
    attempts: int
    marker: str | None
    cause: int | None
    depth: int
    unsure: bool
    token: int = 0


def enqueue(connection: Connection, intent: Intent) -> bool:
    """Record an effect in the current transaction; `False` if its key is there already."""
    done = connection.execute(
        insert(outbox)
        .values(
            key=intent.key,
            target=intent.target,
            operation=intent.operation,
            kind=intent.kind,
            document=intent.document,
            payload=intent.payload,
            cause=intent.cause,
            depth=intent.depth,
        )
        .on_conflict_do_nothing(index_elements=[outbox.c.key])
        .returning(outbox.c.id)
    ).first()
    connection.execute(text("SELECT pg_notify('hub_outbox', :target)"), {"target": intent.target})
    return done is not None


def enqueue_all(connection: Connection, intents: Sequence[Intent]) -> None:
    """Record many effects by one statement; those whose key is there already change nothing."""
    if intents:
        rows = [{name: getattr(one, name) for name in FIELDS} for one in intents]
        insert_rows(connection, outbox, rows, once="key")
        connection.execute(TELL, {"targets": sorted({one.target for one in intents})})


def tried_before(connection: Connection, errand: Errand) -> bool:
    """Whether anything was ever begun for this document in that system, by any errand.

    What was tried may be there, whatever its errand has come to since.
    """
    if errand.unsure or errand.marker is not None:
        return True
    begun = text(
        "SELECT EXISTS (SELECT FROM hub.outbox WHERE target = :target AND document = :document"
        " AND id <> :id AND marker IS NOT NULL)"
    )
    given = {"target": errand.target, "document": errand.document, "id": errand.id}
    return bool(connection.execute(begun, given).scalar_one())


def said_before(connection: Connection, target: str, documents: Sequence[UUID]) -> dict[UUID, Any]:
    """What was last sent to create each of these documents there, as a snapshot, if anything."""
    if not documents:
        return {}
    query = (
        select(outbox.c.document, outbox.c.said)
        .where(outbox.c.document.in_(listed_ids(documents)), outbox.c.target == target)
        .where(outbox.c.said.is_not(None))
        .order_by(outbox.c.id)
    )
    return {row.document: row.said for row in connection.execute(query)}


def posting_before(connection: Connection, target: str, document: UUID) -> str | None:
    """In which version the document was last sent to be posted there, if it may have been."""
    query = (
        select(outbox.c.posting)
        .where(outbox.c.document == document, outbox.c.target == target)
        .where(outbox.c.posting.is_not(None))
        .order_by(outbox.c.id.desc())
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none()


def under_way(connection: Connection, target: str, documents: Sequence[UUID]) -> set[UUID]:
    """Documents that an errand has begun to write and has not ended with."""
    if not documents:
        return set()
    rows = connection.execute(
        select(outbox.c.document).where(
            outbox.c.target == target,
            outbox.c.document.in_(listed_ids(documents)),
            outbox.c.marker.is_not(None),
            outbox.c.state.in_(("waiting", "sending", "unsure")),
        )
    )
    return set(rows.scalars())
