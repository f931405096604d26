"""The working calendar against what the government really announced."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from provodka.trigger_rules.calendar import WorkingCalendar

ORENBURG = ZoneInfo("Asia/Yekaterinburg")
calendar = WorkingCalendar()


def local(year: int, month: int, day: int, hour: int) -> datetime:
    return datetime(year, month, day, hour, tzinfo=ORENBURG)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2024, 4, 27), True),
        (date(2025, 5, 2), False),
        (date(2025, 11, 1), True),
        (date(2025, 12, 31), False),
        (date(2026, 1, 9), False),
        (date(2026, 11, 4), False),
        (date(2026, 11, 22), False),
        (date(2020, 4, 15), False),
        (date(2020, 6, 24), False),
        (date(2021, 11, 3), False),
        (date(2021, 11, 8), True),
    ],
)
def test_transferred_and_decreed_days_are_known(day: date, works: bool) -> None:
    assert calendar.is_working(day) is works


@pytest.mark.requirement("R20", "R121")
def test_the_next_working_day_ends_at_the_offices_closing_time() -> None:
    friday = datetime(2026, 11, 20, 11, tzinfo=UTC)
    assert calendar.next_working_day(friday).at == local(2026, 11, 23, 18)


def test_a_term_may_fall_at_the_start_of_the_day() -> None:
    at_start = WorkingCalendar(due="start")
    assert at_start.next_working_day(local(2026, 11, 20, 12)).at == local(2026, 11, 23, 9)
    assert calendar.add_working_days(local(2026, 11, 20, 12), 1, "start").at == local(
        2026, 11, 23, 9
    )


def test_the_local_date_counts_and_not_that_of_utc() -> None:
    late = datetime(2026, 11, 23, 20, tzinfo=UTC)
    assert calendar.next_working_day(late).at.date() == date(2026, 11, 25)


@pytest.mark.parametrize(
    ("day", "closes"),
    [
        (date(2026, 4, 30), 17),
        (date(2026, 5, 8), 17),
        (date(2026, 6, 11), 17),
        (date(2026, 11, 3), 17),
        (date(2025, 11, 1), 17),
        (date(2026, 2, 20), 18),
        (date(2026, 11, 20), 18),
    ],
)
def test_the_day_before_a_holiday_is_an_hour_shorter(day: date, closes: int) -> None:
    hours = calendar.hours(day)
    assert hours is not None
    assert hours[1].hour == closes


def test_working_hours_skip_the_night_the_weekend_and_the_lost_hour() -> None:
    friday = local(2026, 11, 20, 16)
    assert calendar.add_working_time(friday, timedelta(hours=4)).at == local(2026, 11, 23, 11)
    before_holiday = local(2026, 11, 3, 16)
    assert calendar.add_working_time(before_holiday, timedelta(hours=2)).at == local(
        2026, 11, 5, 10
    )


def test_working_hours_started_at_night_begin_in_the_morning() -> None:
    assert calendar.add_working_time(local(2026, 11, 20, 3), timedelta(hours=1)).at == local(
        2026, 11, 20, 10
    )


def test_zero_days_mean_today_or_the_next_working_day() -> None:
    assert calendar.add_working_days(local(2026, 11, 20, 12), 0).at == local(2026, 11, 20, 18)
    assert calendar.add_working_days(local(2026, 11, 22, 12), 0).at == local(2026, 11, 23, 18)


def test_years_without_announced_transfers_are_marked() -> None:
    assert calendar.next_working_day(local(2028, 3, 1, 12)).provisional
    assert not calendar.next_working_day(local(2027, 12, 1, 12)).provisional


def test_the_companys_own_days_win() -> None:
    own = WorkingCalendar(
        days_off=frozenset({date(2026, 11, 23)}), working_days=frozenset({date(2026, 11, 22)})
    )
    assert own.next_working_day(local(2026, 11, 20, 12)).at == local(2026, 11, 22, 18)
    assert own.next_working_day(local(2026, 11, 22, 12)).at == local(2026, 11, 24, 18)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        calendar.next_working_day(datetime(2026, 11, 20, 12))  # noqa: DTZ001


def test_a_calendar_that_never_works_says_so() -> None:
    with pytest.raises(ValueError, match="no working day"):
        WorkingCalendar(weekdays=frozenset()).next_working_day(local(2030, 1, 1, 12))


def test_other_hours_and_zones_are_possible() -> None:
    moscow = WorkingCalendar(zone=ZoneInfo("Europe/Moscow"), day_start=time(10), day_end=time(19))
    due = moscow.next_working_day(datetime(2026, 11, 23, 6, tzinfo=UTC)).at
    assert due.astimezone(UTC) == datetime(2026, 11, 24, 16, tzinfo=UTC)
