"""Readings into rows: what is new goes in whole, what is known is reconciled field by field."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from provodka.connectors.crm_store import bindings, conflicts, outbox
from provodka.connectors.crm_store.bindings import Binding
from provodka.connectors.crm_store.engine import dump_json
from provodka.connectors.crm_store.merge import Json, Rendered, append, merge, render, replace_parts
from provodka.connectors.crm_store.references import looked_up
from provodka.connectors.crm_store.tables import hub
from provodka.flows.onec.deciding import decide
from provodka.flows.onec.matching import Assigned
from provodka.flows.onec.queueing import queue_push
from provodka.flows.onec.snapshots import snapshots
from provodka.flows.onec.stored import load, part_table, table_of
from provodka.flows.onec.tombstones import Marked, buried, bury, compare
from provodka.mappings.compiled import Mapping, Pair
from provodka.mappings.nesting import apply_changes
from provodka.mappings.reading import Reading, as_dict
from provodka.mappings.reconcile import FieldConflict
from provodka.mappings.snapshot import canonical, shape, unshape
from provodka.mappings.tombstones import MARK

__all__ = ["Appending", "Plan", "appending", "plan_page", "write"]

BINDING_COLUMNS = (
    "system",
    "kind",
    "external_key",
    "document",
    "external_version",
    "snapshot",
)


@dataclass
class Plan:
    """What a page changes: rows to merge, bindings to keep, tombstones, conflicts, answers."""

    all_new: bool = False
    new: int = 0
    changed: list[UUID] = field(default_factory=list)
    rows: list[tuple[UUID, Sequence[Any]]] = field(default_factory=list)
    parts: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    bindings: list[tuple[str, UUID, str, Json]] = field(default_factory=list)
    buried: list[UUID] = field(default_factory=list)
    alive: list[UUID] = field(default_factory=list)
    conflicts: list[tuple[UUID, FieldConflict]] = field(default_factory=list)
    dissolved: list[tuple[UUID, list[str]]] = field(default_factory=list)
    renamed: list[tuple[UUID, dict[str, str]]] = field(default_factory=list)
    answers: list[tuple[UUID, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Appending:
    """A page of newcomers, made ready for the database by whoever had the time.

    `rendered` holds the rows of each table (the documents' own under "", a part's under its
    name, "binding"); `parents` are the documents that they refer to, by kind.
    """

    new: int
    parents: dict[str, set[UUID]]
    rendered: dict[str, Rendered]

    @classmethod
    def joined(cls, pages: Sequence[Appending]) -> Appending:
        """Several pages as one."""
        parents: dict[str, set[UUID]] = defaultdict(set)
        rendered: dict[str, Rendered] = defaultdict(Rendered)
        for page in pages:
            for kind, keys in page.parents.items():
                parents[kind] |= keys
            for table, rows in page.rendered.items():
                rendered[table] += rows
        return cls(sum(page.new for page in pages), parents, rendered)


def plan_page(
    connection: Connection, system: str, mapping: Mapping, assigned: Iterable[Assigned]
) -> Plan:
    """Decide what each reading changes; what is deleted there and unknown here is not taken.

    A known document whose row somebody has removed from the store comes back under its key.
    """
    plan = Plan()
    readings = list(assigned)
    plan.all_new = not any(one.matched for one in readings)
    ours = load(connection, mapping, [one.document for one in readings if one.matched])
    newcomers = [one for one in readings if one.document not in ours and not one.reading.deleted]
    agreed = snapshots(mapping, [one.reading for one in newcomers])
    for one, snapshot in zip(newcomers, agreed, strict=True):
        _insert(plan, one, Json(snapshot))
    known = [one for one in readings if one.document in ours]
    _reconcile(connection, system, plan, mapping, known, ours)
    return plan


def _insert(plan: Plan, one: Assigned, agreed: Json) -> None:
    plan.new += 1
    reading = one.reading
    plan.rows.append((one.document, reading.values))
    for part, rows in reading.parts.items():
        plan.parts[part] += [(one.document, *row) for row in rows]
    _bind(plan, one, agreed)


def _bind(plan: Plan, one: Assigned, agreed: Json) -> None:
    reading = one.reading
    plan.bindings.append((reading.external_key, one.document, reading.external_version, agreed))


def _reconcile(
    connection: Connection,
    system: str,
    plan: Plan,
    mapping: Mapping,
    known: Sequence[Assigned],
    ours: AnyMapping[UUID, dict[str, Any]],
) -> None:
    if not known:
        return
    keys = [one.document for one in known]
    bases = bindings.by_documents(connection, system, [(mapping.kind, key) for key in keys])
    strangers = [key for key in keys if (mapping.kind, key) not in bases]
    said = outbox.said_before(connection, system, strangers) if mapping.marker else {}
    disputed = conflicts.open_fields(connection, keys)
    graves = buried(connection, table_of(mapping), keys)
    for one in known:
        base = bases.get((mapping.kind, one.document))
        agreed = base.snapshot if base else said.get(one.document)
        values, parts = as_dict(mapping, one.reading)
        waiting = disputed.get(one.document, set())
        sides = (agreed, ours[one.document], shape(values, parts))
        decided = decide(connection, system, mapping, one.document, sides, waiting - {MARK})
        changed = bool(decided.take or decided.conflicts)
        mark = compare(
            agreed,
            graves.get(one.document),
            one.reading.deleted,
            writes=mapping.writes,
            changed=changed,
            waiting=waiting,
        )
        _mark(plan, one, mark, waiting)
        plan.dissolved += [(one.document, decided.dissolved)] if decided.dissolved else []
        plan.renamed += [(one.document, decided.renamed)] if decided.renamed else []
        if decided.take or decided.reordered:
            _change(plan, mapping, one, apply_changes(decided.ours, decided.take))
        plan.conflicts += [(one.document, conflict) for conflict in decided.conflicts]
        unsent = (decided.send or decided.moved) and not one.reading.deleted
        if mapping.writes and (unsent or mark.verdict == "send"):
            plan.answers.append((one.document, one.reading.external_version))
        settled = mark.kept_in(decided.settled(agreed, sent=False), agreed)
        if not (base and _agreed_already(base, one.reading, settled)):
            _bind(plan, one, Json(dump_json(settled)))


def _mark(plan: Plan, one: Assigned, mark: Marked, waiting: Collection[str]) -> None:
    if mark.verdict == "take":
        (plan.buried if mark.theirs else plan.alive).append(one.document)
    elif mark.verdict == "ask":
        plan.conflicts.append((one.document, mark.conflict))
    elif MARK in waiting:
        plan.dissolved.append((one.document, [MARK]))


def _agreed_already(base: Binding, reading: Reading, settled: dict[str, Any]) -> bool:
    return base.external_version == reading.external_version and canonical(base.snapshot) == settled


def _change(plan: Plan, mapping: Mapping, one: Assigned, document: dict[str, Any]) -> None:
    values, parts = unshape(document)
    plan.changed.append(one.document)
    plan.rows.append((one.document, [values[name] for name in mapping.columns]))
    columns = mapping.part_columns
    for part, rows in parts.items():
        plan.parts[part] += [(one.document, *(row[name] for name in columns[part])) for row in rows]


def write(
    connection: Connection, system: str, mapping: Mapping, plan: Plan | Appending
) -> Counter[str]:
    """Carry out a plan in the current transaction.

    Counts `new`, `changed`, `deleted`, `conflicts`.
    """
    if isinstance(plan, Appending):
        return _append(connection, mapping, plan)
    if plan.all_new:
        return _append(connection, mapping, appending(system, mapping, plan))
    table = table_of(mapping)
    columns = ("id", *mapping.columns)
    if plan.rows:
        merge(connection, table, columns, _rows(plan))
    for part in mapping.parts:
        _write_part(connection, mapping, plan, part.name)
    if plan.bindings:
        merge(
            connection,
            hub.binding,
            BINDING_COLUMNS,
            _bindings(system, mapping, plan),
            key=("system", "kind", "external_key"),
            stamp="agreed_at",
        )
    revived = bury(connection, table, (), plan.alive)
    deleted = bury(connection, table, plan.buried, ())
    for document, fields in plan.dissolved:
        conflicts.dissolve(connection, document, fields)
    for document, names in plan.renamed:
        conflicts.rename(connection, document, names)
    for document, conflict in plan.conflicts:
        conflicts.record(
            connection,
            stream=f"{system}:{mapping.name}",
            kind=mapping.kind,
            document=document,
            field=conflict.field,
            sides=canonical([conflict.base, conflict.ours, conflict.theirs]),
        )
    for document, version in plan.answers:
        queue_push(connection, mapping.kind, document, f"answer:{version}")
    return Counter(
        new=plan.new,
        changed=len(plan.rows) - plan.new + revived,
        deleted=deleted,
        conflicts=len(plan.conflicts),
    )


def _append(connection: Connection, mapping: Mapping, page: Appending) -> Counter[str]:
    """A page of newcomers needs no comparing: each table takes its rows as they are."""
    tables = [table_of(mapping), *(part_table(mapping, part.name) for part in mapping.parts)]
    with looked_up(connection, tables, page.parents):
        append(connection, tables[0], ("id", *mapping.columns), page.rendered[""])
        for part, table in zip(mapping.parts, tables[1:], strict=True):
            columns = (f"{mapping.kind}_id", *mapping.part_columns[part.name])
            append(connection, table, columns, page.rendered[part.name])
    append(connection, hub.binding, BINDING_COLUMNS, page.rendered["binding"])
    return Counter(new=page.new)


def _parents(mapping: Mapping, plan: Plan) -> dict[str, set[UUID]]:
    """The documents that a plan's rows refer to, by kind."""
    parents: dict[str, set[UUID]] = defaultdict(set)
    for place, kind in _references(mapping.reading_pairs, mapping.columns):
        parents[kind] |= {values[place] for _key, values in plan.rows} - {None}
    for part in mapping.parts:
        pairs = [pair for section in part.sections for pair in section.pairs if pair.reads]
        columns = (f"{mapping.kind}_id", *mapping.part_columns[part.name])
        for place, kind in _references(pairs, columns):
            parents[kind] |= {row[place] for row in plan.parts.get(part.name, ())} - {None}
    return parents


def _references(pairs: Iterable[Pair], columns: Sequence[str]) -> set[tuple[int, str]]:
    return {(columns.index(pair.ours), pair.argument) for pair in pairs if "reference" in pair.how}


def appending(system: str, mapping: Mapping, plan: Plan) -> Appending:
    """A plan of newcomers alone, made ready for the database; needs none itself."""
    rendered = {part.name: render(plan.parts.get(part.name, ())) for part in mapping.parts}
    rendered[""] = render(_rows(plan))
    rendered["binding"] = render(_bindings(system, mapping, plan))
    return Appending(plan.new, _parents(mapping, plan), rendered)


def _rows(plan: Plan) -> Iterator[tuple[Any, ...]]:
    return ((key, *values) for key, values in plan.rows)


def _bindings(system: str, mapping: Mapping, plan: Plan) -> Iterator[tuple[Any, ...]]:
    return ((system, mapping.kind, *one) for one in plan.bindings)


def _write_part(connection: Connection, mapping: Mapping, plan: Plan, part: str) -> None:
    if not plan.rows:
        return
    owner = f"{mapping.kind}_id"
    replace_parts(
        connection,
        part_table(mapping, part),
        (owner, *mapping.part_columns[part]),
        plan.parts.get(part, ()),
        owner=owner,
        owners=plan.changed,
    )
