"""Documents set aside whole, with the reason, until a person decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, select, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store import keys
from provodka.connectors.crm_store.tables.hub import quarantine
from provodka.foundation.errors import ProvodkaError

__all__ = ["count_open", "heal", "listed", "open_keys", "payloads", "set_aside", "waiting_keys"]

WAITING = ("open", "stopped")


def set_aside(
    connection: Connection,
    stream: str,
    external_key: str,
    payload: Any,
    error: ProvodkaError,
    mapping_version: str = "",
    *,
    state: str = "open",
) -> None:
    """Keep one document with its reason; seen again, it is counted, not doubled.

    `state` is `stopped` for a document of a page at which its stream stopped: the page has not
    been passed, and will be read again. One that is open stays open.
    """
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
        state=state,
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
                "state": case((quarantine.c.state == "open", "open"), else_=new.state),
                "last_seen": text("now()"),
                "times": quarantine.c.times + 1,
            },
        )
    )


def heal(connection: Connection, stream: str, external_keys: Sequence[str]) -> int:
    """Mark documents as no longer waiting for a person; returns how many reasons there were."""
    if not external_keys:
        return 0
    done = connection.execute(
        quarantine.update()
        .where(
            quarantine.c.stream == stream,
            quarantine.c.external_key.in_(keys.listed(external_keys)),
            quarantine.c.state.in_(WAITING),
        )
        .values(state="healed", last_seen=text("now()"))
    )
    return done.rowcount


def open_keys(connection: Connection, stream: str, external_keys: Sequence[str]) -> set[str]:
    """Those of the keys under which something of the stream is set aside already."""
    if not external_keys:
        return set()
    rows = connection.execute(
        select(quarantine.c.external_key).where(
            quarantine.c.stream == stream,
            quarantine.c.external_key.in_(keys.listed(external_keys)),
            quarantine.c.state == "open",
        )
    )
    return set(rows.scalars())


def waiting_keys(connection: Connection, stream: str) -> list[str]:
    """The keys of all waiting documents of a stream, the oldest first."""
    rows = connection.execute(
        select(quarantine.c.external_key)
        .where(quarantine.c.stream == stream, quarantine.c.state.in_(WAITING))
        .group_by(quarantine.c.external_key)
        .order_by(func.min(quarantine.c.first_seen))
    )
    return list(rows.scalars())


def listed(
    connection: Connection,
    *,
    stream: str | None = None,
    key: str | None = None,
    code: str | None = None,
    before: datetime | None = None,
) -> list[dict[str, Any]]:
    """Documents that wait for a person, newest first, those that stopped a stream among them.

    Filtered by stream, by (the beginning of) the key and of the code, and to those that were
    first seen `before` a moment.
    """
    query = select(quarantine).where(quarantine.c.state.in_(WAITING))
    if stream:
        query = query.where(quarantine.c.stream == stream)
    if key:
        query = query.where(quarantine.c.external_key.startswith(key, autoescape=True))
    if code:
        query = query.where(quarantine.c.code.startswith(code, autoescape=True))
    if before:
        query = query.where(quarantine.c.first_seen < before)
    rows = connection.execute(query.order_by(quarantine.c.last_seen.desc()))
    return [dict(row._mapping) for row in rows]


def payloads(
    connection: Connection, stream: str, external_keys: Sequence[str] = ()
) -> dict[str, Any]:
    """The waiting documents of a stream by external key, all or those named, as they came."""
    query = select(quarantine.c.external_key, quarantine.c.payload).where(
        quarantine.c.stream == stream, quarantine.c.state.in_(WAITING)
    )
    if external_keys:
        query = query.where(quarantine.c.external_key.in_(keys.listed(external_keys)))
    rows = connection.execute(query.order_by(quarantine.c.first_seen))
    return {row.external_key: row.payload for row in rows}


def count_open(connection: Connection, stream: str | None = None) -> int:
    """How many documents wait for a person."""
    query = select(func.count()).select_from(quarantine).where(quarantine.c.state == "open")
    if stream:
        query = query.where(quarantine.c.stream == stream)
    return connection.execute(query).scalar_one()
