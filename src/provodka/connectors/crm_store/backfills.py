"""Windows of history: asked for, begun, done; each is moved in the transaction of its page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, null, select, text, true, tuple_
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.tables.sweeps import backfill_window as window

__all__ = ["any_waiting", "ask", "finish", "listed", "move", "waiting"]

Days = tuple[date, date]


def ask(
    connection: Connection, stream: str, days: Iterable[Days], version: str, *, again: bool = False
) -> None:
    """Put windows down, each once.

    One that is known goes on where it is, unless it was read with another mapping or is to be
    read `again`: then it begins anew.
    """
    wanted = list(days)
    rows = [
        {"stream": stream, "since": since, "until": until, "mapping_version": version, "counts": {}}
        for since, until in wanted
    ]
    connection.execute(insert(window).on_conflict_do_nothing(), rows)
    stale = true() if again else window.c.mapping_version != version
    anew = {"mapping_version": version, "place": null(), "counts": {}, "done_at": null()}
    connection.execute(
        window.update()
        .where(window.c.stream == stream, _among(wanted), stale)
        .values(**anew, asked_at=text("now()"))
    )


def waiting(connection: Connection, stream: str, days: Iterable[Days]) -> dict[Days, Any]:
    """Where reading stands in those of the windows that are not done; None where not begun."""
    wanted = list(days)
    rows = connection.execute(
        select(window).where(window.c.stream == stream, _among(wanted), window.c.done_at.is_(None))
    )
    return {(row.since, row.until): row for row in rows}


def any_waiting(connection: Connection, stream: str) -> bool:
    """Whether any window of a stream is not done."""
    found = select(window.c.since).where(window.c.stream == stream, window.c.done_at.is_(None))
    return connection.execute(found.limit(1)).first() is not None


def move(
    connection: Connection,
    stream: str,
    days: Days,
    place: Mapping[str, Any] | None,
    counts: Mapping[str, int],
) -> None:
    """Keep how far a window has been read, and what that came to."""
    kept = null() if place is None else dict(place)
    connection.execute(_one(stream, days).values(place=kept, counts=dict(counts)))


def finish(connection: Connection, stream: str, days: Days, counts: Mapping[str, int]) -> None:
    """A window has been read whole."""
    connection.execute(_one(stream, days).values(counts=dict(counts), done_at=text("now()")))


def listed(connection: Connection, stream: str | None = None) -> Sequence[dict[str, Any]]:
    """All windows, or those of one stream, the newest days first."""
    query = select(window).order_by(window.c.stream, window.c.since.desc(), window.c.until.desc())
    if stream is not None:
        query = query.where(window.c.stream == stream)
    return [dict(row._mapping) for row in connection.execute(query)]


def _among(days: Sequence[Days]) -> ColumnElement[bool]:
    return tuple_(window.c.since, window.c.until).in_(days)


def _one(stream: str, days: Days) -> Any:
    since, until = days
    return window.update().where(
        window.c.stream == stream, window.c.since == since, window.c.until == until
    )
