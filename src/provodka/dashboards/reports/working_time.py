"""Working calendars as arrays, so that the database itself can count working time.

Between two instants of one calendar lie `W(b) - W(a)` working seconds, where `W` is the working
time of all days before plus what has passed of the day's own hours. A day is found by its place
in the array: joining rows of days to facts would take days times facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.calendars import Calendars

__all__ = ["expanded", "working_parameters"]

ONE_DAY = timedelta(days=1)
FIRST_DAY = date(1990, 1, 1)
ASKED = re.compile(r"\$worked\(([^,()]+), ([^,()]+), ([^,()]+)\)")
WHICH = "array_position(CAST(:zone_code AS text[]), {code})"
PLACE = (
    "(({at} AT TIME ZONE (CAST(:zone_name AS text[]))[{which}])::date - CAST(:cal_first AS date)"
    " + 1 + ({which} - 1) * CAST(:cal_days AS int))"
)
PASSED = (
    "((CAST(:cal_before AS float8[]))[{place}] + CAST(extract(epoch FROM least(greatest({at},"
    " (CAST(:cal_opens AS timestamptz[]))[{place}]), (CAST(:cal_closes AS timestamptz[]))[{place}])"
    " - (CAST(:cal_opens AS timestamptz[]))[{place}]) AS float8))"
)


def expanded(statement: str) -> str:
    """The statement with `$worked(a, b, code)` written out: working seconds from a to b.

    `code` is a calendar's, '' is the company's; the parameters are `working_parameters`.
    """

    def written(found: re.Match[str]) -> str:
        begin, end, code = found.groups()
        return f"({_passed(end, code)} - {_passed(begin, code)})"

    return ASKED.sub(written, statement)


def _passed(at: str, code: str) -> str:
    which = WHICH.format(code=code)
    return PASSED.format(at=at, place=PLACE.format(at=at, which=which))


def working_parameters(calendars: Calendars, first: date, last: date) -> dict[str, Any]:
    """The parameters of `$worked` for the days from `first` to `last`, both included.

    The company's calendar has the code ''. A day more at each end allows for zones.
    """
    codes = {"": calendars.company, **calendars.named}
    begins, ends = max(first, FIRST_DAY) - ONE_DAY, last + ONE_DAY
    days = [row for calendar in codes.values() for row in _days(calendar, begins, ends)]
    opens, closes, before = (list(column) for column in zip(*days, strict=True))
    return {
        "cal_first": begins,
        "cal_days": (ends - begins).days + 1,
        "cal_opens": opens,
        "cal_closes": closes,
        "cal_before": before,
        "zone_code": list(codes),
        "zone_name": [str(calendar.zone) for calendar in codes.values()],
    }


def _days(
    calendar: WorkingCalendar, first: date, last: date
) -> Iterator[tuple[datetime, datetime, float]]:
    passed = 0.0
    for offset in range((last - first).days + 1):
        day = first + offset * ONE_DAY
        noon = datetime.combine(day, time(12), calendar.zone)
        opens, closes = (at.astimezone(UTC) for at in calendar.hours(day) or (noon, noon))
        yield opens, closes, passed
        passed += (closes - opens).total_seconds()
