"""Repeating events taken apart by the clock of their own zone (RFC 5545 §3.3.10, §3.8.5).

Servers can do it, too, but some repeat in UTC: from the change of the clock on, they are an hour
off. A meeting at ten stays at ten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import islice
from typing import Any

from dateutil.rrule import rrule, rrulestr

from provodka.connectors.calendars.events import Event, parsed, read_event

__all__ = ["occurrences"]

USUAL = frozenset({"FREQ", "INTERVAL", "BYDAY", "WKST"})
OF_MONTHS = USUAL | {"BYMONTH", "BYMONTHDAY", "BYSETPOS"}
PARTS = {"DAILY": USUAL, "WEEKLY": USUAL, "MONTHLY": OF_MONTHS, "YEARLY": OF_MONTHS}
"""What rules of meetings are made of. A rule of other parts may never come true, and would then
be looked for day by day until the year 9999."""
MOST = 50_000
DAY = timedelta(days=1)


def occurrences(source: bytes, zone: tzinfo, since: datetime, until: datetime) -> list[Event]:
    """Every event of a calendar that touches a span of time, each repetition by itself.

    `zone` is that of times which name none. Raises `Misunderstood` for what is no calendar.
    """
    parts: list[Any] = list(parsed(source).walk("VEVENT"))
    moved = {
        (str(part.get("UID", "")), _moment(part["RECURRENCE-ID"].dt, zone))
        for part in parts
        if "RECURRENCE-ID" in part
    }
    found = (one for part in parts for one in _of(part, zone, moved, since, until))
    return [one for one in found if one.ends_at > since and one.starts_at < until]


def _of(
    part: Any,
    zone: tzinfo,
    moved: set[tuple[str, datetime]],
    since: datetime,
    until: datetime,
) -> Iterable[Event]:
    event = read_event(part, zone)
    if event is None:
        return []
    if not event.recurring or "RECURRENCE-ID" in part:
        return [event]
    lasts = event.ends_at - event.starts_at
    try:
        starts = _starts(part, zone, since - lasts, until)
    except (ValueError, TypeError, AttributeError, OverflowError):
        # A rule that its own library cannot read: the first one is certain.
        return [event]
    return [
        replace(event, starts_at=at, ends_at=at + lasts)
        for at in starts
        if (event.uid, at) not in moved
    ]


def _starts(part: Any, zone: tzinfo, since: datetime, until: datetime) -> list[datetime]:
    first = part["DTSTART"].dt
    of = (first.tzinfo if isinstance(first, datetime) else None) or zone
    begins = _wall(first, of)
    found = {begins, *_added(part, of)}
    for rule in _listed(part.get("RRULE")):
        found.update(_by_rule(rule, begins, of, since, until))
    found -= {_wall(one.dt, of) for dates in _listed(part.get("EXDATE")) for one in dates.dts}
    aware = (at.replace(tzinfo=of).astimezone(UTC) for at in found)
    return sorted(at for at in aware if since < at < until)


def _added(part: Any, of: tzinfo) -> Iterator[datetime]:
    for dates in _listed(part.get("RDATE")):
        for one in dates.dts:
            yield _wall(one.dt[0] if isinstance(one.dt, tuple) else one.dt, of)


def _by_rule(
    rule: Any, begins: datetime, of: tzinfo, since: datetime, until: datetime
) -> list[datetime]:
    """By the wall clock: days and weeks are added there, not in seconds.

    Counted from the beginning, and no further than is asked for.
    """
    plain = {name: value for name, value in rule.items() if name not in ("UNTIL", "COUNT")}
    known = PARTS.get(str(next(iter(rule.get("FREQ", [])), "")).upper(), frozenset())
    if not plain.keys() <= known:
        return []
    last = _wall(until, of) + DAY
    for ends in rule.get("UNTIL", []):
        closing = _wall(ends, of)
        last = min(last, closing if isinstance(ends, datetime) else closing + DAY)
    repeated = rrulestr(type(rule)(plain).to_ical().decode(), dtstart=begins)
    if not isinstance(repeated, rrule):
        return []
    count = min([MOST, *map(int, rule.get("COUNT", []))])
    earliest = _wall(since, of) - DAY
    dates: Iterator[datetime] = iter(repeated.replace(until=last))
    return [at for at in islice(dates, count) if at >= earliest]


def _wall(value: date, of: tzinfo) -> datetime:
    """What the clock on the wall shows there."""
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001
    return value.astimezone(of).replace(tzinfo=None) if value.tzinfo else value


def _moment(value: date, zone: tzinfo) -> datetime:
    wall = _wall(value, zone)
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]
