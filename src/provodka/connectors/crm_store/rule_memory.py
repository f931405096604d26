"""What rules remember is let go of once nothing can ask for it: signals, waits, firings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import cursors, journal

__all__ = ["ORIGIN", "forget", "forgotten_before"]

ORIGIN = "hub:retention"
STREAM = "rules:forgotten"
READER = "triggers"
MOST = 5000
"""How many rows of a kind go in one transaction."""
UNREAD = text("""
    SELECT EXISTS (
        SELECT FROM hub.delta WHERE kind = 'signal' AND at < :before
          AND (xid, id) > (CAST(:xid AS text)::xid8, :id))
""")
SIGNALS = text("""
    DELETE FROM crm.signal WHERE id IN (
        SELECT s.id FROM crm.signal s
        WHERE s.created_at < :before AND (s.base IS NULL OR s.base < :before)
          AND NOT EXISTS (SELECT FROM hub.waiting w WHERE w.state = 'waiting'
                          AND w.document = s.about AND w.event = s.name)
          AND NOT EXISTS (SELECT FROM hub.quarantine q JOIN hub.delta d
                            ON d.id = CAST(q.external_key AS bigint)
                          WHERE q.stream = 'triggers' AND q.state <> 'healed'
                            AND q.external_key ~ '^[0-9]+$'
                            AND d.kind = 'signal' AND d.document = s.id)
        LIMIT :most)
""")
WAITS = text("""
    DELETE FROM hub.waiting WHERE key IN (
        SELECT key FROM hub.waiting WHERE state <> 'waiting' AND settled_at < :before LIMIT :most)
""")
FIRINGS = text("""
    DELETE FROM hub.firing WHERE (rule, document, occurrence) IN (
        SELECT f.rule, f.document, f.occurrence FROM hub.firing f
        LEFT JOIN unnest(CAST(:rules AS text[]), CAST(:floors AS timestamptz[]))
          AS kept (rule, floor) ON kept.rule = f.rule
        WHERE f.at < least(:before, kept.floor) LIMIT :most)
""")


def forget(
    connection: Connection, before: datetime, floors: Mapping[str, datetime]
) -> Counter[str]:
    """Let go of what is older than a moment, a portion of it; counts `signals`, `waits`, `firings`.

    `floors` says by rule since when its own firings still count, for how often it may act. What
    an action waits for, what was set aside and what the rules have not read yet stays. From then
    on no term is said that has passed before that moment: its signal may be gone.
    """
    journal.attribute(connection, ORIGIN)
    given: dict[str, Any] = {"before": before, "most": MOST}
    counts: Counter[str] = Counter()
    if not _unread(connection, before):
        known = forgotten_before(connection)
        if known is None or known < before:
            cursors.move(connection, STREAM, {"before": before.isoformat()})
        counts["signals"] = connection.execute(SIGNALS, given).rowcount
    counts["waits"] = connection.execute(WAITS, given).rowcount
    given |= {"rules": list(floors), "floors": list(floors.values())}
    counts["firings"] = connection.execute(FIRINGS, given).rowcount
    return +counts


def forgotten_before(connection: Connection) -> datetime | None:
    """Before what moment signals may be gone; nothing while all are kept."""
    known = cursors.read(connection, STREAM)
    return datetime.fromisoformat(known["before"]) if known else None


def _unread(connection: Connection, before: datetime) -> bool:
    place = cursors.read(connection, READER) or {"xid": 0, "id": 0}
    given = {"before": before, "xid": str(place["xid"]), "id": place["id"]}
    return bool(connection.execute(UNREAD, given).scalar())
