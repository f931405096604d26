"""What a rehearsed run would change, told by the journal of the transaction that is undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text

from provodka.connectors.crm_store.journal import Delta
from provodka.connectors.crm_store.tables.hub import parked, quarantine
from provodka.flows.insight.changes import Entry, folded, whole_op
from provodka.flows.insight.history import COLUMNS
from provodka.flows.insight.titles import Key, titles

__all__ = ["Held", "Plan", "PlannedChange", "read_plan"]


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One document that would be created (`insert`), changed (`update`) or deleted (`delete`)."""

    op: str
    kind: str
    document: UUID
    title: str
    origin: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A document that would not get in: set aside with a reason, or parked for its parent."""

    stream: str
    external_key: str
    reason: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that the rehearsal did."""

    changes: tuple[PlannedChange, ...]
    set_aside: tuple[Held, ...]
    parked: tuple[Held, ...]


def read_plan(connection: Connection) -> Plan:
    """What the current transaction has done so far; call inside the rehearsal."""
    rows = connection.execute(
        text(f"SELECT {COLUMNS} FROM hub.delta WHERE xid = pg_current_xact_id() ORDER BY id")  # noqa: S608
    )
    groups: dict[Key, list[Delta]] = defaultdict(list)
    for row in rows:
        delta = Delta(**{**row._mapping, "xid": int(row.xid)})
        groups[(delta.kind, delta.document)].append(delta)
    named = titles(connection, groups)
    changes = (_planned(key, deltas, named) for key, deltas in groups.items())
    return Plan(
        changes=tuple(change for change in changes if change is not None),
        set_aside=_set_aside(connection),
        parked=_parked(connection),
    )


def _planned(key: Key, deltas: list[Delta], named: Mapping[Key, str]) -> PlannedChange | None:
    entries = folded(deltas)
    if not entries:
        return None
    title = named.get(key, "")
    return PlannedChange(whole_op(entries), *key, title, deltas[-1].origin, entries)


def _set_aside(connection: Connection) -> tuple[Held, ...]:
    """Rows written by this transaction carry its own time, which stands still."""
    rows: Any = connection.execute(
        select(quarantine).where(
            quarantine.c.last_seen == text("now()"), quarantine.c.state == "open"
        )
    )
    return tuple(
        Held(row.stream, row.external_key, f"{row.place}: {row.found}", row.next_step)
        for row in rows
    )


def _parked(connection: Connection) -> tuple[Held, ...]:
    rows: Any = connection.execute(select(parked).where(parked.c.since == text("now()")))
    return tuple(
        Held(row.stream, row.external_key, f"{row.waits_for_kind}:{row.waits_for_key}")
        for row in rows
    )
