"""Meetings that come by mail: when, where, who, and in whose zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.unit.mail_understanding.letters import letter, mixed

from provodka.connectors.mail.understanding import Invitation, Kind, read_letter

MEETING = """BEGIN:VCALENDAR
METHOD:{method}
{zone}BEGIN:VEVENT
UID:meeting-1@romashka.example
SEQUENCE:2
{times}
SUMMARY:Встреча по поставке
LOCATION:Офис\\, 3 этаж
ORGANIZER;CN=Анна:mailto:anna@romashka.example
ATTENDEE;CN="Петров, Иван";PARTSTAT=ACCEPTED:mailto:ivan@firma.example
ATTENDEE;ROLE=OPT-PARTICIPANT:MAILTO:Olga@Firma.example
RRULE:FREQ=WEEKLY;BYDAY=MO
STATUS:CONFIRMED
END:VEVENT
END:VCALENDAR
"""
OWN_ZONE = """BEGIN:VTIMEZONE
TZID:Наше время
BEGIN:DAYLIGHT
TZOFFSETTO:+0900
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETTO:+0500
RRULE:FREQ=SECONDLY
END:STANDARD
END:VTIMEZONE
"""


def invited(times: str, *, method: str = "REQUEST", zone: str = "") -> Invitation:
    text = MEETING.format(method=method, times=times, zone=zone).replace("\n", "\r\n")
    read = read_letter(letter(text.encode(), "text/calendar; charset=utf-8"))
    assert read.invitation is not None
    return read.invitation


def test_an_invitation_is_told_whole() -> None:
    meeting = invited("DTSTART:20250113T070000Z\nDTEND:20250113T080000Z")

    assert (meeting.method, meeting.uid, meeting.sequence) == (
        "REQUEST",
        "meeting-1@romashka.example",
        2,
    )
    assert (meeting.summary, meeting.location) == ("Встреча по поставке", "Офис, 3 этаж")
    assert meeting.organizer is not None
    assert (meeting.organizer.address, meeting.organizer.name) == ("anna@romashka.example", "Анна")
    assert [(one.address, one.name, one.status, one.optional) for one in meeting.attendees] == [
        ("ivan@firma.example", "Петров, Иван", "accepted", False),
        ("Olga@firma.example", "", "needs-action", True),
    ]
    assert (meeting.recurrence, meeting.status) == ("FREQ=WEEKLY;BYDAY=MO", "CONFIRMED")


@pytest.mark.parametrize(
    ("start", "zone"),
    [
        ("DTSTART:20250113T070000Z", ""),
        ("DTSTART;TZID=Europe/Moscow:20250113T100000", ""),
        ("DTSTART;TZID=Russian Standard Time:20250113T100000", ""),
        ('DTSTART;TZID="(UTC+03:00) Moscow, St. Petersburg":20250113T100000', ""),
        ("DTSTART;TZID=Ekaterinburg Standard Time:20250113T120000", ""),
        ("DTSTART;TZID=Наше время:20250113T120000", OWN_ZONE),
    ],
)
def test_every_way_to_name_a_zone_gives_the_same_moment(start: str, zone: str) -> None:
    meeting = invited(f"{start}\nDURATION:PT1H", zone=zone)

    assert meeting.starts == datetime(2025, 1, 13, 7, tzinfo=UTC)
    assert meeting.starts is not None
    assert meeting.ends == meeting.starts + timedelta(hours=1)


def test_a_time_without_a_zone_is_told() -> None:
    text = MEETING.format(method="REQUEST", times="DTSTART:20250113T070000", zone="")
    read = read_letter(letter(text.replace("\n", "\r\n").encode(), "text/calendar; charset=utf-8"))

    assert read.invitation is not None
    assert read.invitation.starts == datetime(2025, 1, 13, 7, tzinfo=UTC)
    assert "calendar_without_zone" in read.problems


def test_a_whole_day_is_a_day() -> None:
    meeting = invited("DTSTART;VALUE=DATE:20250113")

    assert meeting.all_day == date(2025, 1, 13)
    assert meeting.ends == datetime(2025, 1, 14, tzinfo=UTC)


@pytest.mark.parametrize("method", ["REQUEST", "REPLY", "CANCEL"])
def test_a_letter_with_a_meeting_that_asks_is_an_invitation(method: str) -> None:
    text = MEETING.format(method=method, times="DTSTART:20250113T070000Z", zone="")
    calendar = b"Content-Type: text/calendar; charset=utf-8; method=REQUEST\r\n\r\n" + text.encode()
    read = read_letter(mixed(b"Content-Type: text/plain\r\n\r\ncome", calendar, kind="alternative"))

    assert read.kind is Kind.INVITATION
    assert read.text == "come"


def test_a_meeting_in_a_year_that_no_clock_knows_is_no_meeting() -> None:
    text = MEETING.format(method="REQUEST", times="DTSTART:00010101T000000", zone="")
    read = read_letter(letter(text.replace("\n", "\r\n").encode(), "text/calendar"))

    assert read.invitation is None


def test_a_published_calendar_asks_nothing() -> None:
    text = MEETING.format(method="PUBLISH", times="DTSTART:20250113T070000Z", zone="")

    assert read_letter(letter(text.encode(), "text/calendar")).kind is Kind.PERSON


@pytest.mark.parametrize(
    "broken", ["no calendar", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT", "BEGIN:VCALENDAR\r\nEND:VCALENDAR"]
)
def test_a_broken_calendar_is_told_and_the_letter_read(broken: str) -> None:
    read = read_letter(letter(broken.encode(), "text/calendar"))

    assert read.invitation is None
    assert "bad_calendar" in read.problems
