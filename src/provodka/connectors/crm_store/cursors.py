"""How far each stream has been read; moved in the transaction that stores what was read."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.tables.hub import cursor

__all__ = ["forget", "move", "read"]


def read(connection: Connection, stream: str) -> dict[str, Any] | None:
    """The stored place of a stream, in the source's own terms; `None` before the first read."""
    return connection.execute(select(cursor.c.position).where(cursor.c.stream == stream)).scalar()


def move(connection: Connection, stream: str, position: dict[str, Any]) -> None:
    """Store a stream's new place in the current transaction."""
    statement = insert(cursor).values(stream=stream, position=position)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[cursor.c.stream],
            set_={"position": statement.excluded.position, "moved_at": text("now()")},
        )
    )


def forget(connection: Connection, stream: str) -> None:
    """Start a stream over; reading the same again changes nothing."""
    connection.execute(cursor.delete().where(cursor.c.stream == stream))
