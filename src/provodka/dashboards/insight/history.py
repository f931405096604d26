"""Everything in the store that belongs to one document's history, each read by one query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, or_, select, text

from provodka.connectors.crm_store.journal import Delta
from provodka.connectors.crm_store.tables import hub
from provodka.dashboards.insight.titles import Key, among

__all__ = ["COLUMNS", "History", "Stray", "beside", "read_history", "read_strays"]

RULES = "triggers"
COLUMNS = "id, xid::text AS xid, at, kind, document, part, op, before, after, origin, cause, depth"


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
    _kind, document = key
    own = _deltas(connection, "SELECT id FROM hub.delta WHERE document = :of AND kind = :kind", key)
    numbers = [delta.id for delta in own]
    up = _deltas(connection, ABOVE, numbers)
    down = _deltas(connection, f"{BELOW} LIMIT {at_most + 1}", numbers)
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


ABOVE = """
    WITH RECURSIVE up (id) AS (
        SELECT cause FROM hub.delta WHERE id = ANY(:of) AND cause IS NOT NULL
        UNION SELECT d.cause FROM up JOIN hub.delta d ON d.id = up.id WHERE d.cause IS NOT NULL)
    SELECT id FROM up
"""
BELOW = """
    WITH RECURSIVE down (id) AS (
        SELECT id FROM hub.delta WHERE cause = ANY(:of)
        UNION SELECT d.id FROM down JOIN hub.delta d ON d.cause = down.id)
    SELECT id FROM down
"""


def _deltas(connection: Connection, chosen: str, of: Key | Sequence[int]) -> list[Delta]:
    kind, start = of if isinstance(of, tuple) else ("", list(of))
    rows = connection.execute(
        text(f"SELECT {COLUMNS} FROM hub.delta WHERE id IN ({chosen}) ORDER BY id"),  # noqa: S608
        {"of": start, "kind": kind} if kind else {"of": start},
    )
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
