"""What a run would do, as a value: read from the journal of the transaction that is undone.

A plan made twice in the same world is the same to the last letter: keys that are made anew each
time are told by what the document is in its own system, and the time of the run is told as `now`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text

from provodka.connectors.crm_store.engine import dump_json, load_json
from provodka.connectors.crm_store.journal import Delta
from provodka.connectors.crm_store.keys import listed_ids
from provodka.connectors.crm_store.tables.hub import binding, conflict, parked, quarantine
from provodka.flows.insight.changes import Entry, FieldChange, folded, whole_op
from provodka.flows.insight.history import COLUMNS
from provodka.flows.insight.titles import Key, titles

__all__ = [
    "Dispute",
    "Held",
    "Plan",
    "PlannedChange",
    "PlannedEntry",
    "PlannedField",
    "Push",
    "Reason",
    "Wire",
    "plain",
    "read_disputes",
    "read_plan",
]

NOW = "now"
CLOCKED = frozenset({"stage_entered_at", "finished_at"})
"""Columns that the store fills with the very moment of the change."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a value gives way: `wins` is `ours` or `theirs`, `why` a code (`wording.why_word`)."""

    wins: str = ""
    why: str = ""


Reasons = Callable[[str, UUID, Entry, FieldChange], Reason]


@dataclass(frozen=True, slots=True)
class PlannedField:
    """One field: what it is, what it would be, whose value that is and why."""

    field: str
    before: Any
    after: Any
    wins: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class PlannedEntry:
    """One row that would change: the document itself, or line `line` of its part."""

    part: str
    line: int | None
    op: str
    fields: tuple[PlannedField, ...]


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One document of the store that would be created, changed or deleted (`op` as in SQL).

    `document` is its key, or for one that would be created its name in the system that it
    comes from, `onec:invoice:…`.
    """

    op: str
    kind: str
    document: str
    title: str
    origin: str
    entries: tuple[PlannedEntry, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A document that would not get in: set aside with a reason, or parked for its parent."""

    stream: str
    external_key: str
    reason: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A field that both sides have changed differently: it would wait for a person."""

    stream: str
    kind: str
    document: str
    title: str
    field: str
    base: Any
    ours: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Wire:
    """One request that would change something in another system, to the letter."""

    method: str
    path: str
    body: Any


@dataclass(frozen=True, slots=True)
class Push:
    """One document that would be written to 1C: `op` as in `PlannedChange`.

    `fields` are in the hub's words, `writes` what would go over the wire, in its order. `state`
    and `trouble` tell how it would end, as far as that can be known: `dead` if it cannot be sent.
    """

    op: str
    kind: str
    document: str
    title: str
    state: str
    trouble: str
    fields: tuple[PlannedField, ...]
    writes: tuple[Wire, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a run of these streams would do, both ways."""

    changes: tuple[PlannedChange, ...] = ()
    set_aside: tuple[Held, ...] = ()
    parked: tuple[Held, ...] = ()
    conflicts: tuple[Dispute, ...] = ()
    pushes: tuple[Push, ...] = ()
    streams: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of all of it; the order of the items does not count."""
        told = plain(self)
        for name, items in told.items():
            if name != "streams":
                items.sort(key=lambda item: json.dumps(item, sort_keys=True, default=str))
        text_of = json.dumps(told, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(text_of.encode()).hexdigest()

    @property
    def size(self) -> int:
        """How many items it has."""
        held = len(self.set_aside) + len(self.parked) + len(self.conflicts)
        return len(self.changes) + len(self.pushes) + held


def plain(value: Any) -> Any:
    """A value as it comes back from JSON."""
    return load_json(dump_json(value))


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
            return known or (NOW if _same_moment(value, self._now) else value)
        if isinstance(value, list):
            return [self._masked(one, masks) for one in value]
        if isinstance(value, dict):
            return {name: self._masked(one, masks) for name, one in value.items()}
        return value


def _is_made(entries: tuple[Entry, ...]) -> bool:
    return any(entry.part == "" and entry.op == "insert" for entry in entries)


def _same_moment(value: str, now: str) -> bool:
    """Both are ISO times in UTC; one may say `Z`, the other `+00:00`."""
    return value[:19] == now[:19] and value.replace("+00:00", "Z") == now.replace("+00:00", "Z")


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
