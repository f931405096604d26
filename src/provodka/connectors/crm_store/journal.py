"""The journal of deltas: who is writing now, and what has changed since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

__all__ = [
    "Delta",
    "Position",
    "attribute",
    "changed_after",
    "delta_by_id",
    "latest",
    "read_deltas",
]

FLOOR = (
    "(SELECT coalesce(min(month)::timestamp AT TIME ZONE 'UTC', '-infinity') FROM hub.delta_month"
    " WHERE until_xid IS NULL OR until_xid > CAST(:xid AS text)::xid8)"
)
"""Changes before this moment are all of transactions before `:xid`: older months are not opened."""
COLUMNS = "id, xid::text AS xid, at, kind, document, part, op, before, after, origin, cause, depth"


@dataclass(frozen=True, slots=True)
class Delta:
    """One real change of a document.

    `part` is empty for the document itself; for a tabular section it is the section's name
    and `before`/`after` are lists of the changed rows. Numbers are `Decimal` or `int`, times
    are ISO strings, keys are strings. `cause` is the id of the delta that led to this one.
    """

    id: int
    xid: int
    at: datetime
    kind: str
    document: UUID
    part: str
    op: str
    before: Any
    after: Any
    origin: str
    cause: int | None
    depth: int

    @property
    def position(self) -> Position:
        """Where a reader that has handled this delta stands."""
        return Position(self.xid, self.id)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A reader's place in the journal: transaction first, so that a slow commit is not skipped."""

    xid: int
    id: int

    def to_json(self) -> dict[str, int]:
        """The form that a cursor stores."""
        return {"xid": self.xid, "id": self.id}

    @classmethod
    def from_json(cls, position: dict[str, int] | None) -> Position | None:
        """The stored form back; `None` is the journal's beginning."""
        return cls(position["xid"], position["id"]) if position else None


def attribute(
    connection: Connection, origin: str, cause: int | None = None, depth: int = 0
) -> None:
    """Name who makes the changes that follow in this transaction, and because of what."""
    connection.execute(
        text(
            "SELECT set_config('hub.origin', :origin, true),"
            " set_config('hub.cause', :cause, true), set_config('hub.depth', :depth, true)"
        ),
        {"origin": origin, "cause": "" if cause is None else str(cause), "depth": str(depth)},
    )


def read_deltas(
    connection: Connection,
    after: Position | None,
    limit: int = 500,
    kinds: Sequence[str] | None = None,
) -> list[Delta]:
    """Up to `limit` deltas after a position, in the order of their transactions.

    Only transactions older than every one still running are read: whatever commits later
    has a greater `xid` and will be found by the next call.
    """
    start = after or Position(0, 0)
    wanted = "AND kind = ANY(:kinds)" if kinds is not None else ""
    rows = connection.execute(
        text(
            f"SELECT {COLUMNS} FROM hub.delta"
            f" WHERE (xid, id) > (CAST(:xid AS text)::xid8, :id) AND at >= {FLOOR}"
            f" AND xid < pg_snapshot_xmin(pg_current_snapshot()) {wanted}"
            " ORDER BY delta.xid, id LIMIT :limit"
        ),
        {"xid": str(start.xid), "id": start.id, "limit": limit, "kinds": list(kinds or ())},
    )
    return [_delta(row) for row in rows]


def latest(connection: Connection) -> Position | None:
    """The place behind the last delta that readers can see."""
    row = connection.execute(
        text(
            "SELECT xid::text, id FROM hub.delta"
            " WHERE xid < pg_snapshot_xmin(pg_current_snapshot())"
            " ORDER BY delta.xid DESC, id DESC LIMIT 1"
        )
    ).first()
    return Position(int(row[0]), row[1]) if row else None


def changed_after(connection: Connection, document: UUID, cause: int | None, system: str) -> bool:
    """Whether anybody but `system` has changed a document after a delta; yes if none is named."""
    if cause is None:
        return True
    later = text(
        "SELECT EXISTS (SELECT FROM hub.delta WHERE document = :document AND id > :cause"
        " AND origin <> :system)"
    )
    given = {"document": document, "cause": cause, "system": system}
    return bool(connection.execute(later, given).scalar_one())


def delta_by_id(connection: Connection, number: int) -> Delta | None:
    """One delta by its number, if there is such."""
    row = connection.execute(
        text(f"SELECT {COLUMNS} FROM hub.delta WHERE id = :id"), {"id": number}
    ).first()
    return _delta(row) if row else None


def _delta(row: Any) -> Delta:
    number, xid, *rest = row
    return Delta(number, int(xid), *rest)
