"""Keep `report.stage_visit` in step with the journal, or build it anew: the same rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from provodka.connectors.crm_store import cursors
from provodka.connectors.crm_store.journal import FLOOR, Position
from provodka.connectors.crm_store.tables.report import stage_visit
from provodka.dashboards.reports.stage_order import note_stage_order

__all__ = ["STREAM", "Refreshed", "complete_until", "rebuild", "refresh"]

STREAM = "report:stage_visit"
SQL = Path(__file__).parent / "sql"
START = Position(0, 0)
BEFORE = "d.before ->> 'stage_entered_at'"
WHOLE = "CAST(NULL AS text)"
"""What a deal said before its first change read: nothing, where all of its changes are read."""
FORGOTTEN = text("DROP TABLE IF EXISTS pg_temp.told, pg_temp.known")
COUNTED = text("""
    SELECT count(*) AS deltas, count(DISTINCT deal) AS deals, max(xid)::text AS xid,
      (SELECT max(id) FROM told t WHERE t.xid = (SELECT max(xid) FROM told)) AS id FROM told
""")
TOUCHED = text("SELECT DISTINCT deal FROM told")
CEILING = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
FOR_LARGE_SETS = text("""
    SELECT set_config('work_mem', '256MB', true), set_config('parallel_tuple_cost', '0.01', true),
      set_config('jit', 'off', true)
""")


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What one refresh did: changes read, deals touched, visit rows written, complete until.

    `touched` are the deals themselves; `None` if they are all there are. `reordered` says that a
    scenario has changed.
    """

    deltas: int
    deals: int
    rows: int
    until: datetime
    touched: frozenset[UUID] | None = field(default=frozenset(), compare=False, repr=False)
    reordered: bool = field(default=False, compare=False)


def refresh(connection: Connection) -> Refreshed:
    """Bring the visits up to the journal; call inside a transaction, which also moves the cursor.

    Reads the changes of deals after the cursor; only the deals that they touch are read and
    written, by a few statements whatever their number. A second refresh in parallel waits for
    the first.
    """
    _alone(connection)
    place = Position.from_json(cursors.read(connection, STREAM))
    return _advance(connection, place) if place else rebuild(connection)


def rebuild(connection: Connection) -> Refreshed:
    """Build all visits anew from the journal's beginning, in the current transaction.

    Readers see the old rows until it commits. The order of stages that was noted by the
    refreshes is kept, so that the rows come out the same.
    """
    _alone(connection)
    connection.execute(stage_visit.delete())
    return _advance(connection, None)


def complete_until(connection: Connection) -> datetime | None:
    """Up to when the visits know everything; `None` before the first refresh."""
    stored = cursors.read(connection, STREAM)
    return datetime.fromisoformat(stored["until"]) if stored else None


def _alone(connection: Connection) -> None:
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": STREAM}
    )


def _advance(connection: Connection, place: Position | None) -> Refreshed:
    until = _horizon(connection)
    reordered = note_stage_order(connection, place) > 0
    connection.execute(FORGOTTEN)
    connection.execute(FOR_LARGE_SETS)
    _read(connection, place)
    told = connection.execute(COUNTED).one()
    touched = frozenset(connection.scalars(TOUCHED)) if place else None
    rows = _write(connection, whole=place is None) if told.deltas else 0
    known = Position(int(told.xid), told.id) if told.deltas else place or START
    cursors.move(connection, STREAM, {**known.to_json(), "until": until.isoformat()})
    return Refreshed(told.deltas, told.deals, rows, until, touched, reordered)


def _read(connection: Connection, place: Position | None) -> None:
    """The changes of deals after a place, into a table of this transaction."""
    after = place or START
    ceiling = connection.execute(CEILING).scalar_one()
    given = {"xid": str(after.xid), "id": after.id, "ceiling": ceiling}
    connection.execute(_statement("visits_told", known=WHOLE if place is None else BEFORE), given)
    connection.exec_driver_sql("ANALYZE told")


def _write(connection: Connection, *, whole: bool) -> int:
    """Begin and end visits by the changes read; how many rows."""
    connection.execute(_statement("visits_known"))
    connection.exec_driver_sql("ANALYZE known")
    ended = 0
    if not whole:
        connection.execute(_statement("visits_last"))
        ended = connection.execute(_statement("visits_fold", "visits_ended")).rowcount
    return ended + connection.execute(_statement("visits_fold", "visits_begun")).rowcount


@lru_cache
def _statement(*names: str, known: str = "") -> TextClause:
    body = "".join((SQL / f"{name}.sql").read_text(encoding="utf-8") for name in names)
    return text(body.replace("$known", known).replace("$floor", FLOOR))


def _horizon(connection: Connection) -> datetime:
    """The moment before which nothing can appear any more.

    A change carries a time not before its transaction began, and the journal shows it once
    every older transaction has ended. The clock is read first: whoever begins to write between
    the two statements writes later times.
    """
    now: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    writing: datetime | None = connection.execute(
        text(
            "SELECT min(xact_start) FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_xid IS NOT NULL"
        )
    ).scalar_one()
    return min(now, writing) if writing else now
