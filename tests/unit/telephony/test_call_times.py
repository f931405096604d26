"""The hour that autumn repeats: rows carry no offset, durations and channel ids do tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from provodka.connectors.telephony.asterisk_rows import leg_of
from provodka.connectors.telephony.reducer import reduce_call
from provodka.connectors.telephony.reducer.times import mended
from provodka.connectors.telephony.twice import dated, unfolded

BERLIN = ZoneInfo("Europe/Berlin")
FALL_BACK = datetime(2026, 10, 25, 1, tzinfo=UTC)
"""At this moment 03:00 becomes 02:00."""


def row(start: datetime, ring: int, talk: int, *, born: datetime | None = None) -> str:
    """A line as Asterisk writes it: local times, and the epoch in the channel's id."""
    answer, end = start + timedelta(seconds=ring), start + timedelta(seconds=ring + talk)
    local = [f"{one.astimezone(BERLIN):%Y-%m-%d %H:%M:%S}" for one in (start, answer, end)]
    key = f"{int((born or start).timestamp())}.7"
    return (
        f'"","89990000001","101","in","x","PJSIP/trunk-1","PJSIP/101-2","Dial","PJSIP/101,30",'
        f'"{local[0]}","{local[1]}","{local[2]}",{ring + talk},{talk},"ANSWERED","DOC",'
        f'"{key}","","","{key}",1'
    )


@pytest.mark.parametrize("minutes", [-90, -59, -40, -1, 0, 1, 29, 31, 59, 61, 120])
@pytest.mark.parametrize("talk", [20, 1800, 7200])
def test_a_call_around_the_repeated_hour_is_when_it_was_and_as_long_as_it_was(
    minutes: int, talk: int
) -> None:
    start = FALL_BACK + timedelta(minutes=minutes)
    call = reduce_call([leg_of(row(start, 8, talk), zone=BERLIN)])
    assert (call.started_at, call.wait_seconds, call.talk_seconds) == (start, 8, talk)
    assert call.ended_at == start + timedelta(seconds=8 + talk)


def local(*moments: datetime) -> list[datetime]:
    return [one.astimezone(BERLIN).replace(tzinfo=None) for one in moments]


def test_the_order_of_calls_tells_which_of_two_equal_hours_it_was() -> None:
    steps = (-70, -50, -30, -5, -8, 2, 25, 59, 61, 200)
    moments = [FALL_BACK + timedelta(minutes=one) for one in steps]
    assert list(unfolded(local(*moments), BERLIN)) == moments


def test_an_hour_that_is_there_twice_and_has_no_earlier_call_is_the_first() -> None:
    [found] = unfolded(local(FALL_BACK + timedelta(minutes=5)), BERLIN)
    assert found == FALL_BACK - timedelta(minutes=55)


def test_the_hour_that_spring_leaves_out_moves_no_call() -> None:
    spring = datetime(2026, 3, 29, 1, tzinfo=UTC)
    moments = [spring + timedelta(minutes=one) for one in (-90, -1, 1, 30, 90)]
    assert list(unfolded(local(*moments), BERLIN)) == moments


@pytest.mark.parametrize("turned", [False, True], ids=["oldest first", "newest first"])
def test_a_list_that_has_no_numbers_is_dated_by_its_own_order(turned: bool) -> None:
    moments = [FALL_BACK + timedelta(minutes=one) for one in (-100, -30, 10, 100)]
    rows: list[Any] = [{"at": f"{one:%d.%m.%Y %H:%M:%S}"} for one in local(*moments)]
    told = dated(rows[::-1] if turned else rows, "at", BERLIN, pattern="%d.%m.%Y %H:%M:%S")
    found = [datetime.fromisoformat(row["at"]) for row in told]
    assert (found[::-1] if turned else found) == moments


def test_rows_without_a_readable_time_stay_as_they_are() -> None:
    rows: list[Any] = [{"at": "yesterday"}, "no row", {}, {"at": None}, {"at": "2026-10-25T02:30Z"}]
    assert dated(rows, "at", BERLIN) == rows


def test_a_later_leg_of_a_channel_is_set_right_by_when_the_channel_was_born() -> None:
    born, start = FALL_BACK + timedelta(minutes=5), FALL_BACK + timedelta(minutes=50)
    assert mended(leg_of(row(start, 8, 60, born=born), zone=BERLIN)).start == start


def test_an_end_before_the_start_is_none_whatever_the_duration_says() -> None:
    leg = leg_of(row(FALL_BACK - timedelta(days=3), 0, 0), zone=BERLIN)
    call = reduce_call([replace(leg, end=leg.start - timedelta(seconds=5))])
    assert call.ended_at == call.started_at


def test_a_leg_with_sound_times_is_left_as_it_is() -> None:
    leg = leg_of(row(FALL_BACK - timedelta(days=3), 8, 60), zone=BERLIN)
    assert mended(leg) is leg
