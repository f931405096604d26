"""What has changed here and must be written to 1C: from the journal into the outbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from provodka.connectors.crm_store import bindings, cursors, journal, locks, merges
from provodka.connectors.crm_store.journal import Delta, Position
from provodka.flows.hub import Hub
from provodka.flows.onec.queueing import SYSTEM, queue_push
from provodka.mappings.compiled import Mapping

__all__ = ["watch_invoices"]

STREAM = "push:onec"
PAGE = 500


def watch_invoices(hub: Hub) -> Counter[str]:
    """Queue every invoice that has to reach 1C, and changes of clients that 1C knows.

    Counts `queued`. Cursor and queue move in one transaction. A delta that came from 1C is
    not sent back to it.
    """
    counts: Counter[str] = Counter()
    with locks.alone(hub.engine, STREAM) as mine:
        while mine:
            with hub.engine.begin() as connection:
                position = Position.from_json(cursors.read(connection, STREAM))
                deltas = journal.read_deltas(connection, position, PAGE)
                if not deltas:
                    break
                counts["queued"] += _queue(connection, hub, deltas)
                cursors.move(connection, STREAM, deltas[-1].position.to_json())
    return counts


def _queue(connection: Connection, hub: Hub, deltas: Sequence[Delta]) -> int:
    written = {one.kind: one for one in hub.mappings.values() if one.writes}
    concerned: dict[tuple[str, UUID], Delta] = {}
    moved = merges.moves(connection, {delta.xid for delta in deltas})
    for delta in deltas:
        mapping = written.get(delta.kind)
        if delta.document not in moved.get(delta.xid, {delta.document}):
            continue
        if mapping and delta.origin != SYSTEM and _concerns(mapping, delta):
            concerned[delta.kind, delta.document] = delta
    bound = bindings.by_documents(
        connection, SYSTEM, [key for key in concerned if key[0] != "invoice"]
    )
    return sum(
        queue_push(connection, kind, document, f"delta:{delta.id}", delta.id, delta.depth)
        for (kind, document), delta in concerned.items()
        if kind == "invoice" or (kind, document) in bound
    )


def _concerns(mapping: Mapping, delta: Delta) -> bool:
    if delta.op == "delete":
        return False
    if delta.part:
        return any(part.name == delta.part for part in mapping.parts)
    watched = {pair.ours for pair in mapping.pairs if pair.writes} | {"posted", "deleted_at"}
    return bool(_changed(delta) & watched)


def _changed(delta: Delta) -> set[str]:
    before: dict[str, Any] = delta.before or {}
    after: dict[str, Any] = delta.after or {}
    return {name for name in after if before.get(name) != after[name]}
