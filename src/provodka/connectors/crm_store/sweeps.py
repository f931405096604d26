"""Reports of sweeps: the last month of them, the newest of each stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from provodka.connectors.crm_store.tables.sweeps import sweep

__all__ = ["keep", "last"]


def keep(connection: Connection, report: Mapping[str, Any]) -> None:
    """Store a report, by columns; those of the same stream older than a month are forgotten."""
    connection.execute(
        sweep.delete().where(
            sweep.c.stream == report["stream"], sweep.c.at < text("now() - interval '30 days'")
        )
    )
    connection.execute(sweep.insert().values(dict(report)))


def last(connection: Connection) -> Sequence[dict[str, Any]]:
    """The latest report of each stream."""
    rows = connection.execute(
        select(sweep).ext(distinct_on(sweep.c.stream)).order_by(sweep.c.stream, sweep.c.id.desc())
    )
    return [dict(row._mapping) for row in rows]
