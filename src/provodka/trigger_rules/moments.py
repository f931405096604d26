"""When a term ends: by the calendar of work, or by the clock and the calendar on the wall."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, time, timedelta
from functools import lru_cache

from provodka.trigger_rules.calendar import Moment, WorkingCalendar
from provodka.trigger_rules.vocabulary import Term

__all__ = ["before_moment", "due_moment", "months_after"]


@lru_cache(maxsize=4096)
def due_moment(term: Term, since: datetime, calendar: WorkingCalendar) -> Moment:
    """When something that is due in `term` is due; `since` is aware."""
    if term.working_days is not None:
        at = None if isinstance(term.at, time) else term.at
        return _timed(calendar.add_working_days(since, term.working_days, at), term, calendar)
    if term.working_hours is not None:
        return calendar.add_working_time(since, term.working_time)
    return _timed(calendar.moment(_on_the_wall(term, since, calendar, 1)), term, calendar)


def before_moment(term: Term, until: datetime, calendar: WorkingCalendar) -> Moment:
    """The moment that lies `term` before another."""
    if term.working_days is not None:
        at = None if isinstance(term.at, time) else term.at
        found = calendar.subtract_working_days(until, term.working_days, at)
        return _timed(found, term, calendar)
    if term.working_hours is not None:
        return calendar.subtract_working_time(until, term.working_time)
    return _timed(calendar.moment(_on_the_wall(term, until, calendar, -1)), term, calendar)


def months_after(at: datetime, months: int) -> datetime:
    """The same day and time of another month; the month's last day where there is no such."""
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    day = min(at.day, monthrange(year, month + 1)[1])
    return at.replace(year=year, month=month + 1, day=day)


def _on_the_wall(term: Term, at: datetime, calendar: WorkingCalendar, direction: int) -> datetime:
    local = at.astimezone(calendar.zone)
    if term.months is not None:
        return months_after(local, direction * term.months)
    if term.days is not None:
        return local + direction * timedelta(days=term.days)
    return at + direction * timedelta(hours=term.hours or 0)


def _timed(moment: Moment, term: Term, calendar: WorkingCalendar) -> Moment:
    """The same day at the time that the term names."""
    if term.at is None or (term.working_days is not None and not isinstance(term.at, time)):
        return moment
    day = moment.at.astimezone(calendar.zone).date()
    if isinstance(term.at, time):
        return Moment(datetime.combine(day, term.at, calendar.zone), moment.provisional)
    hours = calendar.hours(day)
    if hours is None:
        return calendar.add_working_days(moment.at, 0, term.at)
    return Moment(hours[0] if term.at == "start" else hours[1], moment.provisional)
