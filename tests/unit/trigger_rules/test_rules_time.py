"""Terms, calendars, schedules, quiet hours, and who stands in, without a store."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from provodka.foundation.errors import ConfigurationError
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.cron import Cron
from provodka.trigger_rules.delays import quiet_until
from provodka.trigger_rules.language import QuietHours
from provodka.trigger_rules.moments import before_moment, due_moment
from provodka.trigger_rules.staff import Absence, Person, choose, stand_in
from provodka.trigger_rules.vocabulary import Term

ZONE = ZoneInfo("Asia/Yekaterinburg")
CALENDAR = WorkingCalendar()
A, B, C = (UUID(int=number) for number in (1, 2, 3))
DAY = date(2026, 11, 23)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("term", "since", "due"),
    [
        (Term(working_days=1), "2026-11-20 11:00", "2026-11-23 18:00"),
        (Term(working_days=1, at="start"), "2026-11-20 11:00", "2026-11-23 09:00"),
        (Term(working_days=1, at=time(10, 30)), "2026-11-20 11:00", "2026-11-23 10:30"),
        (Term(working_hours=4), "2026-11-20 16:00", "2026-11-23 11:00"),
        (Term(days=1), "2026-11-20 11:00", "2026-11-21 11:00"),
        (Term(days=1, at="end"), "2026-11-20 11:00", "2026-11-23 18:00"),
        (Term(days=3, at="start"), "2026-11-20 11:00", "2026-11-23 09:00"),
        (Term(hours=36), "2026-11-20 11:00", "2026-11-21 23:00"),
        (Term(months=3), "2026-11-30 11:00", "2027-02-28 11:00"),
    ],
)
def test_a_term_ends_by_work_or_by_the_clock(term: Term, since: str, due: str) -> None:
    assert due_moment(term, at(since), CALENDAR).at == at(due)


@pytest.mark.parametrize(
    ("term", "until", "due"),
    [
        (Term(working_days=1), "2026-11-23 11:00", "2026-11-20 18:00"),
        (Term(working_days=2, at="start"), "2026-11-23 11:00", "2026-11-19 09:00"),
        (Term(working_hours=4), "2026-11-23 11:00", "2026-11-20 16:00"),
        (Term(working_hours=2), "2026-11-22 11:00", "2026-11-20 16:00"),
        (Term(days=1), "2026-11-23 11:00", "2026-11-22 11:00"),
        (Term(months=1), "2026-03-31 11:00", "2026-02-28 11:00"),
    ],
)
def test_a_moment_before_another_is_counted_back(term: Term, until: str, due: str) -> None:
    assert before_moment(term, at(until), CALENDAR).at == at(due)


CALENDARS = """
calendars:
  - code: couriers
    zone: Europe/Moscow
    versions:
      - {from: 2026-06-01, day_start: "07:00", day_end: "19:00", weekdays: [sat, sun],
         days_off: [2026-06-07], short_days: [2026-06-13], shorter_by_hours: 2}
      - {from: 2026-01-01, day_start: "08:00", public_holidays: false}
  - code: company
    versions: [{from: 2026-11-01, working_days: [2026-11-22]}]
"""


@pytest.fixture
def book(tmp_path: Path) -> RuleBook:
    path = tmp_path / "rules.yaml"
    path.write_text(CALENDARS, encoding="utf-8")
    return RuleBook.load([path])


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        ("2026-01-01", ("08:00", "18:00")),
        ("2026-05-30", None),
        ("2026-06-01", None),
        ("2026-06-06", ("07:00", "19:00")),
        ("2026-06-07", None),
        ("2026-06-13", ("07:00", "17:00")),
    ],
)
def test_the_version_of_a_calendar_that_is_in_force_on_the_day_counts(
    book: RuleBook, day: str, hours: tuple[str, str] | None
) -> None:
    couriers = book.calendars(CALENDAR).of_person({"calendar": "couriers"})
    found = couriers.hours(date.fromisoformat(day))
    assert (tuple(f"{one:%H:%M}" for one in found) if found else None) == hours
    assert found is None or found[0].tzinfo == ZoneInfo("Europe/Moscow")


def test_the_companys_own_calendar_may_be_described_too(book: RuleBook) -> None:
    company = book.calendars(CALENDAR).company
    sunday = date(2026, 11, 22)
    assert (CALENDAR.is_working(sunday), company.is_working(sunday)) == (False, True)
    assert company.zone == CALENDAR.zone
    assert book.calendars(CALENDAR).of_person(None) is company


def test_a_working_day_may_have_a_change_of_the_clock_inside() -> None:
    berlin = WorkingCalendar(
        zone=ZoneInfo("Europe/Berlin"), day_start=time(0), day_end=time(12),
        weekdays=frozenset(range(7)), public_holidays=False,
    )  # fmt: skip
    begin, end = berlin.hours(date(2026, 3, 29)) or (None, None)
    assert begin is not None
    assert end is not None
    assert end.astimezone(UTC) - begin.astimezone(UTC) == timedelta(hours=11)


@pytest.mark.parametrize(
    ("versions", "code"),
    [
        ("[]", "bad_value"),
        ("[{from: 2026-01-01}]\n    zone: Mars/Olympus", "wrong_calendar"),
        ("[{from: 2026-01-01}]\n  - {code: one, versions: [{from: 2026-01-01}]}", "wrong_calendar"),
    ],
)
def test_a_wrong_calendar_is_found_at_load(tmp_path: Path, versions: str, code: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(f"calendars:\n  - code: one\n    versions: {versions}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        RuleBook.load([path])
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "tick"),
    [
        ("* * * * *", "2026-11-20 11:07"),
        ("0 9 * * *", "2026-11-20 09:00"),
        ("0 9 * * mon", "2026-11-16 09:00"),
        ("*/15 8-10 * * mon-fri", "2026-11-20 10:45"),
        ("30 23 31 * *", "2026-10-31 23:30"),
        ("0 0 1 1 *", "2026-01-01 00:00"),
        ("0 12 13 * fri", "2026-11-13 12:00"),
        ("0 12 * * 7", "2026-11-15 12:00"),
        ("0 0 29 2 *", "2024-02-29 00:00"),
    ],
)
def test_a_schedule_finds_its_last_time(text: str, tick: str) -> None:
    now = at("2026-11-20 11:07")
    assert Cron.parse(text).last(at("2020-01-01 00:00"), now, ZONE) == at(tick)


def test_a_schedule_says_nothing_twice() -> None:
    tick = at("2026-11-20 09:00")
    assert Cron.parse("0 9 * * *").last(tick, at("2026-11-20 11:00"), ZONE) is None


@pytest.mark.parametrize(
    "text", ["* * * *", "60 * * * *", "* 5-3 * * *", "x * * * *", "*/0 * * * *"]
)
def test_a_wrong_schedule_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Cron.parse(text)


@pytest.mark.parametrize(
    ("begin", "end", "now", "until"),
    [
        ("21:00", "09:00", "2026-11-20 22:00", "2026-11-21 09:00"),
        ("21:00", "09:00", "2026-11-20 08:59", "2026-11-20 09:00"),
        ("21:00", "09:00", "2026-11-20 09:00", None),
        ("21:00", "09:00", "2026-11-20 21:00", "2026-11-21 09:00"),
        ("13:00", "14:00", "2026-11-20 13:30", "2026-11-20 14:00"),
        ("13:00", "14:00", "2026-11-20 12:30", None),
    ],
)
def test_quiet_hours_end(begin: str, end: str, now: str, until: str | None) -> None:
    hours = QuietHours.model_validate({"from": begin, "to": end})
    assert quiet_until(hours, at(now), CALENDAR) == (at(until) if until else None)


def away(employee: UUID, substitute: UUID | None = None) -> Absence:
    return Absence(employee, substitute, DAY, DAY)


@pytest.mark.requirement("R73")
@pytest.mark.parametrize(
    ("absences", "who"),
    [
        ([], A),
        ([away(A)], None),
        ([away(A, B)], B),
        ([away(A, B), away(B, C)], C),
        ([away(A, B), away(B, A)], None),
        ([Absence(A, B, DAY + timedelta(1), DAY + timedelta(9))], A),
        ([Absence(A, B, DAY - timedelta(9), DAY - timedelta(1))], A),
    ],
)
def test_the_absent_give_way_to_their_substitutes_for_the_time(
    absences: list[Absence], who: UUID | None
) -> None:
    assert stand_in(A, DAY, absences) == who


@pytest.mark.parametrize(
    ("how", "people", "who"),
    [
        ("round_robin", [Person(A, 0, 5), Person(B, 9, 3)], B),
        ("least_loaded", [Person(A, 2, 1), Person(B, 1, 9)], B),
        ("least_loaded", [Person(B, 1, 2), Person(A, 1, 2)], A),
        ("fixed", [Person(A)], A),
    ],
)
def test_the_choice_is_the_same_for_the_same_people(
    how: str, people: list[Person], who: UUID
) -> None:
    assert choose(how, people, DAY, []) == who


def test_of_several_only_those_at_work_are_chosen() -> None:
    people = [Person(A, 0), Person(B, 5)]
    assert choose("least_loaded", people, DAY, [away(A, C)]) == B
    assert choose("least_loaded", people, DAY, [away(A), away(B)]) is None
    assert choose("fixed", [Person(A)], DAY, [away(A, C)]) == C
