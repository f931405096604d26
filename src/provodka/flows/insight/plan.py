"""What a run would do, read from the journal of the transaction that is undone."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text

from provodka.connectors.crm_store.journal import Delta
from provodka.connectors.crm_store.keys import listed_ids
from provodka.connectors.crm_store.tables.hub import binding, conflict, parked, quarantine
from provodka.dashboards.insight.changes import Entry, FieldChange, folded, whole_op
from provodka.dashboards.insight.history import COLUMNS
from provodka.dashboards.insight.titles import Key, reference_kind, titles
from provodka.flows.insight.planned import (
    Dispute,
    Held,
    Plan,
    PlannedChange,
    PlannedEntry,
    PlannedField,
    Reason,
    plain,
    same_moment,
)

__all__ = ["Reasons", "read_disputes", "read_names", "read_plan"]

NOW = "now"
NATURAL = {"call": ("source", "call_key")}
"""Documents that are never bound: the columns that their source knows them by."""
CLOCKED = frozenset({"stage_entered_at", "finished_at", "as_of"})
"""Columns that the store fills with the very moment of the change."""


Reasons = Callable[[str, UUID, Entry, FieldChange], Reason]


def no_reason(_kind: str, _document: UUID, _entry: Entry, _field: FieldChange) -> Reason:
    """Nothing is known about who decided."""
    return Reason()


def read_plan(
    connection: Connection, reasons: Reasons = no_reason, *, streams: tuple[str, ...] = ()
) -> Plan:
    """What the current transaction has done so far; call inside the rehearsal."""
    rows = connection.execute(
        text(f"SELECT {COLUMNS} FROM hub.delta WHERE xid = pg_current_xact_id() ORDER BY id")  # noqa: S608
    )
    groups: dict[Key, list[Delta]] = defaultdict(list)
    for row in rows:
        delta = Delta(**{**row._mapping, "xid": int(row.xid)})
        groups[(delta.kind, delta.document)].append(delta)
    reading = _Reading(connection, reasons, titles(connection, groups))
    return Plan(
        changes=reading.changes(groups),
        set_aside=_set_aside(connection),
        parked=_parked(connection),
        conflicts=read_disputes(connection),
        streams=streams,
    )


class _Reading:
    """Names made anew each time, by what stays the same."""

    def __init__(self, connection: Connection, reasons: Reasons, named: Mapping[Key, str]) -> None:
        self._connection = connection
        self._reasons = reasons
        self._named = named
        self._now = str(plain(connection.execute(text("SELECT now()")).scalar_one()))
        self._names: dict[str, str] = {}

    def changes(self, groups: Mapping[Key, list[Delta]]) -> tuple[PlannedChange, ...]:
        told = {key: folded(deltas) for key, deltas in groups.items()}
        told = {key: entries for key, entries in told.items() if entries}
        made = {key: entries for key, entries in told.items() if _is_made(entries)}
        self._name(made)
        return tuple(
            PlannedChange(
                whole_op(entries),
                kind,
                self._names.get(str(document), str(document)),
                self._named.get((kind, document), ""),
                groups[(kind, document)][-1].origin,
                tuple(self._entry(kind, document, one) for one in entries),
            )
            for (kind, document), entries in told.items()
        )

    def _name(self, made: Mapping[Key, tuple[Entry, ...]]) -> None:
        """Documents that another system knows go by its keys, the others by what they hold."""
        keys = [document for _kind, document in made]
        bound = self._connection.execute(
            select(binding.c.system, binding.c.kind, binding.c.external_key, binding.c.document)
            .where(binding.c.document.in_(listed_ids(keys)))
            .order_by(binding.c.system)
        )
        for row in bound:
            self._names[str(row.document)] = f"{row.system}:{row.kind}:{row.external_key}"
        for (kind, document), entries in made.items():
            if kind in NATURAL:
                self._names[str(document)] = _natural(kind, entries)
        times: Counter[str] = Counter()
        unbound = {str(key) for key in keys} - self._names.keys()
        masks = dict.fromkeys(unbound, "?")
        for (kind, document), entries in made.items():
            if str(document) in unbound:
                said = json.dumps(self._masked(plain(entries), masks), default=str)
                name = f"{kind}~{hashlib.sha256(said.encode()).hexdigest()[:12]}"
                times[name] += 1
                self._names[str(document)] = f"{name}#{times[name]}" if times[name] > 1 else name

    def _entry(self, kind: str, document: UUID, entry: Entry) -> PlannedEntry:
        fields = (self._field(kind, document, entry, one) for one in entry.fields)
        return PlannedEntry(entry.part, entry.line, entry.op, tuple(fields))

    def _field(self, kind: str, document: UUID, entry: Entry, one: FieldChange) -> PlannedField:
        reason = self._reasons(kind, document, entry, one)
        before, after = (self._masked(plain(side), {}) for side in (one.before, one.after))
        if one.field in CLOCKED and after is not None:
            after = NOW
        return PlannedField(one.field, before, after, reason.wins, reason.why)

    def _masked(self, value: Any, masks: Mapping[str, str]) -> Any:
        if isinstance(value, str):
            known = masks.get(value) or self._names.get(value)
            return known or (NOW if same_moment(value, self._now) else value)
        if isinstance(value, list):
            return [self._masked(one, masks) for one in value]
        if isinstance(value, dict):
            return {name: self._masked(one, masks) for name, one in value.items()}
        return value


def _is_made(entries: tuple[Entry, ...]) -> bool:
    return any(entry.part == "" and entry.op == "insert" for entry in entries)


def _natural(kind: str, entries: tuple[Entry, ...]) -> str:
    fields = {one.field: one.after for entry in entries for one in entry.fields if not entry.part}
    return ":".join([kind, *(str(fields.get(name)) for name in NATURAL[kind])])


def read_names(connection: Connection, plan: Plan) -> Mapping[str, str]:
    """What people call the documents that a plan's fields refer to, by the keys it knows them by.

    Call inside the rehearsal.
    """
    wanted: set[Key] = set()
    for change in plan.changes:
        for entry in change.entries:
            for one in entry.fields:
                target = reference_kind(change.kind, entry.part, one.field)
                sides = (one.before, one.after) if target else ()
                wanted |= {(target or "", UUID(side)) for side in sides if _is_key(side)}
    named = {str(key): title for (_kind, key), title in titles(connection, wanted).items()}
    made = {one.document: one.title for one in plan.changes}
    return {key: title for key, title in (made | named).items() if title}


def _is_key(side: Any) -> bool:
    try:
        return isinstance(side, str) and bool(UUID(side))
    except ValueError:
        return False


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


def read_disputes(connection: Connection) -> tuple[Dispute, ...]:
    """Conflicts that the current transaction has met for the first time."""
    rows = connection.execute(
        select(conflict)
        .where(conflict.c.seen_at == text("now()"), conflict.c.resolved_at.is_(None))
        .order_by(conflict.c.id)
    ).all()
    named = titles(connection, [(row.kind, row.document) for row in rows])
    return tuple(
        Dispute(
            row.stream,
            row.kind,
            str(row.document),
            named.get((row.kind, row.document), ""),
            row.field,
            plain(row.base),
            plain(row.ours),
            plain(row.theirs),
        )
        for row in rows
    )
