"""Working calendars as arrays, so that the database itself can count working time.

Between two instants of one calendar lie `W(b) - W(a)` working seconds, where `W` is the working
time of all days before plus what has passed of the day's own hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.calendars import Calendars

__all__ = ["FIRST_DAY", "working_parameters"]

ONE_DAY = timedelta(days=1)
FIRST_DAY = date(1990, 1, 1)


def working_parameters(calendars: Calendars, first: date, last: date) -> dict[str, Any]:
    """The parameters of `sql/working.sql` for the days from `first` to `last`, both included.

    The company's calendar has the code ''. A day more at each end allows for zones.
    """
    codes = {"": calendars.company, **calendars.named}
    days = [
        (code, *row)
        for code, calendar in codes.items()
        for row in _days(calendar, max(first, FIRST_DAY) - ONE_DAY, last + ONE_DAY)
    ]
    columns = list(zip(*days, strict=True)) or [()] * 5
    names = ("cal_code", "cal_day", "cal_opens", "cal_closes", "cal_before")
    return {
        **{name: list(column) for name, column in zip(names, columns, strict=True)},
        "zone_code": list(codes),
        "zone_name": [str(calendar.zone) for calendar in codes.values()],
    }


def _days(
    calendar: WorkingCalendar, first: date, last: date
) -> Iterator[tuple[date, datetime, datetime, float]]:
    passed = 0.0
    for offset in range((last - first).days + 1):
        day = first + offset * ONE_DAY
        noon = datetime.combine(day, time(12), calendar.zone)
        opens, closes = (at.astimezone(UTC) for at in calendar.hours(day) or (noon, noon))
        yield day, opens, closes, passed
        passed += (closes - opens).total_seconds()
