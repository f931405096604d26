"""The legs of calls, kept as the PBX told them, so that a call can be reduced anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import fields
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import Connection, text

from provodka.connectors.crm_store.merge import merge
from provodka.connectors.crm_store.tables.talk import call_leg
from provodka.connectors.telephony.legs import Leg

__all__ = ["keep_legs", "legs_of"]

COLUMNS = ("source", "leg_key", "call_key", "leg")
EARLIER = text("""
    SELECT call_key, leg_key, leg::text FROM hub.call_leg
    WHERE source = :source AND call_key = ANY(:calls)
""")
READ = msgspec.json.Decoder(Leg)
NAMES = tuple(field.name for field in fields(Leg))
USUAL = tuple(field.default for field in fields(Leg))
values_of = attrgetter(*NAMES)


def keep_legs(connection: Connection, source: str, legs: Iterable[Leg]) -> Mapping[str, list[Leg]]:
    """Keep legs under their keys; returns all legs of each call (by its key) that they touch."""
    new = {"\x1f".join(leg.key): leg for leg in legs}
    calls: dict[str, list[Leg]] = defaultdict(list)
    for leg in new.values():
        calls[leg.linkedid].append(leg)
    given = {"source": source, "calls": [*calls]}
    for call_key, leg_key, leg in connection.execute(EARLIER, given):
        if leg_key not in new:
            calls[call_key].append(READ.decode(leg))
    rows = [(source, key, leg.linkedid, _told(leg)) for key, leg in new.items()]
    merge(connection, call_leg, COLUMNS, rows, key=("source", "leg_key"))
    return calls


def _told(leg: Leg) -> dict[str, Any]:
    """What a leg says beyond the usual."""
    told = zip(NAMES, values_of(leg), USUAL, strict=True)
    return {name: value for name, value, usual in told if value != usual}


def legs_of(connection: Connection, source: str, calls: Iterable[str]) -> Mapping[str, list[Leg]]:
    """All legs kept of these calls, by the call's key."""
    found: dict[str, list[Leg]] = defaultdict(list)
    given = {"source": source, "calls": [*calls]}
    for call_key, _leg_key, leg in connection.execute(EARLIER, given):
        found[call_key].append(READ.decode(leg))
    return found
