"""Who reads the journal, how far behind each is, and which months wait for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, text

from provodka.connectors.crm_store import retention
from provodka.connectors.crm_store.journal import FLOOR
from provodka.connectors.crm_store.retention import Overdue
from provodka.connectors.crm_store.tables.hub import cursor
from provodka.dashboards.reports import stage_visit
from provodka.flows.settings import HubSettings

__all__ = ["READERS", "Reader", "holders", "months_held", "readers_of"]

OF_BASE = "push:onec"
READERS: Mapping[str, tuple[str, ...] | None] = {
    "triggers": None,
    OF_BASE: None,
    stage_visit.STREAM: ("deal",),
}
"""Who reads the journal, and the kinds of documents read, if not all."""
AHEAD = text(f"""
    SELECT count(*) AS ahead, min(at) AS oldest FROM (
      SELECT at, kind FROM hub.delta
      WHERE (xid, id) > (CAST(:xid AS text)::xid8, :id) AND at >= {FLOOR}
      ORDER BY xid, id LIMIT :most) ahead
    WHERE :everything OR kind = ANY(:kinds)
""")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader of the journal: how many changes are ahead of it, and how old the oldest is.

    `moved_at` is `None` for one that has not begun.
    """

    stream: str
    ahead: int
    lag: timedelta
    moved_at: datetime | None


def readers_of(
    connection: Connection, now: datetime, most: int | None = None
) -> tuple[Reader, ...]:
    """How far behind each reader of the journal is.

    No further than `most` changes ahead is looked, of whatever kinds: a page may not read months of
    the journal for a reader of few kinds that nothing is there for.
    """
    rows = connection.execute(select(cursor).where(cursor.c.stream.in_(READERS)))
    begun = {row.stream: row for row in rows}
    return tuple(_reader(connection, stream, begun.get(stream), now, most) for stream in READERS)


def _reader(
    connection: Connection, stream: str, row: Any, now: datetime, most: int | None
) -> Reader:
    kinds = READERS[stream]
    place = row.position if row else {"xid": 0, "id": 0}
    given = {"xid": str(place["xid"]), "id": place["id"], "most": most}
    wanted = {"everything": kinds is None, "kinds": list(kinds or ())}
    behind = connection.execute(AHEAD, {**given, **wanted}).one()
    lag = max(now - behind.oldest, timedelta()) if behind.oldest else timedelta()
    return Reader(stream, behind.ahead, lag, row.moved_at if row else None)


def holders(settings: HubSettings) -> Iterator[retention.Reader]:
    """Those without whom no month of the journal goes."""
    for stream, kinds in READERS.items():
        if stream != OF_BASE or settings.onec is not None:
            yield retention.Reader(stream, kinds or ())


def months_held(connection: Connection, settings: HubSettings) -> Overdue | None:
    """Months that `journal.keep_months` lets go and something still needs, if there are any."""
    months = settings.journal.keep_months
    if months is None:
        return None
    return retention.overdue(connection, months, list(holders(settings)))
