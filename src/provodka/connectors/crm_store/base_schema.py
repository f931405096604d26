"""What a base published each time it was seen to differ; the newest state may wait for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select, text

from provodka.connectors.crm_store.tables.published import base_schema

__all__ = ["Seen", "agree", "agreed", "history", "latest", "remember", "seen_again"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One state of a base; `shape` is as it was given, `agreed_at` empty while changes wait."""

    id: int
    digest: str
    shape: bytes
    configuration: str
    first_seen: datetime
    last_seen: datetime
    agreed_at: datetime | None
    agreed_by: str


def latest(connection: Connection, system: str) -> Seen | None:
    """The newest state; None before the first."""
    return _first(connection, _states(system))


def agreed(connection: Connection, system: str) -> Seen | None:
    """The newest state that the mappings were agreed with."""
    return _first(connection, _states(system).where(base_schema.c.agreed_at.is_not(None)))


def history(connection: Connection, system: str, most: int = 2) -> list[Seen]:
    """The newest states, the newest first."""
    return [_seen(row) for row in connection.execute(_states(system).limit(most))]


def remember(
    connection: Connection,
    system: str,
    digest: str,
    shape: bytes,
    *,
    configuration: str,
    at: datetime,
    agreed_by: str | None,
) -> int:
    """Add a state that differs from the newest one; agreed at once if `agreed_by` says by whom."""
    new = base_schema.insert().values(
        system=system,
        digest=digest,
        shape=shape,
        configuration=configuration or None,
        first_seen=at,
        last_seen=at,
        agreed_at=at if agreed_by else None,
        agreed_by=agreed_by,
    )
    return int(connection.execute(new.returning(base_schema.c.id)).scalar_one())


def seen_again(connection: Connection, number: int, at: datetime) -> None:
    """Note that the base is still in this state."""
    connection.execute(base_schema.update().where(base_schema.c.id == number).values(last_seen=at))


def agree(connection: Connection, number: int, by: str) -> bool:
    """Take a state for what the mappings are made for; False if it already was."""
    done = connection.execute(
        base_schema.update()
        .where(base_schema.c.id == number, base_schema.c.agreed_at.is_(None))
        .values(agreed_at=text("now()"), agreed_by=by)
    )
    return done.rowcount > 0


def _states(system: str) -> Select[Any]:
    return (
        select(base_schema).where(base_schema.c.system == system).order_by(base_schema.c.id.desc())
    )


def _first(connection: Connection, query: Select[Any]) -> Seen | None:
    row = connection.execute(query.limit(1)).first()
    return None if row is None else _seen(row)


def _seen(row: Row[Any]) -> Seen:
    return Seen(
        row.id,
        row.digest,
        bytes(row.shape),
        row.configuration or "",
        row.first_seen,
        row.last_seen,
        row.agreed_at,
        row.agreed_by or "",
    )
