"""Errands that wait or were refused, by target and state; found by indexes alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

__all__ = ["Queue", "last_change", "queues"]

QUEUES = text("""
    SELECT target, state, count(*) AS count, min(created_at) AS oldest FROM hub.outbox
    WHERE state IN ('waiting', 'sending', 'unsure') GROUP BY 1, 2
    UNION ALL
    SELECT target, 'dead', count(*), min(created_at) FROM hub.outbox
    WHERE state = 'dead' GROUP BY 1
    ORDER BY 1, 2
""")
LAST = text("SELECT at FROM hub.delta ORDER BY xid DESC, id DESC LIMIT 1")


@dataclass(frozen=True, slots=True)
class Queue:
    """Errands of one target in one state."""

    target: str
    state: str
    count: int
    oldest: datetime


def queues(connection: Connection) -> Sequence[Queue]:
    """What is not done yet, and what never will be unless a person decides."""
    return [Queue(*row) for row in connection.execute(QUEUES)]


def last_change(connection: Connection) -> datetime | None:
    """When the newest change of any document was made; `None` if there is none."""
    latest: datetime | None = connection.execute(LAST).scalar()
    return latest
