"""How fresh the hub is and what it has done today: asked often, so everything goes by an index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

__all__ = ["Doings", "Hourly", "LastRun", "doings", "last_runs", "midnight"]

FLOWS = """
    WITH RECURSIVE flow (name) AS (
        (SELECT flow FROM hub.run ORDER BY flow LIMIT 1)
        UNION ALL
        SELECT (SELECT r.flow FROM hub.run r WHERE r.flow > f.name ORDER BY r.flow LIMIT 1)
        FROM flow f WHERE f.name IS NOT NULL)
"""
LAST = text(f"""{FLOWS}
    SELECT f.name AS flow, last.state, last.started_at, last.finished_at, last.counts, last.note,
           well.finished_at AS well_at
    FROM flow f
    CROSS JOIN LATERAL (
        SELECT * FROM hub.run r WHERE r.flow = f.name ORDER BY r.started_at DESC, r.id DESC
        LIMIT 1) last
    LEFT JOIN LATERAL (
        SELECT r.finished_at FROM hub.run r
        WHERE r.flow = f.name AND r.state IN ('done', 'set_aside')
        ORDER BY r.started_at DESC LIMIT 1) well ON true
    ORDER BY f.name
""")  # noqa: S608
RUNS = text(f"""{FLOWS}
    SELECT coalesce(sum((r.counts->>'new')::bigint), 0) AS new,
           coalesce(sum((r.counts->>'changed')::bigint), 0) AS changed
    FROM flow f JOIN hub.run r ON r.flow = f.name AND r.started_at >= :since
    WHERE f.name NOT LIKE 'lane:%'
""")  # noqa: S608
SENT = text("""
    WITH RECURSIVE target (name) AS (
        (SELECT target FROM hub.outbox WHERE settled_at IS NOT NULL ORDER BY target LIMIT 1)
        UNION ALL
        SELECT (SELECT o.target FROM hub.outbox o WHERE o.settled_at IS NOT NULL
                AND o.target > t.name ORDER BY o.target LIMIT 1)
        FROM target t WHERE t.name IS NOT NULL)
    SELECT t.name AS target, extract(hour FROM o.settled_at AT TIME ZONE :zone)::int AS hour,
           count(*) AS amount
    FROM target t JOIN hub.outbox o ON o.target = t.name AND o.settled_at >= :since
        AND o.state IN ('delivered', 'flagged')
    GROUP BY 1, 2
""")
FIRED = text("""
    SELECT extract(hour FROM e.at AT TIME ZONE :zone)::int AS hour, count(*) AS amount
    FROM (SELECT DISTINCT rule FROM hub.rule_release) known
    JOIN hub.effect e ON e.rule = known.rule AND e.at >= :since
    GROUP BY 1
""")
# Keys begin with the time at which the row was made, so the key's index finds today's rows.
CAME = text("""
    SELECT 'letters' AS what, extract(hour FROM created_at AT TIME ZONE :zone)::int AS hour,
           count(*) AS amount
    FROM crm.message
    WHERE id >= CAST(:first AS uuid) AND created_at >= :since AND direction = 'incoming'
    GROUP BY 2
    UNION ALL
    SELECT 'calls', extract(hour FROM created_at AT TIME ZONE :zone)::int, count(*)
    FROM crm.call WHERE id >= CAST(:first AS uuid) AND created_at >= :since GROUP BY 2
""")
Hourly = Mapping[int, int]
"""Counts by hour of the day, those of zero left out."""


@dataclass(frozen=True, slots=True)
class LastRun:
    """The latest run of a flow, and when one last ended well (`None`: not in a month)."""

    flow: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    counts: Mapping[str, int]
    note: str
    well_at: datetime | None


@dataclass(frozen=True, slots=True)
class Doings:
    """What happened since midnight, by hour where that is known.

    `taken` are documents that came anew or changed from other systems, `sent` by system what was
    written there, `rules` effects of rules, `letters` and `calls` those that came.
    """

    taken: int
    sent: Mapping[str, Hourly]
    rules: Hourly
    letters: Hourly
    calls: Hourly


def last_runs(connection: Connection) -> Sequence[LastRun]:
    """Each flow that has run within a month, by its name."""
    return [
        LastRun(**{**row._mapping, "counts": row.counts or {}, "note": row.note or ""})
        for row in connection.execute(LAST)
    ]


def doings(connection: Connection, now: datetime, zone: ZoneInfo) -> Doings:
    """What happened today by the clock of `zone`."""
    since = midnight(now, zone)
    given = {"since": since, "zone": zone.key}
    runs = connection.execute(RUNS, {"since": since}).one()
    came = connection.execute(CAME, {**given, "first": _first_key(since)}).all()
    sent: dict[str, dict[int, int]] = {}
    for row in connection.execute(SENT, given):
        sent.setdefault(row.target, {})[row.hour] = row.amount
    return Doings(
        taken=int(runs.new + runs.changed),
        sent=sent,
        rules=_by_hour(connection.execute(FIRED, given)),
        letters=_by_hour(row for row in came if row.what == "letters"),
        calls=_by_hour(row for row in came if row.what == "calls"),
    )


def midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of today by the clock of `zone`."""
    today = now.astimezone(zone).date()
    return datetime(today.year, today.month, today.day, tzinfo=zone)


def _first_key(since: datetime) -> str:
    """The least key of version 7 that a row of this moment could have (RFC 9562, 5.7)."""
    digits = f"{int(since.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}-7000-8000-000000000000"


def _by_hour(rows: Any) -> Hourly:
    return {row.hour: row.amount for row in rows}
