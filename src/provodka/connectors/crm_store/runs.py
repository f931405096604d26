"""A record of each run: what was read, written, set aside, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from provodka.connectors.crm_store.tables.hub import run

__all__ = ["finish", "last", "start"]


def start(connection: Connection, flow: str) -> int:
    """Open a run; returns its number. Runs of the same flow older than a month are forgotten."""
    connection.execute(
        run.delete().where(
            run.c.flow == flow, run.c.started_at < text("now() - interval '30 days'")
        )
    )
    new = run.insert().values(flow=flow).returning(run.c.id)
    return int(connection.execute(new).scalar_one())


def finish(
    connection: Connection, number: int, state: str, counts: Mapping[str, int], note: str = ""
) -> None:
    """Close a run as `done`, `set_aside` or `failed`."""
    connection.execute(
        run.update()
        .where(run.c.id == number)
        .values(state=state, counts=dict(counts), note=note, finished_at=text("now()"))
    )


def last(connection: Connection) -> Sequence[dict[str, Any]]:
    """The latest run of each flow."""
    rows = connection.execute(
        select(run).ext(distinct_on(run.c.flow)).order_by(run.c.flow, run.c.id.desc())
    )
    return [dict(row._mapping) for row in rows]
