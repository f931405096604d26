"""Which document of the store a newcomer from 1C is: by our mark, by its attributes, or none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Table, exists, or_, select, true

from provodka.connectors.crm_store import bindings, outbox
from provodka.connectors.crm_store.tables import hub, metadata
from provodka.foundation.errors import AmbiguousMatch
from provodka.foundation.identifiers import uuid7, uuid7s
from provodka.mappings.compiled import Mapping
from provodka.mappings.marker import read_marker
from provodka.mappings.matching import Ambiguous, Matched, candidates
from provodka.mappings.reading import Reading, as_dict

__all__ = ["Ambiguity", "Assigned", "Assignment", "anyone_unbound", "assign"]

EXACT = frozenset({"inn", "number", "code", "article", "client_id", "incoming_number"})


@dataclass(frozen=True, slots=True)
class Assigned:
    """A reading and its document; `matched` when the document was in the store before."""

    reading: Reading
    document: UUID
    matched: bool


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A newcomer that several documents fit: a person decides."""

    external_key: str
    payload: Any
    error: AmbiguousMatch


@dataclass(frozen=True, slots=True)
class Assignment:
    """What became of a page's newcomers; `pooled` when there was anybody to match them with."""

    assigned: Sequence[Assigned] = ()
    ambiguous: Sequence[Ambiguity] = ()
    pooled: bool = False


def assign(
    connection: Connection,
    system: str,
    mapping: Mapping,
    newcomers: Sequence[Reading],
    rows: Iterable[dict[str, Any]],
    *,
    anyone: bool = True,
) -> Assignment:
    """Give each newcomer a document: its own, an existing one, or a new key.

    `anyone` tells whether there are documents without a counterpart to match with at all.

    What the courier is still writing (created, say, and not posted yet) is left to it.
    """
    if not newcomers:
        return Assignment()
    payloads = {row["Ref_Key"]: row for row in rows if isinstance(row.get("Ref_Key"), str)}
    marks = _marks(mapping, newcomers, payloads)
    left = _left_to_the_courier(connection, system, mapping, marks)
    newcomers = [one for one in newcomers if one.external_key not in left]
    marked = _marked(connection, system, mapping, marks)
    pool = _pool(connection, system, mapping, newcomers) if anyone else {}
    pooled = bool(pool or marks)
    if not marked and not pool:
        pairs = zip(newcomers, uuid7s(len(newcomers)), strict=True)
        new = [Assigned(one, key, matched=False) for one, key in pairs]
        return Assignment(new, (), pooled)
    for mark in marked.values():
        pool.pop(str(mark), None)
    assigned: list[Assigned] = []
    ambiguous: list[Ambiguity] = []
    for one in newcomers:
        document: UUID | None = marked.get(one.external_key)
        if document is None and pool:
            found = candidates(mapping, as_dict(mapping, one)[0], pool)
            if isinstance(found, Ambiguous):
                error = found.error(mapping, one.external_key)
                ambiguous.append(Ambiguity(one.external_key, payloads[one.external_key], error))
                continue
            if isinstance(found, Matched):
                pool.pop(found.external_key)
                document = UUID(found.external_key)
        assigned.append(Assigned(one, document or uuid7(), matched=document is not None))
    return Assignment(assigned, ambiguous, pooled)


def anyone_unbound(connection: Connection, system: str, mapping: Mapping) -> bool:
    """Whether any document of this kind has no counterpart in that system yet."""
    if not mapping.match:
        return False
    table = metadata.tables[f"crm.{mapping.kind}"]
    alone = table.c.deleted_at.is_(None) & ~_bound(table, system, mapping.kind)
    return bool(connection.execute(select(exists().where(alone))).scalar())


def _marks(
    mapping: Mapping, newcomers: Sequence[Reading], payloads: dict[str, dict[str, Any]]
) -> dict[str, UUID]:
    """The documents of ours that newcomers name as theirs."""
    if mapping.marker is None:
        return {}
    return {
        one.external_key: mark
        for one in newcomers
        if (mark := read_marker(payloads[one.external_key].get(mapping.marker))) is not None
    }


def _left_to_the_courier(
    connection: Connection, system: str, mapping: Mapping, marks: dict[str, UUID]
) -> set[str]:
    """Newcomers that the courier is writing, or has bound since this page was looked up.

    Errands are looked at before bindings: one that ends in between has bound its document.
    """
    busy = outbox.under_way(connection, system, list(marks.values()))
    known = bindings.by_documents(
        connection, system, [(mapping.kind, mark) for mark in set(marks.values())]
    )
    bound = {(key, one.external_key) for (_kind, key), one in known.items()}
    return {key for key, mark in marks.items() if mark in busy or (mark, key) in bound}


def _marked(
    connection: Connection, system: str, mapping: Mapping, marks: dict[str, UUID]
) -> dict[str, UUID]:
    """Documents of ours that were written by an attempt whose answer was lost.

    A document that has its counterpart already is not meant: people copy documents in 1C, and
    the mark is copied along. Of several copies on one page the first is taken for the original.
    """
    if not marks:
        return {}
    table = metadata.tables[f"crm.{mapping.kind}"]
    waiting = select(table.c.id).where(
        table.c.id.in_(set(marks.values())), ~_bound(table, system, mapping.kind)
    )
    living = set(connection.scalars(waiting))
    first: dict[UUID, str] = {}
    for key, mark in marks.items():
        first.setdefault(mark, key)
    return {key: mark for mark, key in first.items() if mark in living}


def _bound(table: Table, system: str, kind: str) -> ColumnElement[bool]:
    binding = hub.binding
    return exists().where(
        binding.c.document == table.c.id, binding.c.system == system, binding.c.kind == kind
    )


def _pool(
    connection: Connection, system: str, mapping: Mapping, newcomers: Sequence[Reading]
) -> dict[str, dict[str, Any]]:
    """Documents that no document of that system is bound to yet, and that may fit."""
    if not mapping.match:
        return {}
    table = metadata.tables[f"crm.{mapping.kind}"]
    bound = _bound(table, system, mapping.kind)
    rows = connection.execute(
        select(table.c.id, *(table.c[name] for name in mapping.columns)).where(
            table.c.deleted_at.is_(None), ~bound, or_(*_may_fit(mapping, newcomers))
        )
    )
    return {str(row.id): {name: row._mapping[name] for name in mapping.columns} for row in rows}


def _may_fit(mapping: Mapping, newcomers: Sequence[Reading]) -> list[ColumnElement[bool]]:
    """For each step a condition on a column that must be equal; names are compared in full."""
    table = metadata.tables[f"crm.{mapping.kind}"]
    conditions: list[ColumnElement[bool]] = []
    for step in mapping.match:
        exact = next((name for name in step if name in EXACT), None)
        if exact is None:
            return [true()]
        place = mapping.columns.index(exact)
        wanted = {one.values[place] for one in newcomers} - {None}
        conditions.append(table.c[exact].in_(wanted))
    return conditions
