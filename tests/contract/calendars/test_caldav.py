"""A calendar on a real CalDAV server: written once, never over somebody's change, followed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import stamina
from tests.contract.calendars.dav_server import LOGIN, PASSWORD, TOKEN, DavServer

from provodka.connectors.calendars.caldav import CalDav, ChangedMeanwhile, StaleToken
from provodka.connectors.calendars.events import Event, read_events, to_ics
from provodka.connectors.calendars.repeating import occurrences
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    ProvodkaError,
    SystemUnavailable,
    UnknownOutcome,
)

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
REPEATING = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//person//EN\r
BEGIN:VEVENT\r
UID:standup\r
DTSTAMP:20261101T000000Z\r
DTSTART;TZID=Europe/Berlin:20261019T100000\r
DTEND;TZID=Europe/Berlin:20261019T103000\r
RRULE:FREQ=WEEKLY;COUNT=3\r
SUMMARY:Standup\r
END:VEVENT\r
END:VCALENDAR\r
"""


def ics(uid: str = "one", at: datetime = NOW) -> bytes:
    return to_ics([Event(uid, at, at + HOUR, "Встреча")], written_at=NOW)


def nothing() -> None:
    return None


@pytest.fixture(autouse=True)
def hasty() -> object:
    """Reads are repeated without waiting."""
    stamina.set_testing(True, attempts=2, cap=True)
    yield
    stamina.set_testing(False)


@pytest.mark.requirement("R72", "S-10")
def test_an_event_comes_back_as_it_was_put(calendar: CalDav) -> None:
    etag = calendar.create("one.ics", ics(), before=nothing)
    there = calendar.find("one.ics")
    assert there is not None
    assert there.etag == etag
    [event] = read_events(there.content, UTC)
    assert (event.uid, event.starts_at, event.summary) == ("one", NOW, "Встреча")


def test_nothing_is_put_over_what_is_there_already(calendar: CalDav) -> None:
    calendar.create("one.ics", ics(), before=nothing)
    with pytest.raises(ChangedMeanwhile):
        calendar.create("one.ics", ics(at=NOW + HOUR), before=nothing)
    there = calendar.find("one.ics")
    assert there is not None
    assert read_events(there.content, UTC)[0].starts_at == NOW


def test_a_change_that_was_made_meanwhile_is_not_overwritten(calendar: CalDav) -> None:
    seen = calendar.create("one.ics", ics(), before=nothing)
    calendar.replace("one.ics", ics(at=NOW + HOUR), seen, before=nothing)
    for write in (
        lambda: calendar.replace("one.ics", ics(), seen, before=nothing),
        lambda: calendar.remove("one.ics", seen, before=nothing),
    ):
        with pytest.raises(ChangedMeanwhile):
            write()
    there = calendar.find("one.ics")
    assert there is not None
    assert read_events(there.content, UTC)[0].starts_at == NOW + HOUR


def test_only_what_has_changed_since_is_told(calendar: CalDav) -> None:
    calendar.create("one.ics", ics("one"), before=nothing)
    first = calendar.changes("")
    assert [one.name for one in first.stored] == ["one.ics"]
    assert calendar.changes(first.token).stored == ()
    calendar.create("two.ics", ics("two"), before=nothing)
    calendar.remove("one.ics", "", before=nothing)
    second = calendar.changes(first.token)
    assert ([one.name for one in second.stored], second.gone) == (["two.ics"], ("one.ics",))


def test_a_token_that_the_server_has_forgotten_is_told_from_other_trouble(
    calendar: CalDav,
) -> None:
    with pytest.raises(StaleToken):
        calendar.changes("http://radicale.org/ns/sync/forgotten")


def test_a_repeating_event_is_taken_apart_across_the_change_of_the_clock(
    server: DavServer, calendar: CalDav
) -> None:
    calendar.create("standup.ics", REPEATING, before=nothing)
    since = datetime(2026, 10, 1, tzinfo=UTC)
    until = since + timedelta(days=60)
    [found] = calendar.during(since, until)
    times = [one.starts_at for one in occurrences(found.content, UTC, since, until)]
    # Berlin: summer time until the 25th of October.
    assert [f"{at:%d.%m %H:%M}" for at in times] == ["19.10 08:00", "26.10 09:00", "02.11 09:00"]


def test_a_lost_answer_is_an_unknown_outcome_and_the_event_is_there(
    server: DavServer, calendar: CalDav
) -> None:
    server.faults["PUT"] = ["lost"]
    with pytest.raises(UnknownOutcome):
        calendar.create("one.ics", ics(), before=nothing)
    assert calendar.find("one.ics") is not None


def test_what_refuses_before_writing_leaves_the_calendar_alone(calendar: CalDav) -> None:
    def lost() -> None:
        raise SystemUnavailable("lease", found="over")

    with pytest.raises(SystemUnavailable):
        calendar.create("one.ics", ics(), before=lost)
    assert calendar.find("one.ics") is None


def test_what_is_gone_already_is_removed_without_trouble(calendar: CalDav) -> None:
    calendar.create("one.ics", ics(), before=nothing)
    calendar.remove("never.ics", "", before=nothing)
    assert calendar.find("never.ics") is None
    assert calendar.find("one.ics") is not None


@pytest.mark.parametrize(
    ("status", "error"),
    [("403", AccessDenied), ("423", SystemUnavailable), ("500", SystemUnavailable),
     ("507", SystemUnavailable), ("503", UnknownOutcome)],
)  # fmt: skip
def test_an_answer_says_what_to_do_next(
    server: DavServer, calendar: CalDav, status: str, error: type[ProvodkaError]
) -> None:
    server.faults["PUT"] = [status]
    with pytest.raises(error):
        calendar.create("one.ics", ics(), before=nothing)


def test_a_probe_tells_a_wrong_password_from_a_wrong_address(server: DavServer) -> None:
    url = server.calendar()
    CalDav("anna", url, LOGIN, PASSWORD).probe()
    with pytest.raises(AccessDenied):
        CalDav("anna", url, LOGIN, "wrong").probe()
    for address in (f"{url}nowhere/", url.replace("/work", "/none")):
        with pytest.raises(ConfigurationError):
            CalDav("anna", address, LOGIN, PASSWORD).probe()


def test_an_access_token_opens_the_calendar_and_each_request_asks_for_it(
    server: DavServer,
) -> None:
    given = iter([TOKEN, TOKEN, "expired"])
    dav = CalDav("anna", server.calendar(), token=lambda: next(given))
    dav.create("one.ics", ics(), before=lambda: None)
    assert dav.find("one.ics") is not None
    with pytest.raises(AccessDenied):
        dav.find("one.ics")
