"""An event as a value, and as iCalendar (RFC 5545): made, read, and changed with care."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from icalendar import Calendar, Component, Todo
from icalendar import Event as IcsEvent

from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _

__all__ = ["Event", "changed", "parsed", "read_event", "read_events", "to_ics"]

PRODUCT = "-//Provodka//Provodka//RU"
AGREED = "X-PROVODKA-AGREED"
"""What the hub wrote when it last wrote: whatever differs now was changed in the calendar.

In letters and digits: programs disagree on how other signs are escaped in a property of no type."""
DAY = timedelta(days=1)
TIMES = ("DTSTART", "DTEND", "DURATION", "DUE")
BEGINS = {False: ("DTSTART",), True: ("DUE", "DTSTART")}
"""What tells when something is, of an event and of a task; the first that is there."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event; times are aware. `agreed` is what the hub last wrote into it, if it did.

    `busy` is false for what does not take its owner's time: transparent or cancelled.

    A `todo` is a task (VTODO): it takes no time, both times are its due date, and its owner may
    say that it is `done`.
    """

    uid: str
    starts_at: datetime
    ends_at: datetime
    summary: str = field(default="", repr=False)
    description: str = field(default="", repr=False)
    busy: bool = True
    cancelled: bool = False
    recurring: bool = False
    todo: bool = False
    done: bool = False
    agreed: Mapping[str, Any] | None = field(default=None, repr=False)


def to_ics(events: Iterable[Event], *, written_at: datetime) -> bytes:
    """A calendar with these events; times are written in UTC, so that no zone can shift them."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    for event in events:
        part: Component = Todo() if event.todo else IcsEvent()
        part.add("uid", event.uid)
        part.add("dtstamp", written_at.astimezone(UTC))
        part.add("sequence", 0)
        _write(part, event)
        calendar.add_component(part)
    return bytes(calendar.to_ical())


def changed(source: bytes, event: Event, *, written_at: datetime) -> bytes:
    """The same event with what the hub has to say of it; what its owner has added stays.

    Raises `Misunderstood` if the source is no calendar or does not hold the event.
    """
    calendar = parsed(source)
    for part in (*calendar.walk("VEVENT"), *calendar.walk("VTODO")):
        if str(part.get("uid", "")) == event.uid:
            part.pop("DTSTAMP", None)
            part.add("dtstamp", written_at.astimezone(UTC))
            sequence = _whole(part.pop("SEQUENCE", 0))
            part.add("sequence", sequence + 1)
            _write(part, event)
            return bytes(calendar.to_ical())
    raise _odd(_("события {uid} в нем нет").format(uid=event.uid))


def read_events(source: bytes, zone: tzinfo) -> list[Event]:
    """Every event of a calendar. `zone` is that of times which name none.

    A whole day lasts from midnight to midnight in `zone`. Raises `Misunderstood` for what is no
    calendar; an event without a beginning is passed over.
    """
    calendar = parsed(source)
    parts = (*calendar.walk("VEVENT"), *calendar.walk("VTODO"))
    found = (read_event(part, zone) for part in parts)
    return [one for one in found if one is not None]


def _write(part: Component, event: Event) -> None:
    for name in (*TIMES, "SUMMARY", "DESCRIPTION", "LAST-MODIFIED", AGREED):
        part.pop(name, None)
    if event.todo:
        part.add("due", event.starts_at.astimezone(UTC))
    else:
        part.add("dtstart", event.starts_at.astimezone(UTC))
        part.add("dtend", event.ends_at.astimezone(UTC))
    part.add("summary", event.summary)
    if event.description:
        part.add("description", event.description)
    if event.agreed is not None:
        said = json.dumps(event.agreed, sort_keys=True).encode()
        part.add(AGREED, urlsafe_b64encode(said).decode())


def parsed(source: bytes) -> Calendar:
    """The components of a calendar. Raises `Misunderstood` for what is none."""
    try:
        return Calendar.from_ical(source)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise _odd(str(error)[:120]) from None


def read_event(part: Any, zone: tzinfo) -> Event | None:
    """A component as an event, its first where it repeats; None if it has no beginning."""
    try:
        todo = part.name == "VTODO"
        begins = next((name for name in BEGINS[todo] if name in part), None)
        if begins is None:
            return None
        starts = part[begins].dt
        cancelled = str(part.get("STATUS", "")).upper() == "CANCELLED"
        transparent = str(part.get("TRANSP", "")).upper() == "TRANSPARENT"
        return Event(
            uid=str(part.get("UID", "")),
            starts_at=_moment(starts, zone),
            ends_at=_moment(starts, zone) if todo else _end(part, starts, zone),
            summary=str(part.get("SUMMARY", "")),
            description=str(part.get("DESCRIPTION", "")),
            busy=not (cancelled or transparent or todo),
            cancelled=cancelled,
            todo=todo,
            done=todo and str(part.get("STATUS", "")).upper() == "COMPLETED",
            recurring="RRULE" in part or "RDATE" in part,
            agreed=_agreed(str(part.get(AGREED, ""))),
        )
    except (ValueError, AttributeError, OverflowError, TypeError):
        return None


def _end(part: Any, starts: date, zone: tzinfo) -> datetime:
    """RFC 5545 §3.6.1: DTEND, or DTSTART and DURATION, or the day, or the moment itself."""
    if "DTEND" in part:
        return _moment(part["DTEND"].dt, zone)
    if "DURATION" in part:
        lasts: timedelta = part["DURATION"].dt
        return _moment(starts, zone) + lasts
    return _moment(starts if isinstance(starts, datetime) else starts + DAY, zone)


def _moment(value: date, zone: tzinfo) -> datetime:
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001
    aware = value if value.tzinfo else value.replace(tzinfo=zone)
    return aware.astimezone(UTC)


def _agreed(text: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(urlsafe_b64decode(text)) if text else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def _odd(found: str) -> Misunderstood:
    return Misunderstood(
        _("Календарь"),
        found=found,
        expected=_("событие в формате iCalendar"),
        next_step=_("посмотрите это событие в календаре"),
        code="bad_calendar",
    )
