"""The company's working calendar: Russian holidays, transfers, decree days, short days.

Times come in and go out with a zone. Years whose transfers the government has not announced
yet are marked: a date in them may still move.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import holidays
import yaml

__all__ = ["Moment", "WorkingCalendar"]

DATA = Path(__file__).parent / "calendars" / "russia.yaml"
ONE_DAY = timedelta(days=1)
FURTHEST = 3660


@dataclass(frozen=True, slots=True)
class Moment:
    """An aware datetime; `provisional` when its year's transferred days are not known yet."""

    at: datetime
    provisional: bool = False


@dataclass(frozen=True)
class WorkingCalendar:
    """Working days and hours of one company.

    `due` says at which end of a working day a term counted in days falls: the `end` (a call
    "tomorrow" is late after tomorrow's working day) or the `start`. A short day ends
    `shorter_by` earlier (article 95 of the Labour Code). `days_off`, `working_days` and
    `short_days` are the company's own exceptions and win over everything. `versions` are
    calendars that replace this one, each from a day on, oldest first.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Yekaterinburg"))
    day_start: time = time(9)
    day_end: time = time(18)
    weekdays: frozenset[int] = frozenset(range(5))
    due: Literal["start", "end"] = "end"
    shorter_by: timedelta = timedelta(hours=1)
    days_off: frozenset[date] = frozenset()
    working_days: frozenset[date] = frozenset()
    short_days: frozenset[date] = frozenset()
    public_holidays: bool = True
    versions: tuple[tuple[date, WorkingCalendar], ...] = ()

    def in_force(self, day: date) -> WorkingCalendar:
        """The version of this calendar that holds on that date."""
        return next((one for since, one in reversed(self.versions) if since <= day), self)

    def is_working(self, day: date) -> bool:
        """Whether people work on that date."""
        return self.in_force(day)._works(day)

    def _works(self, day: date) -> bool:
        if day in self.working_days:
            return True
        if day in self.days_off:
            return False
        if not self.public_holidays:
            return day.weekday() in self.weekdays
        year = _year(day.year)
        return day in year.working_weekends or (
            day.weekday() in self.weekdays and day not in year.off
        )

    def hours(self, day: date) -> tuple[datetime, datetime] | None:
        """When work begins and ends on that date; `None` on a day off."""
        if not self.is_working(day):
            return None
        then = self.in_force(day)
        start = datetime.combine(day, then.day_start, self.zone)
        end = datetime.combine(day, then.day_end, self.zone)
        return start, end - then.shorter_by if then._is_short(day) else end

    def provisional(self, day: date) -> bool:
        """Whether that date's year still lacks the announced transfers."""
        return day.year >= int(_table()["provisional_from"])

    def next_working_day(self, at: datetime) -> Moment:
        """The next working day after the local date of `at`, at the end that `due` names."""
        return self.add_working_days(at, 1)

    def add_working_days(
        self, at: datetime, days: int, due: Literal["start", "end"] | None = None
    ) -> Moment:
        """The `days`-th working day after the local date of `at`; 0 is today or the next one."""
        today = self._local(at).date()
        first = today if days == 0 else today + ONE_DAY
        for count, (start, end) in enumerate(self._working(first), start=1):
            if count >= days:
                return self.moment(start if (due or self.due) == "start" else end)
        raise AssertionError

    def add_working_time(self, at: datetime, amount: timedelta) -> Moment:
        """The moment after `amount` of working time, counted inside working hours only."""
        now, left = self._local(at), amount
        for start, end in self._working(now.date()):
            begin = max(start, now)
            if begin < end and left <= end - begin:
                return self.moment(begin + left)
            left -= max(end - begin, timedelta())
        raise AssertionError

    def subtract_working_days(
        self, at: datetime, days: int, due: Literal["start", "end"] | None = None
    ) -> Moment:
        """The `days`-th working day before the local date of `at`; 0 is that day or the last."""
        today = self._local(at).date()
        last = today if days == 0 else today - ONE_DAY
        for count, (start, end) in enumerate(self._worked(last), start=1):
            if count >= days:
                return self.moment(start if (due or self.due) == "start" else end)
        raise AssertionError

    def subtract_working_time(self, at: datetime, amount: timedelta) -> Moment:
        """The moment from which `amount` of working time is left until `at`."""
        now, left = self._local(at), amount
        for start, end in self._worked(now.date()):
            finish = min(end, now)
            if finish > start and left <= finish - start:
                return self.moment(finish - left)
            left -= max(finish - start, timedelta())
        raise AssertionError

    def _worked(self, last: date) -> Iterator[tuple[datetime, datetime]]:
        for offset in range(FURTHEST):
            hours = self.hours(last - offset * ONE_DAY)
            if hours:
                yield hours
        raise ValueError(f"no working day within {FURTHEST} days before {last}")

    def _working(self, first: date) -> Iterator[tuple[datetime, datetime]]:
        for offset in range(FURTHEST):
            hours = self.hours(first + offset * ONE_DAY)
            if hours:
                yield hours
        raise ValueError(f"no working day within {FURTHEST} days after {first}")

    def _is_short(self, day: date) -> bool:
        if day in self.short_days or not self.public_holidays:
            return day in self.short_days
        tomorrow = day + ONE_DAY
        return day in _short_days() or f"{tomorrow:%m-%d}" in _table()["public_holidays"]

    def _local(self, at: datetime) -> datetime:
        if at.tzinfo is None:
            raise ValueError("a working calendar needs a datetime with a zone")
        return at.astimezone(self.zone)

    def moment(self, at: datetime) -> Moment:
        """A moment, marked when its year may still change."""
        local = self._local(at)
        return Moment(at, self.provisional(local.date()))


@dataclass(frozen=True, slots=True)
class _Year:
    off: frozenset[date]
    working_weekends: frozenset[date]


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return table


@lru_cache(maxsize=1)
def _short_days() -> frozenset[date]:
    return frozenset(_table()["short_days"])


@lru_cache(maxsize=64)
def _year(year: int) -> _Year:
    known = holidays.country_holidays("RU", years=year)
    decreed = {
        row["from"] + offset * ONE_DAY
        for row in _table()["days_off"]
        for offset in range((row["to"] - row["from"]).days + 1)
    }
    return _Year(
        off=frozenset(known) | frozenset(day for day in decreed if day.year == year),
        working_weekends=frozenset(day for day in known.weekend_workdays if day.year == year),
    )
