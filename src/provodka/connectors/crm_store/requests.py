"""Requests of people: written once by a page, taken in turn by the hub, settled with their deed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, and_, func, null, select, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.tables.requests import request

__all__ = ["CHANNEL", "Asked", "Wish", "ask", "erase", "one", "settle", "take", "tried"]

CHANNEL = "hub_request"
"""Where PostgreSQL's NOTIFY tells of new requests."""
TELL = text("SELECT pg_notify(:channel, '')")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person wants done. The same `id` again, from the same person, is the same wish."""

    id: UUID
    person: UUID
    asked_by: str
    kind: str
    asked_at: datetime
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it stands; `state` is `new`, `done` or `refused`, `said` explains it."""

    id: UUID
    person: UUID
    asked_by: str
    kind: str
    parameters: Mapping[str, Any] = field(repr=False)
    asked_at: datetime
    state: str
    said: str | None
    made: Mapping[str, Any] | None
    attempts: int
    settled_at: datetime | None

    @property
    def origin(self) -> str:
        """Who stands in the journal for its changes."""
        return f"person:{self.asked_by}"


COLUMNS = tuple(request.c[name] for name in Asked.__dataclass_fields__)


def ask(connection: Connection, wish: Wish) -> Asked | None:
    """Keep a wish and wake the hub; a wish that is here already stays as it is.

    Returns the request as it stands, or `None` if the key is another person's.
    """
    row = {name: getattr(wish, name) for name in Wish.__dataclass_fields__}
    connection.execute(insert(request).values(**row).on_conflict_do_nothing())
    connection.execute(TELL, {"channel": CHANNEL})
    return one(connection, wish.id, wish.person)


def one(connection: Connection, number: UUID, person: UUID) -> Asked | None:
    """A request of this person; `None` if there is none, or it is somebody else's."""
    mine = and_(request.c.id == number, request.c.person == person)
    row = connection.execute(select(*COLUMNS).where(mine)).first()
    return _asked(row) if row else None


def take(connection: Connection, *, but: tuple[UUID, ...] = ()) -> Asked | None:
    """The oldest request that waits and is not among `but`, held for this transaction."""
    waiting = (
        select(*COLUMNS)
        .where(request.c.state == "new", request.c.id.not_in(but))
        .order_by(request.c.asked_at, request.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(waiting).first()
    return _asked(row) if row else None


def tried(connection: Connection, number: UUID) -> int:
    """Count an attempt that did not come to an end; returns how many there were."""
    counted = (
        request.update()
        .where(request.c.id == number)
        .values(attempts=request.c.attempts + 1)
        .returning(request.c.attempts)
    )
    return int(connection.execute(counted).scalar_one())


def settle(
    connection: Connection,
    number: UUID,
    state: str,
    said: str,
    at: datetime,
    made: Mapping[str, Any] | None = None,
) -> None:
    """Say how a request has ended, in the transaction of its deed."""
    ended = {"state": state, "said": said, "settled_at": at, "made": made or null()}
    connection.execute(request.update().where(request.c.id == number).values(**ended))


def erase(connection: Connection, now: datetime, keep: timedelta) -> int:
    """Forget requests that were settled longer ago than `keep`; returns how many."""
    old = and_(request.c.settled_at < now - keep, request.c.state != "new")
    gone = request.delete().where(old).returning(request.c.id)
    counted = select(func.count()).select_from(gone.cte("gone"))
    return int(connection.execute(counted).scalar_one())


def _asked(row: Row[Any]) -> Asked:
    return Asked(**row._asdict() | {"parameters": row.parameters or {}})
