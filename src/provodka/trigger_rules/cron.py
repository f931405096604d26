"""Schedules as cron writes them: minute, hour, day of month, month, day of week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

__all__ = ["Cron"]

BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
WEEKDAYS = {name: n for n, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
FURTHEST = timedelta(days=366 * 5)
SUNDAY = 7


@dataclass(frozen=True, slots=True)
class Cron:
    """Five fields with lists, ranges and steps; names of days, such as `mon-fri`.

    As in Vixie cron, when both days are restricted either is enough.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    @classmethod
    def parse(cls, text: str) -> Cron:
        """Read a schedule; raises `ValueError` that names the field."""
        fields = text.split()
        if len(fields) != len(BOUNDS):
            raise ValueError(text)
        read = [_values(field, *bounds) for field, bounds in zip(fields, BOUNDS, strict=True)]
        weekdays = frozenset(day % SUNDAY for day in read[4])
        either = not fields[2].startswith("*") and not fields[4].startswith("*")
        return cls(read[0], read[1], read[2], read[3], weekdays, either)

    def last(self, after: datetime, until: datetime, zone: ZoneInfo) -> datetime | None:
        """The last time in `(after, until]` that the schedule names, on the zone's clock."""
        tick = until.astimezone(zone).replace(second=0, microsecond=0)
        oldest = max(after, until - FURTHEST).astimezone(zone)
        while tick > oldest:
            if not self._on(tick):
                tick = tick.replace(hour=23, minute=59) - timedelta(days=1)
            elif tick.hour not in self.hours:
                tick = tick.replace(minute=59) - timedelta(hours=1)
            elif tick.minute in self.minutes:
                return tick
            else:
                tick -= timedelta(minutes=1)
        return None

    def _on(self, day: datetime) -> bool:
        if day.month not in self.months:
            return False
        by_date, by_week = day.day in self.days, day.isoweekday() % SUNDAY in self.weekdays
        return by_date or by_week if self.either_day else by_date and by_week


def _values(field: str, low: int, high: int) -> frozenset[int]:
    found: set[int] = set()
    for part in field.lower().split(","):
        span, _slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            begin, end = low, high
        else:
            begin = _number(first)
            end = _number(last) if dash else (high if step else begin)
        if not low <= begin <= end <= high or (step and not step.isdecimal()) or step == "0":
            raise ValueError(field)
        found.update(range(begin, end + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str) -> int:
    if text in WEEKDAYS:
        return WEEKDAYS[text]
    if not text.isdecimal():
        raise ValueError(text)
    return int(text)
