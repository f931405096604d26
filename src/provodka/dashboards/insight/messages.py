"""In which message of EnterpriseData a change came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, text

__all__ = ["CameIn", "came_in"]

CARRIED = text("""
    SELECT d.id, m.number, m.version FROM hub.delta d
    JOIN hub.exchange_step s ON s.xid = d.xid
    JOIN hub.exchange_message m ON m.id = s.message_id
    WHERE d.id = ANY(:deltas) AND d.origin = 'onec'
""")


@dataclass(frozen=True, slots=True)
class CameIn:
    """A message of the base: its number, and the version of the format."""

    number: int
    version: str


def came_in(connection: Connection, deltas: Iterable[int]) -> dict[int, CameIn]:
    """The messages that changes came in, by the changes' numbers; others are left out."""
    rows = connection.execute(CARRIED, {"deltas": list(deltas)})
    return {row.id: CameIn(row.number, row.version) for row in rows}
