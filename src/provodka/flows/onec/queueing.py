"""Errands to 1C: one for each document that waits to be written."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import journal, outbox
from provodka.connectors.crm_store.outbox import Intent

__all__ = ["PUSH", "SYSTEM", "queue_push"]

SYSTEM = "onec"
PUSH = "push"


def queue_push(
    connection: Connection,
    kind: str,
    document: UUID,
    reason: str,
    cause: int | None = None,
    depth: int = 0,
) -> bool:
    """Queue the writing of a document, unless it is queued already and not begun.

    The errand reads the document after it has announced itself, so a change made before that
    needs no second errand.
    """
    if connection.execute(WAITING, {"target": SYSTEM, "document": document}).first():
        return False
    intent = Intent(
        key=f"{SYSTEM}:{kind}:{document}:{reason}",
        target=SYSTEM,
        operation=PUSH,
        kind=kind,
        document=document,
        cause=cause,
        depth=depth,
    )
    queued = outbox.enqueue(connection, intent)
    if queued and kind == "invoice":
        journal.attribute(connection, SYSTEM, cause, depth)
        connection.execute(QUEUED, {"document": document})
    return queued


WAITING = text(
    "SELECT 1 FROM hub.outbox WHERE target = :target AND document = :document"
    " AND state = 'waiting' AND intent_at IS NULL"
)
QUEUED = text(
    "UPDATE crm.invoice SET accounting = 'queued' WHERE id = :document AND accounting = 'absent'"
)
