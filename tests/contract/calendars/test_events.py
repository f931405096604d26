"""iCalendar as programs write it: zones, days, odd things, and what their owners have added."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provodka.connectors.calendars.events import Event, changed, read_events, to_ics
from provodka.connectors.calendars.repeating import occurrences
from provodka.foundation.errors import Misunderstood

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def read(*lines: str, zone: ZoneInfo = MOSCOW) -> list[Event]:
    body = ("BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:u", *lines)
    return read_events("\r\n".join((*body, "END:VEVENT", "END:VCALENDAR", "")).encode(), zone)


def span(*lines: str, zone: ZoneInfo = MOSCOW) -> tuple[str, str]:
    [event] = read(*lines, zone=zone)
    return f"{event.starts_at:%d.%m %H:%M}", f"{event.ends_at:%d.%m %H:%M}"


def test_a_time_is_understood_in_its_own_zone() -> None:
    at = ("DTSTART;TZID=Asia/Yekaterinburg:20261123T100000", "DURATION:PT45M")
    assert span(*at) == ("23.11 05:00", "23.11 05:45")
    assert span("DTSTART:20261123T100000Z", "DTEND:20261123T110000Z")[0] == "23.11 10:00"


def test_a_time_without_a_zone_is_in_the_calendars_own() -> None:
    assert span("DTSTART:20261123T100000", "DTEND:20261123T110000")[0] == "23.11 07:00"


def test_a_whole_day_is_as_long_as_the_clock_makes_it() -> None:
    assert span("DTSTART;VALUE=DATE:20261123") == ("22.11 21:00", "23.11 21:00")
    # The day on which Berlin turns its clocks back has 25 hours.
    assert span("DTSTART;VALUE=DATE:20261025", zone=BERLIN) == ("24.10 22:00", "25.10 23:00")


@pytest.mark.parametrize(
    ("line", "busy"), [("TRANSP:TRANSPARENT", False), ("STATUS:CANCELLED", False), ("X-A:b", True)]
)
def test_what_takes_no_time_is_not_busy(line: str, *, busy: bool) -> None:
    [event] = read("DTSTART:20261123T100000Z", line)
    assert event.busy is busy


def test_an_event_without_a_beginning_is_passed_over() -> None:
    assert read("SUMMARY:когда-нибудь") == []
    assert read("DTSTART:не время") == []


@given(st.binary(max_size=200))
@settings(max_examples=50, deadline=None)
def test_whatever_is_no_calendar_is_refused_or_empty(source: bytes) -> None:
    with suppress(Misunderstood):
        assert read_events(source, MOSCOW) == []


def test_what_the_owner_has_added_stays_when_the_hub_writes() -> None:
    theirs = to_ics([Event("u", NOW, NOW, "Встреча")], written_at=NOW).decode()
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n"
    theirs = theirs.replace("END:VEVENT", f"LOCATION:Переговорная\r\n{alarm}END:VEVENT")
    moved = Event(
        "u", NOW + timedelta(hours=1), NOW + timedelta(hours=2), "Новая", agreed={"a": "1, 2; \\"}
    )
    written = changed(theirs.encode(), moved, written_at=NOW)
    text = written.decode()
    assert "LOCATION:Переговорная" in text
    assert "TRIGGER:-PT15M" in text
    assert "SEQUENCE:1" in text
    [event] = read_events(written, MOSCOW)
    assert (event.starts_at, event.summary, event.agreed) == (
        moved.starts_at,
        "Новая",
        moved.agreed,
    )


def test_nobody_writes_properties_of_his_own() -> None:
    title = "Встреча\r\nATTENDEE:mailto:thief@evil.example"
    source = to_ics([Event("u", NOW, NOW, title, description=title)], written_at=NOW)
    assert b"\r\nATTENDEE" not in source
    [event] = read_events(source, MOSCOW)
    assert "thief" in event.summary


def test_another_event_is_not_changed_instead() -> None:
    source = to_ics([Event("other", NOW, NOW)], written_at=NOW)
    with pytest.raises(Misunderstood):
        changed(source, Event("u", NOW, NOW), written_at=NOW)


def repeated(*lines: str, more: str = "") -> list[str]:
    """When a weekly meeting at 10:00 in Berlin takes place in autumn 2026."""
    at = "DTSTART;TZID=Europe/Berlin:20261019T100000\r\nDURATION:PT1H"
    body = "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:u", at, *lines))
    source = f"{body}\r\nEND:VEVENT\r\n{more}END:VCALENDAR\r\n".encode()
    since = datetime(2026, 10, 1, tzinfo=UTC)
    found = occurrences(source, MOSCOW, since, since + timedelta(days=40))
    return sorted(f"{one.starts_at.astimezone(BERLIN):%d.%m %H:%M}" for one in found)


def test_a_meeting_at_ten_stays_at_ten_when_the_clock_is_changed() -> None:
    assert repeated("RRULE:FREQ=WEEKLY;COUNT=3") == ["02.11 10:00", "19.10 10:00", "26.10 10:00"]


def test_the_last_day_is_one_of_them_and_left_out_dates_are_not() -> None:
    assert repeated("RRULE:FREQ=WEEKLY;UNTIL=20261026T090000Z") == ["19.10 10:00", "26.10 10:00"]
    left_out = "EXDATE;TZID=Europe/Berlin:20261026T100000"
    assert repeated("RRULE:FREQ=WEEKLY;COUNT=2", left_out) == ["19.10 10:00"]
    added = "RDATE;TZID=Europe/Berlin:20261030T100000"
    assert repeated(added) == ["19.10 10:00", "30.10 10:00"]


def test_one_repetition_that_was_moved_is_told_once() -> None:
    moved = (
        "BEGIN:VEVENT\r\nUID:u\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261026T100000\r\n"
        "DTSTART;TZID=Europe/Berlin:20261027T120000\r\nDURATION:PT1H\r\nEND:VEVENT\r\n"
    )
    found = repeated("RRULE:FREQ=WEEKLY;COUNT=2", more=moved)
    assert found == ["19.10 10:00", "27.10 12:00"]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=DAILY;BYMONTHDAY=31;BYMONTH=2",
        "FREQ=NEVER",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2",
    ],
)
def test_a_rule_that_nobody_can_follow_ends(rule: str) -> None:
    assert repeated(f"RRULE:{rule}") in ([], ["19.10 10:00"])
