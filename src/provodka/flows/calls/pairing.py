"""Which row of the store each reduced call is, also when two sources tell of one call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, text

from provodka.connectors.crm_store.merge import merge
from provodka.connectors.crm_store.tables.live import call_source
from provodka.connectors.telephony.reducer import Call, Direction, Handed, Outcome
from provodka.connectors.telephony.reducer.same import TOLERANCE, distance, joined, same_call
from provodka.foundation.identifiers import uuid7

__all__ = ["DIRECTIONS", "Placed", "placed"]

DIRECTIONS = {
    Direction.IN: "incoming",
    Direction.OUT: "outgoing",
    Direction.INTERNAL: "internal",
}
OTHERS = text("""
    SELECT EXISTS (SELECT FROM crm.call WHERE source < :source)
        OR EXISTS (SELECT FROM crm.call WHERE source > :source)
        OR EXISTS (SELECT FROM hub.call_source)
""")
KNOWN = text("SELECT call_key, id FROM crm.call WHERE source = :source AND call_key = ANY(:keys)")
PAIRED = text("""
    SELECT call_key, call_id FROM hub.call_source WHERE source = :source AND call_key = ANY(:keys)
""")
SAID = text("""
    SELECT s.call_id, s.source, s.said, c.source AS own_source, c.call_key AS own_key
    FROM hub.call_source s JOIN crm.call c ON c.id = s.call_id WHERE s.call_id = ANY(:ids)
""")
NEAR = text("""
    SELECT c.*, n.number AS asked FROM unnest(CAST(:numbers AS text[]),
        CAST(:starts AS timestamptz[])) AS n(number, at)
    JOIN crm.call c ON c.client_number = n.number
        AND c.started_at BETWEEN n.at - CAST(:within AS interval) AND n.at + :within
    WHERE c.source <> :source AND c.deleted_at IS NULL
        AND NOT EXISTS (SELECT FROM hub.call_source k
                        WHERE k.call_id = c.id AND k.source = :source)
""")
BURY = text("UPDATE crm.call SET deleted_at = now() WHERE id = ANY(:ids)")
BURY_SHOWN = text("UPDATE crm.interaction SET deleted_at = now() WHERE id = ANY(:ids)")
COLUMNS = ("source", "call_key", "call_id", "said")


@dataclass(frozen=True, slots=True)
class Placed:
    """A call and its row: the row's key, and the source and key under which it was first kept."""

    id: UUID
    source: str
    call_key: str
    call: Call


@dataclass(frozen=True, slots=True)
class _Pair:
    """A call of ours and another source's row that tells of the same."""

    call: Call
    row: Row[Any]


def placed(connection: Connection, source: str, calls: Sequence[Call]) -> list[Placed]:
    """Find or make the row of each call; a row is given once.

    Where another source has told of the same call, what both know is put together, and each
    one's word is kept, so that either can correct itself.
    """
    keys = [call.call_key for call in calls]
    given = {"source": source, "keys": keys}
    own = {row.call_key: row.id for row in connection.execute(KNOWN, given)}
    if not connection.execute(OTHERS, {"source": source}).scalar_one():
        return [_alone(source, call, own) for call in calls]
    paired = {row.call_key: row.call_id for row in connection.execute(PAIRED, given)}
    single = [call for call in calls if call.call_key not in paired]
    pairs = list(_pairs(single, _near(connection, source, single)))
    said = _new_words(source, pairs, own)
    said += [
        (source, call.call_key, paired[call.call_key], asdict(call))
        for call in calls
        if call.call_key in paired
    ]
    merge(connection, call_source, COLUMNS, said, key=("source", "call_key"))
    _bury(connection, pairs, own)
    together = {call_id for _source, _key, call_id, _said in said}
    alone = {call_key for _source, call_key, _id, _said in said}
    rest = [_alone(source, call, own) for call in calls if call.call_key not in alone]
    return [*rest, *_together(connection, together)]


def _alone(source: str, call: Call, own: Mapping[str, UUID]) -> Placed:
    return Placed(own.get(call.call_key) or uuid7(), source, call.call_key, call)


def _near(connection: Connection, source: str, calls: Iterable[Call]) -> dict[str, list[Row[Any]]]:
    asked = [call for call in calls if call.client_number]
    rows = connection.execute(
        NEAR,
        {
            "numbers": [call.client_number for call in asked],
            "starts": [call.started_at for call in asked],
            "within": TOLERANCE,
            "source": source,
        },
    )
    near: dict[str, dict[UUID, Row[Any]]] = defaultdict(dict)
    for row in rows:
        near[row.asked][row.id] = row
    return {number: [*found.values()] for number, found in near.items()}


def _pairs(calls: Iterable[Call], near: Mapping[str, list[Row[Any]]]) -> Iterable[_Pair]:
    """The closest first; a call of one source is never two calls of another."""
    found = [
        (distance(call, other), str(row.id), call, row)
        for call in calls
        for row in near.get(call.client_number, ())
        if same_call(call, other := _call_of(row))
    ]
    taken: set[str] = set()
    for _apart, row_id, call, row in sorted(found, key=lambda one: (*one[:2], one[2].call_key)):
        if not taken & {row_id, call.call_key}:
            taken |= {row_id, call.call_key}
            yield _Pair(call, row)


def _new_words(
    source: str, pairs: Iterable[_Pair], own: Mapping[str, UUID]
) -> list[tuple[Any, ...]]:
    words: list[tuple[Any, ...]] = []
    for pair in pairs:
        kept = _kept(pair, own)
        words.append((source, pair.call.call_key, kept, asdict(pair.call)))
        words.append((pair.row.source, pair.row.call_key, kept, asdict(_call_of(pair.row))))
    return words


def _kept(pair: _Pair, own: Mapping[str, UUID]) -> UUID:
    """The row that stays: the older one, where both sources have theirs already."""
    theirs: UUID = pair.row.id
    return min(own.get(pair.call.call_key, theirs), theirs)


def _bury(connection: Connection, pairs: Sequence[_Pair], own: Mapping[str, UUID]) -> None:
    """Make a tombstone of the younger row, where both sources had theirs."""
    both = [pair for pair in pairs if pair.call.call_key in own]
    gone = [max(own[pair.call.call_key], pair.row.id) for pair in both]
    if gone:
        connection.execute(BURY, {"ids": gone})
        connection.execute(BURY_SHOWN, {"ids": gone})


def _together(connection: Connection, ids: Iterable[UUID]) -> list[Placed]:
    words: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(SAID, {"ids": [*ids]}):
        words[row.call_id].append(row)
    return [
        Placed(key, said[0].own_source, said[0].own_key, _joined(said))
        for key, said in words.items()
    ]


def _joined(said: Sequence[Row[Any]]) -> Call:
    return joined([(row.source, msgspec.convert(row.said, Call)) for row in said])


def _call_of(row: Row[Any]) -> Call:
    """What a row of the store says, as a call: its own source's word."""
    incoming = row.direction != "outgoing"
    telephone = row.extension or ""
    call = Call(
        call_key=row.call_key,
        direction=next(one for one, name in DIRECTIONS.items() if name == row.direction),
        outcome=Outcome(row.outcome),
        started_at=row.started_at,
        ended_at=row.ended_at or row.started_at,
        wait_seconds=row.wait_seconds,
        talk_seconds=row.talk_seconds,
        client_number=row.client_number or "",
        did=row.did or "",
        answered_by=telephone if incoming and row.outcome == "answered" else "",
        placed_by="" if incoming else telephone,
        extensions_rung=tuple(row.rung or ()),
        leg_count=max(1, len(row.rung or ())),
        hold_seconds=row.hold_seconds,
        queue=row.queue or "",
        forwarded_to=row.forwarded_to or "",
        voicemail=row.voicemail,
        menu=row.menu,
        recording=row.recording or "",
        recording_until=row.recording_until,
    )
    transfers = tuple(Handed(**one) for one in row.transfers or ())
    return replace(call, transfers=transfers)
