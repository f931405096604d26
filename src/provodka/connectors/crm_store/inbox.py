"""What has come over HTTP: taken in turn, settled with what was made of it, erased in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, null, select, text

from provodka.connectors.crm_store.tables.inbox import inbox, refusal

__all__ = [
    "CHANNEL",
    "Arrival",
    "Gate",
    "Received",
    "awaited",
    "erase",
    "gates",
    "listed",
    "one",
    "refusals",
    "reopen",
    "repeated",
    "settle",
    "take",
]

CHANNEL = "hub_inbox"
"""Where PostgreSQL's NOTIFY tells of new arrivals."""
FINGERPRINT_DAYS = 366
"""How long it is remembered that an event has come, after its content has been erased."""
GATES = text("""
    SELECT door, system, state, count(*), min(received_at), max(received_at) FROM (
      SELECT door, system, state, received_at FROM hub.inbox WHERE state = 'new'
      UNION ALL
      SELECT door, system, state, received_at FROM hub.inbox WHERE state = 'aside') waiting
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
""")
PASSING = ("visit", "open", "unsubscribe")
"""Doors whose events are not sent again: their rows go as soon as their content does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A request to keep, as it came; `identity` is the fingerprint of the event.

    `state` is `new`, or `refused` for what is kept as evidence alone.
    """

    door: str
    system: str
    identity: str
    received_at: datetime
    verdict: str = "ok"
    method: str = "POST"
    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    likeness: str | None = None
    state: str = "new"


@dataclass(frozen=True, slots=True)
class Received:
    """A row of the inbox; `document` is the key that what is made of it gets."""

    id: int
    door: str
    system: str
    method: str
    path: str
    query: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    received_at: datetime
    likeness: str | None
    document: UUID


@dataclass(frozen=True, slots=True)
class Gate:
    """Arrivals of one system in one state: how many, the first and the last of them."""

    door: str
    system: str
    state: str
    count: int
    oldest: datetime
    newest: datetime


def take(connection: Connection, limit: int, *, after: int = 0) -> list[Received]:
    """The oldest arrivals that nobody has handled; held for this transaction, others pass by."""
    columns = (inbox.c[name] for name in Received.__dataclass_fields__)
    waiting = (
        select(*columns)
        .where(inbox.c.state == "new", inbox.c.id > after)
        .order_by(inbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_received(row) for row in connection.execute(waiting)]


def _received(row: Row[Any]) -> Received:
    fields = row._asdict()
    fields |= {"query": fields["query"] or {}, "headers": fields["headers"] or {}}
    return Received(**fields | {"body": fields["body"] or b""})


def settle(
    connection: Connection, number: int, made: Mapping[str, Any], at: datetime, state: str = "done"
) -> None:
    """Say what was made of an arrival, in the transaction that made it."""
    connection.execute(
        inbox.update()
        .where(inbox.c.id == number)
        .values(state=state, made=dict(made), handled_at=at)
    )


def repeated(connection: Connection, row: Received, within: timedelta, kind: str) -> bool:
    """Whether the same content came to the same place shortly before, and a `kind` was made."""
    if row.likeness is None:
        return False
    earlier = select(inbox.c.id).where(
        inbox.c.likeness == row.likeness,
        inbox.c.door == row.door,
        inbox.c.system == row.system,
        inbox.c.received_at.between(row.received_at - within, row.received_at + within),
        inbox.c.id < row.id,
        inbox.c.state == "done",
        inbox.c.made.has_key(kind),
    )
    return connection.execute(earlier.limit(1)).first() is not None


def awaited(connection: Connection) -> bool:
    """Whether anything waits to be handled."""
    waiting = select(inbox.c.id).where(inbox.c.state == "new").limit(1)
    return connection.execute(waiting).first() is not None


def gates(connection: Connection) -> list[Gate]:
    """Counts of what waits and of what was set aside, by door and system."""
    return [Gate(*row) for row in connection.execute(GATES)]


def refusals(connection: Connection, since: datetime) -> list[dict[str, Any]]:
    """Refused requests by door, system and reason since a moment, the most frequent first."""
    keys = (refusal.c.door, refusal.c.system, refusal.c.reason)
    count = func.sum(refusal.c.count).label("count")
    query = select(*keys, count, func.max(refusal.c.last_at).label("last_at"))
    recent = query.where(refusal.c.last_at >= since).group_by(*keys).order_by(count.desc())
    return [
        {**row._mapping, "count": int(row._mapping["count"])} for row in connection.execute(recent)
    ]


def listed(
    connection: Connection,
    *,
    door: str | None = None,
    system: str | None = None,
    state: str | None = None,
    limit: int = 50,
) -> Sequence[dict[str, Any]]:
    """The latest arrivals, newest first, without their content."""
    columns = [column for column in inbox.c if column.name not in ("query", "headers", "body")]
    query = select(*columns, func.octet_length(inbox.c.body).label("bytes"))
    for column, wanted in ((inbox.c.door, door), (inbox.c.system, system), (inbox.c.state, state)):
        if wanted:
            query = query.where(column == wanted)
    rows = connection.execute(query.order_by(inbox.c.id.desc()).limit(limit))
    return [dict(row._mapping) for row in rows]


def one(connection: Connection, number: int) -> dict[str, Any] | None:
    """An arrival whole; None if there is no such."""
    row = connection.execute(select(inbox).where(inbox.c.id == number)).first()
    return dict(row._mapping) if row else None


def reopen(
    connection: Connection, *, number: int | None = None, system: str | None = None
) -> list[int]:
    """Let arrivals be handled once more: one, whatever came of it, or those of a system set aside.

    Those whose content is erased, and refused ones, stay as they are. Returns their numbers.
    """
    chosen = inbox.c.id == number if number is not None else inbox.c.state == "aside"
    wanted = inbox.update().where(chosen, inbox.c.erased_at.is_(None), inbox.c.state != "refused")
    if system:
        wanted = wanted.where(inbox.c.system == system)
    again = wanted.values(state="new", handled_at=None).returning(inbox.c.id)
    return sorted(connection.scalars(again))


def erase(connection: Connection, before: datetime) -> int:
    """Erase the content of what came before a moment and waits for nobody; how many there were.

    Of hooks and forms the fingerprint stays for a year, so that a replay is known. Counts of
    refusals go after a year as well.
    """
    old = inbox.c.received_at < before
    settled = inbox.c.state.in_(("done", "refused"))
    gone = connection.execute(inbox.delete().where(old, settled, inbox.c.door.in_(PASSING)))
    bare = dict.fromkeys(("query", "headers", "body", "likeness"), null())
    erased = connection.execute(
        inbox.update()
        .where(old, settled, inbox.c.erased_at.is_(None))
        .values(**bare, erased_at=text("now()"))
    )
    year_ago = before - timedelta(days=FINGERPRINT_DAYS)
    connection.execute(inbox.delete().where(inbox.c.received_at < year_ago, settled))
    connection.execute(refusal.delete().where(refusal.c.last_at < year_ago))
    return gone.rowcount + erased.rowcount
