"""Everything in the store that belongs to one document's history, found by indexes alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, TextClause, or_, select, text

from provodka.connectors.crm_store.journal import Delta
from provodka.connectors.crm_store.tables import hub
from provodka.dashboards.insight.titles import Key, among

__all__ = ["COLUMNS", "History", "Stray", "beside", "read_history", "read_strays"]

RULES = "triggers"
COLUMNS = "id, xid::text AS xid, at, kind, document, part, op, before, after, origin, cause, depth"
CHOSEN = f"SELECT {COLUMNS} FROM hub.delta WHERE "  # noqa: S608
OWN = text(f"{CHOSEN} document = :document AND kind = :kind ORDER BY id")
ABOVE = text(f"{CHOSEN} id = ANY(CAST(:numbers AS bigint[])) ORDER BY id")
BELOW = text(
    f"{CHOSEN} cause = ANY(CAST(:numbers AS bigint[])) AND at >= :since ORDER BY id LIMIT :most"
)
ASTRAY = timedelta(days=1)
"""A consequence comes after its cause; by no more than this a clock may have been set back."""


@dataclass(frozen=True)
class History:
    """Deltas of the document, of what led to them (`up`) and of what followed (`down`).

    `complete` is false when the chain of consequences was longer than asked for.
    """

    deltas: tuple[Delta, ...]
    own: frozenset[int]
    down: frozenset[int]
    effects: tuple[Any, ...]
    errands: tuple[Any, ...]
    complete: bool


@dataclass(frozen=True)
class Stray:
    """What waits for a person or for a parent under the document's keys, as rows of the store."""

    bindings: tuple[Any, ...] = ()
    quarantine: tuple[Any, ...] = ()
    parked: tuple[Any, ...] = ()
    awaited_by: tuple[Any, ...] = ()
    conflicts: tuple[Any, ...] = ()


def read_history(connection: Connection, key: Key, at_most: int) -> History:
    """The causal neighbourhood of a document: its deltas, their causes, their consequences."""
    kind, document = key
    own = _deltas(connection, OWN, {"document": document, "kind": kind})
    up, down = _above(connection, own), _below(connection, own, at_most)
    numbers = [delta.id for delta in own]
    complete = len(down) <= at_most
    deltas = {delta.id: delta for delta in (*up, *down[:at_most], *own)}
    touched = {document, *(delta.document for delta in deltas.values())}
    return History(
        deltas=tuple(sorted(deltas.values(), key=lambda delta: delta.id)),
        own=frozenset(numbers),
        down=frozenset(delta.id for delta in down) | frozenset(numbers),
        effects=_led_to(connection, hub.effect, document, touched, deltas),
        errands=_led_to(connection, hub.outbox, document, touched, deltas),
        complete=complete,
    )


def _above(connection: Connection, own: Iterable[Delta]) -> list[Delta]:
    """What led to changes, and what to that, up to the first cause."""
    found: dict[int, Delta] = {}
    wanted = {delta.cause for delta in own if delta.cause is not None}
    while wanted:
        told = _deltas(connection, ABOVE, {"numbers": sorted(wanted)})
        found |= {delta.id: delta for delta in told}
        wanted = {delta.cause for delta in told if delta.cause is not None} - found.keys()
    return list(found.values())


def _below(connection: Connection, own: Sequence[Delta], at_most: int) -> list[Delta]:
    """What changes have led to, and what that has: one more than `at_most` if there is more."""
    found: dict[int, Delta] = {}
    last = [delta.id for delta in own]
    since = min((delta.at for delta in own), default=None)
    while last and since is not None and len(found) <= at_most:
        given = {"numbers": last, "since": since - ASTRAY, "most": at_most + 1}
        told = [delta for delta in _deltas(connection, BELOW, given) if delta.id not in found]
        found |= {delta.id: delta for delta in told}
        last = [delta.id for delta in told]
    return list(found.values())[: at_most + 1]


def _deltas(connection: Connection, wanted: TextClause, given: Mapping[str, Any]) -> list[Delta]:
    rows = connection.execute(wanted, dict(given))
    return [Delta(**{**row._mapping, "xid": int(row.xid)}) for row in rows]


def _led_to(
    connection: Connection,
    table: Table,
    document: UUID,
    touched: Iterable[UUID],
    deltas: Iterable[int],
) -> tuple[Any, ...]:
    """Rows of `effect` or `outbox` that these deltas caused, and all of the document itself."""
    moment = table.c.at if "at" in table.columns else table.c.created_at
    rows = connection.execute(
        select(table)
        .where(
            among(table.c.document, touched),
            or_(among(table.c.cause, deltas), table.c.document == document),
        )
        .order_by(moment)
    )
    return tuple(rows)


def read_strays(
    connection: Connection, key: Key | None, asked: str, own: Iterable[int] = ()
) -> Stray:
    """Bindings, and what is set aside, parked or in conflict under any key of the document.

    The rules set deltas aside, by their numbers: `own` are the document's.
    """
    bindings: tuple[Any, ...] = ()
    keys = {asked}
    conflicts: tuple[Any, ...] = ()
    awaited: tuple[Any, ...] = ()
    if key is not None:
        kind, document = key
        bindings = _rows(connection, hub.binding, hub.binding.c.document == document)
        known = {row.external_key for row in bindings}
        keys |= known | {str(document)}
        conflicts = _rows(connection, hub.conflict, hub.conflict.c.document == document)
        awaited = _rows(
            connection,
            hub.parked,
            (hub.parked.c.waits_for_kind == kind) & hub.parked.c.waits_for_key.in_(list(known)),
        )
    return Stray(
        bindings=bindings,
        quarantine=_rows(
            connection,
            hub.quarantine,
            hub.quarantine.c.external_key.in_(keys)
            | (
                (hub.quarantine.c.stream == RULES)
                & among(hub.quarantine.c.external_key, map(str, own))
            ),
        ),
        parked=_rows(connection, hub.parked, hub.parked.c.external_key.in_(keys)),
        awaited_by=awaited,
        conflicts=conflicts,
    )


def _rows(connection: Connection, table: Table, condition: Any) -> tuple[Any, ...]:
    return tuple(connection.execute(select(table).where(condition)))


def beside(connection: Connection, numbers: Sequence[int]) -> list[Delta]:
    """These deltas, and what the same transaction did to the same documents, in their order."""
    rows = connection.execute(
        text(
            f"SELECT {COLUMNS} FROM hub.delta WHERE (xid, kind, document, origin) IN"  # noqa: S608
            " (SELECT xid, kind, document, origin FROM hub.delta WHERE id = ANY(:numbers))"
            " ORDER BY delta.xid, id"
        ),
        {"numbers": list(numbers)},
    )
    return [Delta(**{**row._mapping, "xid": int(row.xid)}) for row in rows]
