"""Meetings in letters (RFC 5545, RFC 5546): the first event of a calendar part.

The calendar's own definitions of time zones are not followed, as a hostile one would take
forever: a zone is known by its IANA or Windows name, or by the offset its definition gives.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from provodka.connectors.mail.understanding.addresses import normalised
from provodka.connectors.mail.understanding.identities import SENSIBLE_YEARS
from provodka.connectors.mail.understanding.letters import Address, Attendee, Invitation

if TYPE_CHECKING:
    from icalendar import Event

__all__ = ["read_invitation"]

MOST_CHARACTERS = 300_000
MOST_ATTENDEES = 1000
MOST_TEXT = 20_000
MOST_SEQUENCE = 2**31 - 1
FOLD = re.compile(r"\r?\n[ \t]")
ZONE_NAME = re.compile(r"(?im)^TZID:(.+?)\s*$")
ZONE_OFFSET = re.compile(r"(?im)^TZOFFSETTO:([+-]\d{4})")
MOST_ZONES = 50
NAMED_OFFSET = re.compile(r"\((?:UTC|GMT)\s*([+-]\d\d):?(\d\d)\)|^(?:UTC|GMT)([+-]\d\d):?(\d\d)?")


def read_invitation(text: str, problems: set[str]) -> Invitation | None:
    """The invitation in a calendar's text, or None, and a problem, where there is none."""
    rest, blocks = _without_zones(FOLD.sub("", text[:MOST_CHARACTERS]))
    zones = {
        name[1].strip().strip('"'): offset
        for block in blocks
        if (name := ZONE_NAME.search(block)) and (offset := _defined_offset(block))
    }
    event, method = _event(rest)
    if event is None:
        problems.add("bad_calendar")
        return None
    try:
        return _invitation(event, method, zones, problems)
    except (ValueError, TypeError, AttributeError, OverflowError, LookupError):
        problems.add("bad_calendar")
        return None


def _without_zones(text: str) -> tuple[str, list[str]]:
    """The calendar without its definitions of time zones, and these."""
    kept: list[str] = []
    blocks: list[list[str]] = []
    within = False
    for line in text.splitlines():
        mark = line.strip().upper()
        if mark == "BEGIN:VTIMEZONE":
            within = True
            blocks.append([])
        elif mark == "END:VTIMEZONE":
            within = False
        elif within:
            blocks[-1].append(line)
        else:
            kept.append(line)
    return "\r\n".join(kept), ["\n".join(block) for block in blocks[:MOST_ZONES]]


def _event(text: str) -> tuple[Event | None, str]:
    from icalendar import Calendar, Event

    try:
        calendar = Calendar.from_ical(text)
        events = [one for one in calendar.walk("VEVENT") if isinstance(one, Event)]
    except (ValueError, TypeError, AttributeError, IndexError, KeyError, OverflowError):
        return None, ""
    return (events[0] if events else None), str(calendar.get("METHOD") or "PUBLISH").upper()


def _invitation(
    event: Event, method: str, zones: dict[str, tzinfo], problems: set[str]
) -> Invitation:
    starts, day = _moment(event, "DTSTART", zones, problems)
    ends, _day = _moment(event, "DTEND", zones, problems)
    length = getattr(event.get("DURATION"), "dt", None)
    if ends is None and starts is not None and isinstance(length, timedelta):
        ends = starts + length
    if ends is None and starts is not None and day is not None:
        ends = starts + timedelta(days=1)
    organizer = event.get("ORGANIZER")
    recurrence, occurrence = event.get("RRULE"), event.get("RECURRENCE-ID")
    return Invitation(
        method=method[:20],
        uid=_text(event, "UID")[:500],
        sequence=_number(event.get("SEQUENCE")),
        stamped_at=_moment(event, "DTSTAMP", zones, set())[0],
        summary=_text(event, "SUMMARY"),
        location=_text(event, "LOCATION"),
        description=_text(event, "DESCRIPTION"),
        status=_text(event, "STATUS").upper()[:20],
        starts=starts,
        ends=ends,
        all_day=day,
        recurrence=_wire(recurrence),
        recurrence_id=_wire(occurrence),
        organizer=_person(organizer) if organizer is not None else None,
        attendees=_attendees(event),
    )


def _moment(
    event: Event, name: str, zones: dict[str, tzinfo], problems: set[str]
) -> tuple[datetime | None, date | None]:
    """The aware time of a property, and the day alone where it has no time of day."""
    prop = event.get(name)
    value = getattr(prop, "dt", None) if type(prop).__name__ == "vDDDTypes" else None
    if isinstance(value, date) and value.year not in SENSIBLE_YEARS:
        raise ValueError(name)
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            return value, None
        named = str(prop.params.get("TZID", "")) if prop is not None else ""
        zone = zones.get(named) or _named_zone(named)
        if zone is None:
            problems.add("calendar_without_zone")
        return value.replace(tzinfo=zone or UTC), None
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC), value
    return None, None


@lru_cache(maxsize=128)
def _named_zone(name: str) -> tzinfo | None:
    found = NAMED_OFFSET.search(name)
    if found:
        hours, minutes = found[1] or found[3], found[2] or found[4] or "00"
        return _offset(f"{hours}{minutes}")
    try:
        return ZoneInfo(name.strip("/").removeprefix("freeassociation.sourceforge.net/"))
    except (OSError, ValueError):
        return None


def _defined_offset(block: str) -> tzinfo | None:
    found = ZONE_OFFSET.search(block, max(block.upper().find("BEGIN:STANDARD"), 0))
    return _offset(found[1]) if found else None


def _offset(written: str) -> tzinfo | None:
    length = timedelta(hours=int(written[1:3]), minutes=int(written[3:5]))
    if length >= timedelta(hours=24):
        return None
    return timezone(-length if written[0] == "-" else length)


def _attendees(event: Event) -> tuple[Attendee, ...]:
    listed = event.get("ATTENDEE") or []
    found = []
    for one in (listed if isinstance(listed, list) else [listed])[:MOST_ATTENDEES]:
        person, told = _person(one), getattr(one, "params", {})
        found.append(
            Attendee(
                address=person.address,
                name=person.name,
                status=str(told.get("PARTSTAT", "needs-action")).lower()[:20],
                optional=str(told.get("ROLE", "")).upper() == "OPT-PARTICIPANT",
            )
        )
    return tuple(found)


def _person(prop: Any) -> Address:
    written = str(prop)
    address = written[7:] if written.lower().startswith("mailto:") else written
    name = str(getattr(prop, "params", {}).get("CN", ""))
    return Address(normalised(address)[:320] if "@" in address else "", name.strip("\"'")[:300])


def _text(event: Event, name: str) -> str:
    value = event.get(name)
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value or "").strip()[:MOST_TEXT]


def _number(value: Any) -> int:
    return min(int(value), MOST_SEQUENCE) if isinstance(value, int) else 0


def _wire(prop: Any) -> str:
    value = prop[0] if isinstance(prop, list) and prop else prop
    if not hasattr(value, "to_ical"):
        return ""
    raw = value.to_ical()
    return (raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw))[:1000]
