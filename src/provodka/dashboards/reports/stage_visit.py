"""Keep `report.stage_visit` in step with the journal, or build it anew: the same rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import cursors, journal
from provodka.connectors.crm_store.journal import Delta, Position
from provodka.connectors.crm_store.merge import merge
from provodka.connectors.crm_store.tables.report import stage_visit
from provodka.dashboards.reports.surroundings import note_stage_order, read_surroundings
from provodka.dashboards.reports.visit_fold import StageVisit, fold

__all__ = ["STREAM", "Refreshed", "complete_until", "read_visits", "rebuild", "refresh"]

STREAM = "report:stage_visit"
PAGE = 5_000
COLUMNS = tuple(one.name for one in fields(StageVisit))
row_of = attrgetter(*COLUMNS)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What one refresh did: changes read, deals touched, visit rows written, complete until.

    `touched` are the deals themselves.
    """

    deltas: int
    deals: int
    rows: int
    until: datetime
    touched: frozenset[UUID] = field(default=frozenset(), compare=False, repr=False)


def refresh(connection: Connection, page: int = PAGE) -> Refreshed:
    """Bring the visits up to the journal; call inside a transaction, which also moves the cursor.

    Reads the changes of deals after the cursor, `page` at a time; only the deals that they touch
    are read and written. A second refresh in parallel waits for the first.
    """
    _alone(connection)
    stored = cursors.read(connection, STREAM)
    return _advance(connection, Position.from_json(stored), page)


def rebuild(connection: Connection, page: int = PAGE) -> Refreshed:
    """Build all visits anew from the journal's beginning, in the current transaction.

    Readers see the old rows until it commits. The order of stages that was noted by the
    refreshes is kept, so that the rows come out the same.
    """
    _alone(connection)
    connection.execute(stage_visit.delete())
    return _advance(connection, None, page)


def complete_until(connection: Connection) -> datetime | None:
    """Up to when the visits know everything; `None` before the first refresh."""
    stored = cursors.read(connection, STREAM)
    return datetime.fromisoformat(stored["until"]) if stored else None


def read_visits(connection: Connection, deals: Iterable[UUID] | None = None) -> list[StageVisit]:
    """Visits as stored, by deal and number; of all deals unless some are named."""
    statement = stage_visit.select().order_by(stage_visit.c.deal, stage_visit.c.visit)
    if deals is not None:
        statement = statement.where(stage_visit.c.deal.in_(list(deals)))
    return [_visit(row._mapping) for row in connection.execute(statement)]


def _alone(connection: Connection) -> None:
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": STREAM}
    )


def _advance(connection: Connection, place: Position | None, page: int) -> Refreshed:
    until = _horizon(connection)
    note_stage_order(connection, place)
    deals: set[UUID] = set()
    read = rows = 0
    while deltas := journal.read_deltas(connection, place, page, ("deal",)):
        place = deltas[-1].position
        read += len(deltas)
        own = [delta for delta in deltas if not delta.part]
        deals.update(delta.document for delta in own)
        rows += _apply(connection, own)
    known = place or Position(0, 0)
    cursors.move(connection, STREAM, {**known.to_json(), "until": until.isoformat()})
    return Refreshed(read, len(deals), rows, until, frozenset(deals))


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


def _apply(connection: Connection, deltas: Sequence[Delta]) -> int:
    histories: dict[UUID, list[Delta]] = defaultdict(list)
    for delta in deltas:
        histories[delta.document].append(delta)
    around = read_surroundings(connection, deltas)
    last = _last_visits(connection, histories)
    changed = [
        visit for deal, own in histories.items() for visit in fold(last.get(deal), own, around)
    ]
    rows = map(row_of, changed)
    return merge(connection, stage_visit, COLUMNS, rows, key=("deal", "visit"))


def _last_visits(connection: Connection, deals: Iterable[UUID]) -> dict[UUID, StageVisit]:
    rows = connection.execute(
        text(
            "SELECT v.* FROM unnest(CAST(:deals AS uuid[])) AS d (deal)"
            " CROSS JOIN LATERAL (SELECT * FROM report.stage_visit s WHERE s.deal = d.deal"
            " ORDER BY s.visit DESC LIMIT 1) v"
        ),
        {"deals": list(deals)},
    )
    return {row.deal: _visit(row._mapping) for row in rows}


def _visit(row: object) -> StageVisit:
    return StageVisit(**dict(row))  # type: ignore[call-overload]
