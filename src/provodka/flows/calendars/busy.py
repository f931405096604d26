"""When employees are busy by their calendars: times only, no titles and no guests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from provodka.connectors.calendars.events import Event
from provodka.connectors.calendars.repeating import occurrences
from provodka.connectors.crm_store.tables.outward import busy
from provodka.flows.calendars.pulling import Source
from provodka.flows.calendars.showing import owner_of
from provodka.foundation.errors import Misunderstood

__all__ = ["busy_between", "read_busy"]

Hours = dict[tuple[str, datetime], datetime]


def read_busy(engine: Engine, source: Source, now: datetime, days: int) -> Counter[str]:
    """Read the coming days anew; counts `changed` rows.

    What the hub itself has put there counts as busy, too: it is what the employee will be doing.
    """
    until = now + timedelta(days=days)
    found: Hours = {}
    for one in source.dav.during(now, until):
        with suppress(Misunderstood):
            found |= _hours(occurrences(one.content, source.zone, now, until))
    with engine.begin() as connection:
        owner = owner_of(connection, source.email)
        return Counter(changed=_keep(connection, source.calendar, owner, found) if owner else 0)


def busy_between(
    connection: Connection, employee: UUID, since: datetime, until: datetime
) -> timedelta:
    """How much of a span of time an employee is busy; what overlaps counts once."""
    rows = connection.execute(
        select(busy.c.starts_at, busy.c.ends_at)
        .where(busy.c.employee_id == employee, busy.c.ends_at > since, busy.c.starts_at < until)
        .order_by(busy.c.starts_at)
    )
    total, reached = timedelta(), since
    for starts, ends in rows:
        begins, stops = max(starts, reached), min(ends, until)
        if stops > begins:
            total += stops - begins
            reached = stops
    return total


def _hours(events: Iterable[Event]) -> Hours:
    taken = (one for one in events if one.busy and one.ends_at > one.starts_at)
    return {(one.uid, one.starts_at): one.ends_at for one in taken}


def _keep(connection: Connection, calendar: str, owner: UUID, found: Hours) -> int:
    """Only what differs is written."""
    rows = connection.execute(select(busy).where(busy.c.calendar == calendar))
    known = {(row.uid, row.starts_at, row.ends_at, row.employee_id) for row in rows}
    wanted = {(uid, starts, ends, owner) for (uid, starts), ends in found.items()}
    gone, new = known - wanted, wanted - known
    for uid, starts, _ends, _owner in gone:
        one = (busy.c.calendar == calendar) & (busy.c.uid == uid) & (busy.c.starts_at == starts)
        connection.execute(busy.delete().where(one))
    if new:
        connection.execute(
            busy.insert(),
            [
                {
                    "calendar": calendar,
                    "uid": uid,
                    "starts_at": starts,
                    "ends_at": ends,
                    "employee_id": employee,
                }
                for uid, starts, ends, employee in sorted(new)
            ],
        )
    return len(gone) + len(new)
