"""What a merge has changed, taken from the journal: nothing that a trigger did is missed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text

from provodka.connectors.crm_store.tables.merging import client_merge_step

__all__ = ["Step", "keep", "mark", "steps_of"]

MARK = text("SELECT coalesce(max(id), 0) FROM hub.delta WHERE xid = pg_current_xact_id()")
KEEP = text("""
    INSERT INTO hub.client_merge_step (merge_id, number, kind, document, part, op, before, after)
    SELECT :merge, row_number() OVER (ORDER BY id), kind, document, part, op, before, after
    FROM hub.delta WHERE xid = pg_current_xact_id() AND id > :mark
""")


@dataclass(frozen=True, slots=True)
class Step:
    """One changed row: its key (`line` in a tabular section), and its fields that differ.

    An empty `before` means that the row was made, an empty `after` that it was removed.
    """

    kind: str
    part: str
    document: UUID
    line: int | None
    before: dict[str, Any]
    after: dict[str, Any]


def mark(connection: Connection) -> int:
    """The journal's place in this transaction, to be given to `keep`."""
    return int(connection.execute(MARK).scalar_one())


def keep(connection: Connection, merge: int, since: int) -> None:
    """Put down everything that this transaction has changed since a mark."""
    connection.execute(KEEP, {"merge": merge, "mark": since})


def steps_of(connection: Connection, merge: int) -> list[Step]:
    """What a merge has changed, row by row, in its order."""
    rows = connection.execute(
        select(client_merge_step)
        .where(client_merge_step.c.merge_id == merge)
        .order_by(client_merge_step.c.number)
    )
    return [
        _step(row, line, before or {}, after or {})
        for row in rows
        for line, before, after in _images(row)
    ]


def _images(row: Any) -> Iterator[tuple[int | None, Any, Any]]:
    if not row.part:
        yield None, row.before, row.after
        return
    before = {one["line"]: one for one in row.before or ()}
    after = {one["line"]: one for one in row.after or ()}
    for line in sorted(before.keys() | after.keys()):
        yield line, before.get(line), after.get(line)


def _step(row: Any, line: int | None, before: dict[str, Any], after: dict[str, Any]) -> Step:
    names = {name for name in (*before, *after) if before.get(name) != after.get(name)}
    if before and after:
        before = {name: before.get(name) for name in sorted(names)}
        after = {name: after.get(name) for name in sorted(names)}
    return Step(row.kind, row.part, row.document, line, before, after)
