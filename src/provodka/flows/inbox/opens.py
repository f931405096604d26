"""Letters that were opened: `crm.message.read_at`, the first time only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.inbox import Received
from provodka.connectors.crm_store.tables.talk import message
from provodka.flows.hub import Hub

__all__ = ["take_opens"]


def take_opens(
    connection: Connection, _hub: Hub, rows: Sequence[Received]
) -> list[Mapping[str, Any]]:
    """Mark each letter as read when its picture was first asked for."""
    journal.attribute(connection, "mail")
    return [_take(connection, row) for row in rows]


def _take(connection: Connection, row: Received) -> Mapping[str, Any]:
    letter = UUID(row.query["message"])
    marked = connection.execute(
        message.update()
        .where(message.c.id == letter, message.c.read_at.is_(None))
        .where(message.c.direction == "outgoing", message.c.deleted_at.is_(None))
        .values(read_at=row.received_at)
    )
    return {"message": str(letter)} if marked.rowcount else {}
