"""A record of each run: what was read, written, set aside, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from provodka.connectors.crm_store.tables.hub import run

__all__ = ["count", "finish", "interrupt", "last", "listed", "start"]


def start(connection: Connection, flow: str) -> int:
    """Open a run; returns its number. Runs of the same flow older than a month are forgotten."""
    connection.execute(
        run.delete().where(
            run.c.flow == flow, run.c.started_at < text("now() - interval '30 days'")
        )
    )
    new = run.insert().values(flow=flow).returning(run.c.id)
    return int(connection.execute(new).scalar_one())


def interrupt(connection: Connection, flow: str, note: str) -> int:
    """Close the runs of a flow whose process is gone as `interrupted`; how many there were.

    The caller holds the flow's lock, so nobody is running it now. They have no end: nobody saw it.
    """
    dead = run.update().where(run.c.flow == flow, run.c.state == "running")
    return connection.execute(dead.values(state="interrupted", note=note)).rowcount


def count(connection: Connection, number: int, counts: Mapping[str, int]) -> None:
    """Say how far a run that is under way has come."""
    connection.execute(run.update().where(run.c.id == number).values(counts=dict(counts)))


def finish(
    connection: Connection, number: int, state: str, counts: Mapping[str, int], note: str = ""
) -> None:
    """Close a run as `done`, `set_aside` or `failed`."""
    connection.execute(
        run.update()
        .where(run.c.id == number)
        .values(state=state, counts=dict(counts), note=note, finished_at=text("clock_timestamp()"))
    )


def last(connection: Connection) -> Sequence[dict[str, Any]]:
    """The latest run of each flow."""
    rows = connection.execute(
        select(run).ext(distinct_on(run.c.flow)).order_by(run.c.flow, run.c.id.desc())
    )
    return [dict(row._mapping) for row in rows]


def listed(
    connection: Connection, *, flow: str | None = None, failed: bool = False, limit: int = 50
) -> Sequence[dict[str, Any]]:
    """The latest runs, newest first; of one flow, or those alone that ended badly."""
    lasted = func.coalesce(run.c.finished_at, func.now()) - run.c.started_at
    query = select(run, lasted.label("lasted")).order_by(run.c.id.desc()).limit(limit)
    if flow:
        query = query.where(run.c.flow == flow)
    if failed:
        query = query.where(run.c.state.in_(("failed", "interrupted")))
    return [dict(row._mapping) for row in connection.execute(query)]
