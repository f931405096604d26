"""Whether the store has done with what it was given: only then may a message be confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, union

from provodka.connectors.crm_store import bindings
from provodka.connectors.crm_store.keys import listed
from provodka.connectors.crm_store.tables import hub
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.taking import stream_of
from provodka.mappings.compiled import Mapping

__all__ = ["unsettled", "untaken"]


def unsettled(connection: Connection, mapping: Mapping, rows: Sequence[dict[str, Any]]) -> int:
    """How many rows must be read once more, in the transaction that took them.

    A row is done with when its version is agreed on, when it waits for its parent or for a
    person, or when it does not concern the hub. What the courier is writing at this moment, or
    has agreed on since the rows were asked for, was left alone, and is not.
    """
    keyed = {key: row for row in rows if isinstance(key := row.get("Ref_Key"), str)}
    known = bindings.versions(connection, SYSTEM, mapping.kind, list(keyed))
    left = [key for key, row in keyed.items() if _is_left(mapping, known.get(key), row)]
    return len(set(left) - untaken(connection, mapping, left)) if left else 0


def _is_left(mapping: Mapping, known: tuple[Any, str | None] | None, row: dict[str, Any]) -> bool:
    if known is None and row.get("DeletionMark") is True:
        return False
    if known is not None and known[1] == row.get("DataVersion"):
        return False
    return all(_is_one_of(row.get(name), allowed) for name, allowed, _place in mapping.only)


def _is_one_of(value: Any, allowed: frozenset[Any]) -> bool:
    return isinstance(value, str | int) and value in allowed


def untaken(connection: Connection, mapping: Mapping, keys: Sequence[str]) -> set[str]:
    """Those of the keys whose newest version is parked, or set aside."""
    stream, parked, aside = stream_of(mapping), hub.parked, hub.quarantine
    places = union(
        select(parked.c.external_key).where(
            parked.c.stream == stream, parked.c.external_key.in_(listed(keys))
        ),
        select(aside.c.external_key).where(
            aside.c.stream == stream,
            aside.c.external_key.in_(listed(keys)),
            aside.c.state == "open",
        ),
    )
    return set(connection.execute(places).scalars())
