"""Outside effects: recorded with their cause, delivered at least once, landing once.

A worker leases a row, records its intent in a transaction of its own, calls the other system,
and settles the row. A row found with an intent and no end is one whose answer was lost: it is
handed out again as `unsure`, and must be looked up by its marker before a repeat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.keys import listed_ids
from provodka.connectors.crm_store.tables.hub import outbox
from provodka.foundation.errors import ProvodkaError

__all__ = [
    "Errand",
    "Intent",
    "enqueue",
    "lease",
    "postpone",
    "record_intent",
    "settle",
    "tried_before",
    "under_way",
]

OLDEST_OF_DOCUMENT = """
    NOT EXISTS (SELECT FROM hub.outbox e WHERE e.target = o.target AND e.document = o.document
                AND e.id < o.id AND e.state IN ('waiting', 'sending', 'unsure'))
"""


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


@dataclass(frozen=True, slots=True)
class Errand:
    """A leased row of the outbox; `unsure` means that an earlier attempt's answer was lost.

    `attempts` counts this one and those before it that came to an end, well or not.
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
    )
    connection.execute(text("SELECT pg_notify('hub_outbox', :target)"), {"target": intent.target})
    return bool(done.rowcount)


def lease(
    connection: Connection,
    target: str,
    worker: str,
    *,
    limit: int,
    lost_answer_wait: timedelta,
    seconds: int = 60,
    documents: Sequence[UUID] | None = None,
) -> list[Errand]:
    """Take due rows of one target for this worker, oldest first, one per document at a time.

    With `documents`, only rows of these.

    The caller holds the target's lock (`locks.alone`), so a lease that is still there belongs
    to a dead worker. A row whose intent was recorded and never settled comes back `unsure`,
    no sooner than `lost_answer_wait` after the intent: the other side may still be writing.
    """
    rows = connection.execute(
        text(
            f"""
            WITH due AS (
                SELECT o.id, o.state FROM hub.outbox o
                WHERE o.target = :target AND o.due_at <= now()
                  AND o.state IN ('waiting', 'sending', 'unsure')
                  AND (o.intent_at IS NULL
                       OR o.intent_at <= now() - make_interval(secs => :wait))
                  AND (CAST(:documents AS uuid[]) IS NULL OR o.document = ANY(:documents))
                  AND {OLDEST_OF_DOCUMENT}
                ORDER BY o.id LIMIT :limit FOR UPDATE SKIP LOCKED)
            UPDATE hub.outbox o SET worker = :worker,
                leased_until = now() + make_interval(secs => :seconds),
                state = CASE WHEN o.intent_at IS NULL THEN 'waiting' ELSE 'unsure' END
            FROM due WHERE due.id = o.id
            RETURNING o.id, o.key, o.target, o.operation, o.kind, o.document, o.payload,
                o.attempts + 1 AS attempts, o.marker, o.cause, o.depth,
                o.intent_at IS NOT NULL AS unsure
            """
        ),
        {
            "target": target,
            "worker": worker,
            "limit": limit,
            "wait": lost_answer_wait.total_seconds(),
            "seconds": seconds,
            "documents": None if documents is None else list(documents),
        },
    )
    return sorted((Errand(**row._mapping) for row in rows), key=lambda errand: errand.id)


def record_intent(connection: Connection, errand: Errand, worker: str, marker: str) -> bool:
    """Say what is about to be done, before the call; `False` if the lease has gone to another."""
    done = connection.execute(
        outbox.update()
        .where(outbox.c.id == errand.id, outbox.c.worker == worker)
        .values(state="sending", intent_at=text("now()"), marker=marker)
    )
    return bool(done.rowcount)


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


def settle(
    connection: Connection,
    errand: Errand,
    state: str,
    *,
    result: Any = None,
    trouble: ProvodkaError | None = None,
) -> None:
    """End an errand: `delivered`, `flagged` (done, but not as asked) or `dead` (for a person)."""
    connection.execute(
        outbox.update()
        .where(outbox.c.id == errand.id)
        .values(
            state=state,
            attempts=errand.attempts,
            result=result,
            trouble=_told(trouble),
            leased_until=None,
            settled_at=text("now()"),
        )
    )


def postpone(
    connection: Connection,
    errand: Errand,
    wait: timedelta,
    trouble: ProvodkaError,
    *,
    nothing_sent: bool,
) -> None:
    """Try again later; `nothing_sent` also takes the intent back, so no look-up is needed."""
    values: dict[str, Any] = {
        "due_at": text("now() + make_interval(secs => :wait)").bindparams(
            wait=wait.total_seconds()
        ),
        "leased_until": None,
        "attempts": errand.attempts,
        "trouble": _told(trouble),
    }
    if nothing_sent:
        values |= {"state": "waiting", "intent_at": None}
    connection.execute(outbox.update().where(outbox.c.id == errand.id).values(**values))


def _told(trouble: ProvodkaError | None) -> dict[str, str] | None:
    if trouble is None:
        return None
    return {
        "code": trouble.code,
        "where": trouble.where,
        "found": trouble.found,
        "expected": trouble.expected,
        "next_step": trouble.next_step,
    }
