"""Balances into the store: those that are understood, and those that wait for a parent.

One that waits is taken in with its parent's page; a reading that goes on meanwhile has the last
word, because it holds what waits until it has committed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Table

from provodka.connectors.crm_store import bindings, parked
from provodka.connectors.crm_store.merge import append, merge
from provodka.connectors.crm_store.parked import Parked
from provodka.connectors.crm_store.tables import hub, metadata
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.refusals import REFUSALS
from provodka.flows.work import Later
from provodka.foundation.identifiers import uuid7
from provodka.mappings.balances.compiled import Balance
from provodka.mappings.balances.placing import Standing, Unready, resumed

__all__ = ["AS_OF", "await_parents", "store_standings", "table_of", "take_waiting_balances"]

log = structlog.get_logger("provodka.balances")
BOUND = ("system", "kind", "external_key", "document")
AS_OF = "as_of"


def table_of(one: Balance) -> Table:
    """The store's table of a balance."""
    return metadata.tables[f"crm.{one.kind}"]


def store_standings(
    connection: Connection, one: Balance, standings: Sequence[Standing], as_of: datetime
) -> Counter[str]:
    """Merge balances; counts `new`, `changed`, `same`.

    A balance that stays as it was stays untouched, the moment it was read at included.
    """
    wanted = [(one.kind, standing.key) for standing in standings]
    known = bindings.documents(connection, SYSTEM, wanted)
    keys = {key: known.get(key) or uuid7() for key in wanted}
    rows = [(keys[(one.kind, each.key)], *each.values, as_of) for each in standings]
    columns = ("id", *one.columns, AS_OF)
    merged = merge(connection, table_of(one), columns, rows, compare=one.columns)
    fresh = [(SYSTEM, *key, keys[key]) for key in wanted if key not in known]
    append(connection, hub.binding, BOUND, fresh)
    counts = Counter(new=len(fresh), changed=merged - len(fresh))
    counts["same"] = len(standings) - merged
    return counts


def await_parents(
    connection: Connection, one: Balance, unready: Sequence[Unready], as_of: datetime
) -> None:
    """Park these balances; whichever else has waited under this name waits no more."""
    waiting = {each.key for each in unready}
    before = parked.hold(connection, one.name)
    parked.release(connection, one.name, sorted(before.keys() - waiting))
    told = {AS_OF: as_of.isoformat(), "mapping": one.version}
    parked.park(connection, (_parked(one, each, told) for each in unready))


def take_waiting_balances(
    connection: Connection, one: Balance, keys: Sequence[str], later: Later
) -> Counter[str]:
    """Take in those of the parked balances whose parents are all here; counts as `store_standings`.

    Left where they are: those that a reading has in its hands, that a plan does not know (`later`),
    that were read by another declaration, or that the store refuses: the next reading sees to them.
    """
    found = parked.hold(connection, one.name, keys, wait=False)
    by_moment: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for key, payload in found.items():
        if payload["mapping"] == one.version and (one.kind, key) not in later:
            by_moment[payload[AS_OF]].append(payload)
    counts: Counter[str] = Counter()
    for moment, payloads in by_moment.items():
        try:
            with connection.begin_nested():
                counts += _take(connection, one, payloads, datetime.fromisoformat(moment))
        except REFUSALS as refusal:
            log.warning("waiting_balances_refused", balance=one.name, error=type(refusal).__name__)
    return counts


def _take(
    connection: Connection, one: Balance, payloads: Sequence[Mapping[str, Any]], as_of: datetime
) -> Counter[str]:
    referred = {
        (dimension.argument, value)
        for payload in payloads
        for dimension, value in zip(one.dimensions, payload["wire"], strict=True)
        if dimension.how == "reference" and value
    }
    known = bindings.documents(connection, SYSTEM, referred)
    reading = resumed(one, payloads, known)
    told = {AS_OF: as_of.isoformat(), "mapping": one.version}
    parked.park(connection, (_parked(one, each, told) for each in reading.unready))
    parked.release(connection, one.name, [each.key for each in reading.standings])
    return store_standings(connection, one, reading.standings, as_of)


def _parked(one: Balance, each: Unready, told: Mapping[str, str]) -> Parked:
    payload = {**each.payload, **told}
    return Parked(one.name, each.key, each.parent_kind, each.parent_key, payload)
