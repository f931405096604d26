"""Keep `report.stage_visit` in step with the journal, or build it anew: the same rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import cursors
from provodka.connectors.crm_store.journal import Position
from provodka.dashboards.reports.stage_order import note_stage_order
from provodka.dashboards.reports.visits_told import build, follow

__all__ = ["STREAM", "Refreshed", "complete_until", "rebuild", "refresh"]

STREAM = "report:stage_visit"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What one refresh did: changes read, deals touched, visit rows written, complete until.

    After a rebuild the rows are all that there are, and `touched`, the deals themselves, is `None`.
    `reordered` says that a scenario has changed.
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

    Rows that are as they were stay untouched. Readers see the old rows until it commits; for a
    table that has none yet they may have to wait. The order of stages that was noted by the
    refreshes is kept, so that the rows come out the same.
    """
    _alone(connection)
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
    found = follow(connection, place) if place else build(connection)
    cursors.move(connection, STREAM, {**found.place.to_json(), "until": until.isoformat()})
    return Refreshed(found.deltas, found.deals, found.rows, until, found.touched, reordered)


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
