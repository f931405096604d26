"""Fold the journal's changes of deals to visits: the new ones of some deals, or all of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from provodka.connectors.crm_store.journal import FLOOR, Position
from provodka.dashboards.reports.visits_kept import COLUMNS, keep

__all__ = ["START", "Found", "build", "follow"]

SQL = Path(__file__).parent / "sql"
START = Position(0, 0)
MARKS = {
    "$all": "d.kind = 'deal' AND d.part = '' AND d.xid < CAST(:ceiling AS text)::xid8",
    "$later": f"""d.kind = 'deal' AND d.part = '' AND d.xid < CAST(:ceiling AS text)::xid8
  AND (d.xid, d.id) > (CAST(:xid AS text)::xid8, :id) AND d.at >= {FLOOR}""",
    "$before": "nullif(d.before ->> 'stage_entered_at', '')::timestamptz",
    "$nothing": "CAST(NULL AS timestamptz)",
    "$few": """AND d.document = ANY (ARRAY(SELECT responsible FROM told
      UNION SELECT client FROM told))""",
    "$many": """AND (d.kind, d.document) IN (SELECT 'employee', responsible FROM told
      UNION ALL SELECT 'client', client FROM told)""",
    "$everybody": "",
}
FEW = 5_000
"""Of so many deals the managers and clients are looked up in the journal by its index."""
FORGOTTEN = text("DROP TABLE IF EXISTS pg_temp.told, pg_temp.known, pg_temp.built")
COUNTED = text("""
    SELECT count(*) AS deltas, count(DISTINCT deal) AS deals, max(xid)::text AS xid,
      (SELECT max(id) FROM told t WHERE t.xid = (SELECT max(xid) FROM told)) AS id FROM told
""")
TOUCHED = text("SELECT DISTINCT deal FROM told")
CEILING = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
FOR_LARGE_SETS = text("""
    SELECT set_config('work_mem', '256MB', true), set_config('jit', 'off', true),
      set_config('parallel_tuple_cost', '0.01', true)
""")
LED = text("SELECT set_config('parallel_leader_participation', :leads, true)")


@dataclass(frozen=True, slots=True)
class Found:
    """What was read and written: changes, deals, rows, and the place of the last change read.

    `touched` are the deals themselves; `None` if they are all there are.
    """

    deltas: int
    deals: int
    rows: int
    place: Position
    touched: frozenset[UUID] | None = frozenset()


def follow(connection: Connection, place: Position) -> Found:
    """Begin and end visits by the changes of deals after a place; only those deals are read."""
    given = _prepared(connection, place)
    told = "CREATE TEMP TABLE told ON COMMIT DROP AS "
    connection.execute(_statement(told, "visits_told", known="$before", read="$later"), given)
    connection.exec_driver_sql("ANALYZE told")
    found = connection.execute(COUNTED).one()
    if not found.deltas:
        return Found(0, 0, 0, place)
    touched = frozenset(connection.scalars(TOUCHED))
    _know(connection, named="$few" if found.deals <= FEW else "$many")
    connection.execute(_statement("", "visits_last"))
    begun = f"INSERT INTO report.stage_visit ({COLUMNS}) WITH "
    rows = connection.execute(_statement("WITH ", "visits_fold", "visits_ended")).rowcount
    rows += connection.execute(_statement(begun, "visits_fold", "visits_begun")).rowcount
    return Found(found.deltas, found.deals, rows, Position(int(found.xid), found.id), touched)


def build(connection: Connection) -> Found:
    """Make the kept visits those that all changes of deals give.

    Changes and deals are counted by the visits: those that begin one, and those that have one.
    """
    given = _prepared(connection, START)
    last = connection.execute(_statement("", "visits_place", read="$all"), given).first()
    _know(connection, named="$everybody")
    built = "CREATE TEMP TABLE built ON COMMIT DROP AS WITH told AS ("
    # Who sorts and writes what several read had better not read as well.
    connection.execute(LED, {"leads": "off"})
    parts = ("visits_told", "), ", "visits_fold", "visits_begun")
    connection.execute(_statement(built, *parts, known="$nothing", read="$all"), given)
    connection.execute(LED, {"leads": "on"})
    kept = keep(connection)
    place = Position(int(last.xid), last.id) if last else START
    return Found(kept.visits, kept.deals, kept.visits, place, None)


def _prepared(connection: Connection, place: Position) -> dict[str, Any]:
    """The changes to read: after a place, of transactions that none can come before any more."""
    connection.execute(FORGOTTEN)
    connection.execute(FOR_LARGE_SETS)
    return {
        "xid": str(place.xid),
        "id": place.id,
        "ceiling": connection.execute(CEILING).scalar_one(),
        "orders": connection.execute(_statement("", "visits_orders")).scalar_one(),
    }


def _know(connection: Connection, *, named: str) -> None:
    """What is known of the managers and clients of the changes read, or of all."""
    connection.execute(_statement("", "visits_known", named=named))
    connection.exec_driver_sql("ANALYZE known")


@lru_cache
def _statement(begin: str, *parts: str, **marks: str) -> TextClause:
    """A statement of files of `sql/`; `marks` choose what stands at a mark of the same name."""
    body = "".join(_written(part) for part in parts)
    for mark, chosen in marks.items():
        body = body.replace(f"${mark}", MARKS[chosen])
    return text(begin + body)


def _written(part: str) -> str:
    file = SQL / f"{part}.sql"
    return file.read_text(encoding="utf-8") if file.exists() else part
