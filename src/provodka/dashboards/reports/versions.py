"""Keep `report.<kind>_version` in step with the journal, or build them anew: the same rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, TextClause, text

from provodka.connectors.crm_store import cursors
from provodka.connectors.crm_store.journal import FLOOR, Position
from provodka.connectors.crm_store.tables.report_versions import VERSIONS

__all__ = ["STREAM", "Followed", "follow", "rebuild"]

STREAM = "report:versions"
START = Position(0, 0)
NEWEST = 2**63 - 1
FIRST = "least(f.at, (f.after ->> 'created_at')::timestamptz, (f.after ->> '{event}')::timestamptz)"
EVENTS = {
    "call": "started_at",
    "interaction": "at",
    "proposal": "date",
    "invoice": "date",
    "shipment": "date",
    "payment": "date",
}
"""When a document happened: one that is entered later belongs to its own time."""
TIMELESS = ("department", "employee", "client", "absence", "plan")
"""What is looked up at the time of other events, also of those before it was entered."""
GIVEN = frozenset({"document", "delta", "valid_from", "valid_to", "origin"})
FOLLOW = """
WITH fresh AS MATERIALIZED (
  SELECT document, id, at, origin, op, after,
    row_number() OVER own AS nth,
    max(at) OVER own AS moment
  FROM hub.delta
  WHERE (xid, id) > (CAST(:xid AS text)::xid8, :id) AND at >= {floor}
    AND xid < CAST(:ceiling AS text)::xid8 AND id >= :oldest AND kind = '{kind}' AND part = ''
  WINDOW own AS (PARTITION BY document ORDER BY id)
),
last AS MATERIALIZED (
  SELECT f.document, v.valid_from FROM fresh f CROSS JOIN LATERAL (
    SELECT valid_from FROM {table} v WHERE v.document = f.document
    ORDER BY v.delta DESC LIMIT 1) v
  WHERE f.nth = 1
),
closed AS (
  UPDATE {table} v SET valid_to = greatest(f.at, v.valid_from)
  FROM fresh f WHERE f.document = v.document AND f.nth = 1 AND v.valid_to IS NULL
),
begun AS (
  SELECT f.*, CASE WHEN f.nth = 1 AND l.document IS NULL
      THEN {since}
      ELSE greatest(f.moment, l.valid_from) END AS valid_from
  FROM fresh f LEFT JOIN last l ON l.document = f.document
),
lasting AS (
  SELECT b.*, lead(valid_from) OVER (PARTITION BY document ORDER BY id) AS valid_to FROM begun b
)
INSERT INTO {table} (document, delta, valid_from, valid_to, origin, {columns})
SELECT n.document, n.id, n.valid_from, n.valid_to, n.origin, {values}
FROM lasting n CROSS JOIN LATERAL json_populate_record(NULL::crm.{name}, n.after) r
WHERE n.op <> 'delete'
"""
UNDO = "DELETE FROM {table} WHERE delta >= :oldest"
REOPEN = """
UPDATE {table} v SET valid_to = NULL
WHERE v.delta = (SELECT max(o.delta) FROM {table} o WHERE o.document = v.document)
  AND EXISTS (SELECT FROM hub.delta d WHERE d.document = v.document AND d.kind = '{kind}'
    AND d.part = '' AND d.id >= :oldest)
"""
OLDEST = text(
    "SELECT coalesce(min(id), 0) FROM hub.delta WHERE at >= ("
    " SELECT coalesce((max(month) + interval '1 month')::timestamp AT TIME ZONE 'UTC', '-infinity')"
    " FROM hub.delta_month WHERE dropped_at IS NOT NULL)"
)
CEILING = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
CHANGED = text(f"""
SELECT DISTINCT kind FROM hub.delta
WHERE (xid, id) > (CAST(:xid AS text)::xid8, :id) AND at >= {FLOOR}
  AND xid < CAST(:ceiling AS text)::xid8 AND part = ''
""")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Followed:
    """How many versions one refresh has written, of all kinds and by kind that was read."""

    rows: int
    kinds: dict[str, int]


def follow(connection: Connection) -> Followed:
    """Bring the versions up to the journal; call inside a transaction, which moves the cursor.

    One statement a changed kind, whatever the number of changes. A second refresh in parallel
    waits.
    """
    _alone(connection)
    place = Position.from_json(cursors.read(connection, STREAM)) or START
    given = _from(connection, place, 0)
    changed = set(connection.scalars(CHANGED, given))
    return _advance(connection, given, [kind for kind in VERSIONS if kind in changed])


def rebuild(connection: Connection) -> Followed:
    """Build the versions anew from the journal, in the current transaction.

    What began in months that have left the journal is kept as it is: it cannot be read again.
    """
    _alone(connection)
    oldest = int(connection.execute(OLDEST).scalar_one())
    for table in VERSIONS.values():
        names = {"table": table.fullname, "kind": table.info["versions"]}
        for statement in (UNDO, REOPEN):
            connection.execute(text(statement.format(**names)), {"oldest": oldest})
    return _advance(connection, _from(connection, START, oldest), VERSIONS)


def _alone(connection: Connection) -> None:
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": STREAM}
    )


def _from(connection: Connection, place: Position, oldest: int) -> dict[str, Any]:
    """The changes after a place, of transactions that none can come before any more."""
    ceiling = connection.execute(CEILING).scalar_one()
    return {"xid": str(place.xid), "id": place.id, "ceiling": ceiling, "oldest": oldest}


def _advance(connection: Connection, given: dict[str, Any], kinds: Iterable[str]) -> Followed:
    written = {kind: _follow_one(connection, VERSIONS[kind], given) for kind in kinds}
    place = Position(int(given["xid"]), given["id"])
    read = max(Position(int(given["ceiling"]) - 1, NEWEST), place)
    cursors.move(connection, STREAM, read.to_json())
    return Followed(sum(written.values()), written)


def _follow_one(connection: Connection, table: Table, given: dict[str, Any]) -> int:
    return connection.execute(_statement(table.info["versions"]), given).rowcount


@lru_cache
def _statement(kind: str) -> TextClause:
    table = VERSIONS[kind]
    columns = [column.name for column in table.columns if column.name not in GIVEN]
    since = FIRST.format(event=EVENTS.get(kind, "created_at"))
    return text(
        FOLLOW.format(
            floor=FLOOR,
            since="CAST('-infinity' AS timestamptz)" if kind in TIMELESS else since,
            kind=kind,
            name=kind,
            table=table.fullname,
            columns=", ".join(columns),
            values=", ".join(f"r.{name}" for name in columns),
        )
    )
