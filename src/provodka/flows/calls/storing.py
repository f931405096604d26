"""Calls from their legs into the store: reduced, linked to whom they concern, shown on deals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, select

from provodka.connectors.crm_store.merge import merge
from provodka.connectors.crm_store.tables import talk
from provodka.connectors.telephony.legs import Leg
from provodka.connectors.telephony.reducer import Call, Direction, reduce_call
from provodka.flows.calls.linking import Linked, interactions, link
from provodka.foundation.identifiers import uuid7

__all__ = ["CallSource", "store_calls"]

CALL_COLUMNS = (
    "id",
    "source",
    "call_key",
    "direction",
    "outcome",
    "started_at",
    "wait_seconds",
    "talk_seconds",
    "client_number",
    "extension",
    "did",
    "client_id",
    "employee_id",
    "ambiguous",
)

DIRECTIONS = {
    Direction.IN: "incoming",
    Direction.OUT: "outgoing",
    Direction.INTERNAL: "internal",
}


class CallSource(Protocol):
    """What the settings of a PBX tell about its calls."""

    @property
    def name(self) -> str:
        """How the company calls this PBX."""
        ...

    @property
    def internal_lengths(self) -> frozenset[int]:
        """Lengths of its extensions in digits."""
        ...


def store_calls(
    connection: Connection, source: CallSource, legs: Mapping[str, Sequence[Leg]]
) -> int:
    """Reduce all legs of each call (by its key), and keep the calls; returns how many changed."""
    calls = [reduce_call(one, internal_lengths=source.internal_lengths) for one in legs.values()]
    ids = _known(connection, source.name, calls)
    linked = link(connection, calls)
    rows = [_row(ids.get(one.call.call_key) or uuid7(), source.name, one) for one in linked]
    changed = merge(connection, talk.call, CALL_COLUMNS, rows, key=("source", "call_key"))
    interactions(connection, source.name, [call.call_key for call in calls])
    return changed


def _known(connection: Connection, source: str, calls: Sequence[Call]) -> dict[str, Any]:
    rows = connection.execute(
        select(talk.call.c.call_key, talk.call.c.id).where(
            talk.call.c.source == source,
            talk.call.c.call_key.in_([call.call_key for call in calls]),
        )
    )
    return {row.call_key: row.id for row in rows}


def _row(key: Any, source: str, one: Linked) -> tuple[Any, ...]:
    call = one.call
    return (
        key,
        source,
        call.call_key,
        DIRECTIONS[call.direction],
        call.outcome.value,
        call.started_at,
        call.wait_seconds,
        call.talk_seconds,
        call.client_number or None,
        call.answered_by or call.placed_by or None,
        call.did or None,
        one.client,
        one.employee,
        one.ambiguous,
    )
