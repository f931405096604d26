"""When an action that does not act at once is due: after a term, before a date, at a time."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from provodka.trigger_rules.actions.kinds import Woken
from provodka.trigger_rules.calendar import Moment, WorkingCalendar
from provodka.trigger_rules.language import Action, QuietHours
from provodka.trigger_rules.moments import before_moment, due_moment

__all__ = ["due_of", "quiet_until"]


def due_of(action: Action, woken: Woken, base: datetime) -> Moment:
    """When a delayed action is due; `base` is the time of its event.

    Raises `DocumentError` when the date that it counts from is empty.
    """
    calendar = woken.calendars.called(action.calendar, woken.facts)
    if action.after is not None:
        since = woken.date(action.after.of) if action.after.of else base
        return due_moment(action.after, since, calendar)
    if action.before is not None:
        return before_moment(action.before, woken.date(action.before.of or ""), calendar)
    return _next(base, action.at or time(), calendar)


def quiet_until(hours: QuietHours, now: datetime, calendar: WorkingCalendar) -> datetime | None:
    """When people may be disturbed again; nothing if they may be now."""
    local = now.astimezone(calendar.zone)
    begin, end = (
        local.replace(hour=at.hour, minute=at.minute, second=at.second, microsecond=0)
        for at in (hours.from_, hours.to)
    )
    if begin < end:
        return end if begin <= local < end else None
    if local >= begin:
        return end + timedelta(days=1)
    return end if local < end else None


def _next(base: datetime, at: time, calendar: WorkingCalendar) -> Moment:
    """The first such time on a working day from `base` on."""
    today = calendar.add_working_days(base, 0, "end")
    day = today.at.astimezone(calendar.zone).date()
    found = datetime.combine(day, at, calendar.zone)
    if found < base:
        later = calendar.add_working_days(base, 1, "end").at.astimezone(calendar.zone)
        found = datetime.combine(later.date(), at, calendar.zone)
    return calendar.moment(found)
