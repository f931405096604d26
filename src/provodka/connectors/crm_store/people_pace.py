"""How often one may try to sign in: counted in the store, so that a restart forgets nothing.

Addresses and logins are not kept: their hashes choose one of a fixed number of slots. Whoever
shares a slot shares its limit, which is rare, and memory has a bound.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, text

from provodka.connectors.crm_store.tables.people import sign_in_pace

__all__ = ["Limits", "Tried", "forgive", "sweep", "tried"]

SLOTS = 1 << 18
"""Slots of each kind of key; a full table takes about 50 MB."""
NO_SLOT = -1
KINDS = ("address", "login", "pair")
COUNT = text("""
    INSERT INTO hub.sign_in_pace AS p (slot, tries, since)
    SELECT slot, 1, :now FROM unnest(CAST(:slots AS int[])) slot ORDER BY slot
    ON CONFLICT (slot) DO UPDATE SET
        tries = CASE WHEN p.since <= :begun THEN 1 ELSE least(p.tries + 1, 1000000) END,
        since = CASE WHEN p.since <= :begun THEN :now ELSE p.since END
    RETURNING slot, tries, since
""")
FORGIVE = text("""
    UPDATE hub.sign_in_pace
    SET tries = CASE WHEN slot = :pair THEN 0 ELSE greatest(tries - 1, 0) END
    WHERE slot = ANY(CAST(:slots AS int[]))
""")


@dataclass(frozen=True, slots=True)
class Limits:
    """Tries in a span: of one login from one address, of one address, of one login."""

    pair: int = 5
    address: int = 30
    login: int = 50
    span: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a try counted to: how long to wait, if at all; whether it is the first too many."""

    wait: timedelta | None = None
    first: bool = False


def tried(connection: Connection, address: str, login: str, now: datetime, limits: Limits) -> Tried:
    """Count a try before it is looked at. Commit it whatever comes of the try.

    An empty login counts for the address alone.
    """
    slots = _slots(address, login)
    given = {"slots": sorted(slots.values()), "now": now, "begun": now - limits.span}
    found = {row.slot: row for row in connection.execute(COUNT, given)}
    over = {
        slot: found[slot].tries - getattr(limits, kind)
        for kind, slot in slots.items()
        if found[slot].tries > getattr(limits, kind)
    }
    if not over:
        return Tried()
    wait = max(found[slot].since + limits.span - now for slot in over)
    return Tried(wait, first=set(over.values()) == {1})


def forgive(connection: Connection, address: str, login: str) -> None:
    """The try was right: it does not count, nor do the failures of this login from there."""
    slots = _slots(address, login)
    given = {"pair": slots.get("pair", NO_SLOT), "slots": list(slots.values())}
    connection.execute(FORGIVE, given)


def sweep(connection: Connection, before: datetime) -> int:
    """Forget spans that began before a moment; how many slots."""
    old = delete(sign_in_pace).where(sign_in_pace.c.since <= before)
    return connection.execute(old).rowcount


def _slots(address: str, login: str) -> Mapping[str, int]:
    keys = {"address": address}
    if login:
        keys |= {"login": login, "pair": f"{address}\x1f{login}"}
    return {kind: KINDS.index(kind) * SLOTS + _digest(key) % SLOTS for kind, key in keys.items()}


def _digest(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big")
