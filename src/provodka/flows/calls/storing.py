"""Calls from their legs into the store: reduced, linked to whom they concern, shown on deals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, text

from provodka.connectors.crm_store.merge import merge
from provodka.connectors.crm_store.tables import talk
from provodka.connectors.telephony.legs import Leg
from provodka.connectors.telephony.reducer import reduce_call
from provodka.flows.calls.calling_back import track
from provodka.flows.calls.linking import Linked, interactions, link
from provodka.flows.calls.pairing import DIRECTIONS, placed

__all__ = ["CallSource", "store_calls"]

CALL_COLUMNS = (
    *("id", "source", "call_key", "direction", "outcome", "started_at", "ended_at"),
    *("wait_seconds", "talk_seconds", "hold_seconds", "client_number", "extension", "did"),
    *("client_id", "contact_id", "employee_id", "ambiguous", "queue", "rung", "transfers"),
    *("forwarded_to", "voicemail", "menu", "recording", "recording_until"),
)
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7365006)")
"""Two sources that tell of one call at the same moment must see each other's."""


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

    @property
    def call_back_minutes(self) -> int:
        """How soon after a missed call its number must be called back."""
        ...


def store_calls(
    connection: Connection, source: CallSource, legs: Mapping[str, Sequence[Leg]]
) -> int:
    """Reduce all legs of each call (by its key), and keep the calls; returns how many changed."""
    lengths = source.internal_lengths
    calls = [reduce_call(one, internal_lengths=lengths) for one in legs.values()]
    if not calls:
        return 0
    connection.execute(ONE_AT_A_TIME)
    linked = link(connection, placed(connection, source.name, calls))
    changed = merge(
        connection, talk.call, CALL_COLUMNS, map(_row, linked), key=("source", "call_key")
    )
    ids = [one.placed.id for one in linked]
    interactions(connection, ids)
    track(connection, ids, timedelta(minutes=source.call_back_minutes))
    return changed


def _row(one: Linked) -> tuple[Any, ...]:
    call, place = one.placed.call, one.placed
    return (
        place.id,
        place.source,
        place.call_key,
        DIRECTIONS[call.direction],
        call.outcome.value,
        call.started_at,
        call.ended_at,
        call.wait_seconds,
        call.talk_seconds,
        call.hold_seconds,
        call.client_number or None,
        call.answered_by or call.placed_by or None,
        call.did or None,
        one.client,
        one.contact,
        one.employee,
        one.ambiguous,
        call.queue or None,
        list(call.extensions_rung) or None,
        [asdict(handed) for handed in call.transfers] or None,
        call.forwarded_to or None,
        call.voicemail,
        call.menu,
        call.recording or None,
        call.recording_until,
    )
