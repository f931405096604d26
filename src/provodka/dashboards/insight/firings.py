"""What rules have done: by day, and one by one, the latest first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

__all__ = ["Firing", "fired_by_day", "firings"]

BY_DAY = text("""
    SELECT r.rule, d.place, counted.amount
    FROM unnest(CAST(:rules AS text[])) r (rule)
    CROSS JOIN unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
        WITH ORDINALITY d (start, stop, place)
    CROSS JOIN LATERAL (
        SELECT count(*) AS amount FROM hub.effect e
        WHERE e.rule = r.rule AND e.at >= d.start AND e.at < d.stop) counted
    WHERE counted.amount > 0
""")
PAGE = text("""
    SELECT key, rule_version, action, kind, document, at, made FROM hub.effect
    WHERE rule = :rule AND (CAST(:at AS timestamptz) IS NULL OR (at, key) < (:at, :key))
    ORDER BY at DESC, key DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Firing:
    """One effect of a rule: of which version, on which document, what it made."""

    key: str
    rule_version: str
    action: str
    kind: str
    document: UUID
    at: datetime
    made: Any


def fired_by_day(
    connection: Connection, rules: Collection[str], days: Sequence[date], zone: ZoneInfo
) -> Mapping[str, Mapping[date, int]]:
    """How many effects each rule had on each of the days; days of none are left out."""
    starts = [datetime.combine(day, time(), zone) for day in days]
    ends = [datetime.combine(day + timedelta(days=1), time(), zone) for day in days]
    found: dict[str, dict[date, int]] = {}
    given = {"rules": list(rules), "starts": starts, "ends": ends}
    for row in connection.execute(BY_DAY, given):
        found.setdefault(row.rule, {})[days[row.place - 1]] = row.amount
    return found


def firings(
    connection: Connection, rule: str, limit: int, after: tuple[datetime, str] | None = None
) -> Sequence[Firing]:
    """The effects of a rule after the one where the page before ended."""
    at, key = after or (None, "")
    given = {"rule": rule, "limit": limit, "at": at, "key": key}
    return [Firing(**row._mapping) for row in connection.execute(PAGE, given)]
