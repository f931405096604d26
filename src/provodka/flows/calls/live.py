"""Calls that go on now: kept, told to whoever listens, forgotten a day after their end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, text

from provodka.connectors.crm_store.engine import dump_json
from provodka.connectors.telephony.numbers import Kind, normalize
from provodka.connectors.telephony.options import PbxOptions
from provodka.connectors.telephony.source import LiveCall

__all__ = ["CHANNEL", "GoingOn", "forget_live", "going_on", "keep_live"]

CHANNEL = "hub_call"
"""PostgreSQL's NOTIFY channel; the payload names a call and never whose it is."""
WAYS = {"in": "incoming", "out": "outgoing", "internal": "internal"}
KEEP = text("""
    INSERT INTO hub.live_call AS kept
        (source, call_key, state, direction, client_number, did, extension, started_at, at)
    VALUES (:source, :call_key, :state, :direction, :number, :did, :extension, :at, :at)
    ON CONFLICT (source, call_key) DO UPDATE SET
        state = excluded.state, at = excluded.at,
        client_number = coalesce(excluded.client_number, kept.client_number),
        did = coalesce(excluded.did, kept.did),
        extension = coalesce(excluded.extension, kept.extension)
    WHERE kept.state <> 'ended' AND kept.at <= excluded.at
        AND (kept.state <> 'answered' OR excluded.state <> 'ringing')
        AND (kept.state, kept.client_number, kept.did, kept.extension) IS DISTINCT FROM
            (excluded.state, coalesce(excluded.client_number, kept.client_number),
             coalesce(excluded.did, kept.did), coalesce(excluded.extension, kept.extension))
    RETURNING call_key
""")
TELL = text("SELECT pg_notify(:channel, :payload)")
FORGET = text("DELETE FROM hub.live_call WHERE at < CAST(:now AS timestamptz) - interval '1 day'")
END = text("""
    UPDATE hub.live_call SET state = 'ended', at = :now WHERE source = :source AND state <> 'ended'
""")
NOW = text("""
    SELECT source, call_key, state, direction, client_number, did, extension, started_at, at
    FROM hub.live_call WHERE state <> 'ended' ORDER BY started_at, call_key
""")


@dataclass(frozen=True, slots=True)
class GoingOn:
    """A call that has not ended, as far as the PBX has told."""

    source: str
    call_key: str
    state: str
    direction: str
    client_number: str | None = field(repr=False)
    did: str | None
    extension: str | None
    started_at: datetime
    at: datetime


def keep_live(connection: Connection, options: PbxOptions, calls: Sequence[LiveCall]) -> int:
    """Keep what is new about calls, and notify `CHANNEL`; how many changed.

    Events may come late or twice: an ended call stays ended, one that talks does not ring.
    """
    changed = 0
    for call in calls:
        number = normalize(call.client_number, internal_lengths=options.internal_lengths)
        told = {
            "source": options.name,
            "call_key": call.source_call_key,
            "state": call.state,
            "direction": WAYS[call.direction],
            "number": None if number.kind is Kind.HIDDEN else number.best,
            "did": call.did or None,
            "extension": call.extension or None,
            "at": call.at,
        }
        if connection.execute(KEEP, told).first() is not None:
            changed += 1
            payload = {name: told[name] for name in ("source", "call_key", "state", "extension")}
            connection.execute(TELL, {"channel": CHANNEL, "payload": dump_json(payload)})
    if calls:
        connection.execute(FORGET, {"now": calls[-1].at})
    return changed


def forget_live(connection: Connection, source: str, now: datetime) -> None:
    """Take the calls of a PBX for ended: it was not listened to, and may have ended them."""
    connection.execute(END, {"source": source, "now": now})


def going_on(connection: Connection) -> list[GoingOn]:
    """The calls of this moment, the oldest first."""
    return [GoingOn(**row._mapping) for row in connection.execute(NOW)]
