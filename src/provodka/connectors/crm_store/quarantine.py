"""Documents set aside whole, with the reason, until a person decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store import keys
from provodka.connectors.crm_store.tables.hub import quarantine
from provodka.foundation.errors import ProvodkaError

__all__ = ["count_open", "heal", "listed", "payloads", "set_aside"]


def set_aside(
    connection: Connection,
    stream: str,
    external_key: str,
    payload: Any,
    error: ProvodkaError,
    mapping_version: str = "",
) -> None:
    """Keep one document with its reason; seen again, it is counted, not doubled."""
    statement = insert(quarantine).values(
        stream=stream,
        external_key=external_key,
        code=error.code,
        payload=payload,
        place=error.where,
        found=error.found,
        expected=error.expected,
        next_step=error.next_step,
        mapping_version=mapping_version,
    )
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[quarantine.c.stream, quarantine.c.external_key, quarantine.c.code],
            set_={
                "payload": new.payload,
                "place": new.place,
                "found": new.found,
                "expected": new.expected,
                "next_step": new.next_step,
                "mapping_version": new.mapping_version,
                "state": "open",
                "last_seen": text("now()"),
                "times": quarantine.c.times + 1,
            },
        )
    )


def heal(connection: Connection, stream: str, external_keys: Sequence[str]) -> int:
    """Mark documents as taken in after all; returns how many were open."""
    if not external_keys:
        return 0
    done = connection.execute(
        quarantine.update()
        .where(
            quarantine.c.stream == stream,
            quarantine.c.external_key.in_(keys.listed(external_keys)),
            quarantine.c.state == "open",
        )
        .values(state="healed", last_seen=text("now()"))
    )
    return done.rowcount


def listed(
    connection: Connection, *, stream: str | None = None, key: str | None = None
) -> list[dict[str, Any]]:
    """Open documents, newest first; filtered by stream and by (part of) the key."""
    query = select(quarantine).where(quarantine.c.state == "open")
    if stream:
        query = query.where(quarantine.c.stream == stream)
    if key:
        query = query.where(quarantine.c.external_key.startswith(key, autoescape=True))
    rows = connection.execute(query.order_by(quarantine.c.last_seen.desc()))
    return [dict(row._mapping) for row in rows]


def payloads(connection: Connection, stream: str) -> dict[str, Any]:
    """The open documents of a stream by external key, as they came."""
    rows = connection.execute(
        select(quarantine.c.external_key, quarantine.c.payload)
        .where(quarantine.c.stream == stream, quarantine.c.state == "open")
        .order_by(quarantine.c.first_seen)
    )
    return {row.external_key: row.payload for row in rows}


def count_open(connection: Connection, stream: str | None = None) -> int:
    """How many documents wait for a person."""
    query = select(func.count()).select_from(quarantine).where(quarantine.c.state == "open")
    if stream:
        query = query.where(quarantine.c.stream == stream)
    return connection.execute(query).scalar_one()
