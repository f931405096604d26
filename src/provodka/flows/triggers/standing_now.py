"""How things stand with the rules' stream at the start of a transaction, asked at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from provodka.connectors.crm_store.journal import Position
from provodka.flows.triggers.setting_aside import STREAM

__all__ = ["StandingNow"]

ASKED = text("""
    SELECT (SELECT position FROM hub.cursor WHERE stream = :stream) AS place, l.xid, l.id,
        (SELECT min(due_at) FROM hub.waiting WHERE state = 'waiting') AS due,
        EXISTS (SELECT FROM hub.rule_health) AS failing
    FROM (SELECT) one LEFT JOIN LATERAL (
        SELECT d.xid::text AS xid, d.id FROM hub.delta d
        WHERE d.xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY d.xid DESC, d.id DESC LIMIT 1) l ON true
""")


@dataclass(frozen=True, slots=True)
class StandingNow:
    """How far the journal is read and reaches, when the next delayed action is due, is all well.

    To be asked under the lock of the stream, by a statement of its own: one that has waited for
    the lock would still see the store as it was before.
    """

    place: Position | None
    end: Position | None
    due: datetime | None
    failing: bool

    @classmethod
    def read(cls, connection: Connection) -> StandingNow:
        """As it stands now."""
        row = connection.execute(ASKED, {"stream": STREAM}).one()
        end = Position(int(row.xid), row.id) if row.xid else None
        return cls(Position.from_json(row.place), end, row.due, row.failing)
