"""Manners in somebody's base: shares of time, busy bases, sleeping bases, hours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provodka.connectors.http import HttpAnswer
from provodka.connectors.onec.odata.guest import Guest, Manners
from provodka.connectors.onec.odata.hours import Hours
from provodka.connectors.onec.odata.pacing import Pacer
from provodka.foundation.errors import ConfigurationError, SystemUnavailable

PAGE = 1_000_000
SET = "Document_Счет"
MOSCOW = ZoneInfo("Europe/Moscow")


class Clock:
    """Seconds that pass only when somebody sleeps or works."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def answered(guest: Guest, seconds: float, now: float, size: int = PAGE) -> float:
    return guest.answered(SET, seconds, size, now)


@pytest.mark.requirement("R114")
@given(
    share=st.sampled_from([10.0, 25.0, 50.0, 80.0, 100.0]),
    works=st.lists(st.floats(0.001, 5), min_size=1, max_size=50),
)
def test_heavy_reading_never_takes_more_than_its_share(share: float, works: list[float]) -> None:
    guest, now, busy = Guest(Manners(share=share)), 0.0, 0.0
    for seconds in works:
        now += guest.rest(now)
        assert busy <= now * share / 100 + 1e-6
        now += seconds
        busy += seconds
        answered(guest, seconds, now)


def test_a_share_of_a_hundred_percent_never_rests() -> None:
    guest = Guest(Manners(share=100))
    answered(guest, 4.0, 10.0)
    assert guest.rest(10.0) == 0


def test_what_the_hub_does_between_requests_counts_as_rest() -> None:
    guest = Guest(Manners(share=50))
    answered(guest, 2.0, 10.0)
    assert guest.rest(10.0) == pytest.approx(2.0)
    assert guest.rest(11.5) == pytest.approx(0.5)
    assert guest.rest(60.0) == 0


def usual(guest: Guest, seconds: float = 1.0, times: int = 20) -> float:
    now = 0.0
    for _turn in range(times):
        now += 10 + seconds
        answered(guest, seconds, now)
    return now


def test_a_base_slower_than_its_own_usual_is_left_alone_for_longer() -> None:
    guest = Guest(Manners(share=100, slow=2))
    now = usual(guest)
    answered(guest, 1.5, now + 5)
    assert guest.rest(now + 5) == 0
    assert answered(guest, 5.0, now + 20) > 4
    assert guest.rest(now + 20) > 10


def test_reading_becomes_quick_again_with_the_base() -> None:
    guest = Guest(Manners(share=100))
    now = usual(guest)
    answered(guest, 5.0, now + 10)
    later = now + 10 + guest.rest(now + 10)
    answered(guest, 1.0, later + 1)
    assert guest.rest(later + 1) == 0


def test_the_rest_for_a_busy_base_is_bounded() -> None:
    guest = Guest(Manners(share=100, longest_rest=30))
    now = usual(guest)
    answered(guest, 80.0, now + 90)
    assert guest.rest(now + 90) == pytest.approx(30)


def test_a_large_page_is_not_taken_for_a_slow_base() -> None:
    guest = Guest(Manners(share=100))
    now = usual(guest, 0.5)
    assert answered(guest, 2.0, now + 10, size=4 * PAGE) < 1.2
    assert guest.rest(now + 10) == 0


def test_a_set_is_compared_with_itself_only() -> None:
    guest = Guest(Manners(share=100))
    now = usual(guest)
    assert guest.answered("Catalog_Тяжелый", 9.0, PAGE, now + 20) == 1


def test_the_first_answer_after_a_sleep_is_awaited_longer_and_is_not_usual() -> None:
    guest = Guest(Manners(share=100, idle=300, waking=60))
    assert guest.asleep(0)
    now = usual(guest)
    assert not guest.asleep(now + 299)
    assert guest.asleep(now + 300)
    assert answered(guest, 40.0, now + 400) == 1
    assert guest.rest(now + 400) == 0


def page(seconds: float) -> HttpAnswer:
    return HttpAnswer(200, {}, b"x" * 1000, seconds)


def paced(clock: Clock, **manners: float) -> Pacer:
    return Pacer(Manners(**manners), patience=300, clock=clock, sleep=clock.sleep)


def test_only_heavy_reading_rests() -> None:
    clock = Clock()
    pacer = paced(clock, share=25)
    pacer.answered("PATCH " + SET, page(2.0))
    assert clock.slept == []
    assert pacer.with_patience(lambda: "read") == "read"
    assert clock.slept == [pytest.approx(6.0)]


def test_the_timeout_is_longer_when_the_base_may_be_asleep() -> None:
    clock = Clock()
    pacer = paced(clock, waking=60)
    assert pacer.timeout(20) == 60
    assert pacer.timeout(90) == 90
    pacer.answered(SET, page(0.1))
    assert pacer.timeout(20) == 20
    clock.now += 301
    assert pacer.timeout(20) == 60


def shortage(times: int) -> Callable[[], str]:
    left = [times]

    def ask() -> str:
        if left[0]:
            left[0] -= 1
            raise SystemUnavailable(
                "1С", found="нет лицензии", code="no_session", retry_after=timedelta(minutes=1)
            )
        return "read"

    return ask


def test_heavy_reading_waits_for_a_licence_and_in_the_end_says_that_there_is_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    assert paced(clock).with_patience(shortage(3)) == "read"
    assert clock.slept == [60, 60, 60]
    assert "waiting_for_licence" in "".join(capsys.readouterr())
    with pytest.raises(SystemUnavailable, match="нет лицензии"):
        paced(clock).with_patience(shortage(100))


def test_other_troubles_are_not_waited_out() -> None:
    clock = Clock()

    def broken() -> str:
        raise SystemUnavailable("1С", found="нет ответа", code="unavailable")

    with pytest.raises(SystemUnavailable):
        paced(clock).with_patience(broken)
    assert clock.slept == []


@pytest.mark.parametrize(
    ("windows", "clock", "hours"),
    [
        ([], "12:00", 0),
        (["20:00-07:00"], "21:00", 0),
        (["20:00-07:00"], "06:59", 0),
        (["20:00-07:00"], "07:00", 13),
        (["20:00 – 07:00"], "12:00", 8),
        (["12:00-13:00"], "13:00", 23),
        (["12:00-13:00", "18:00-19:00"], "13:00", 5),
        (["9:00-9:00"], "15:00", 0),
    ],
)
def test_heavy_work_waits_for_its_hours(windows: list[str], clock: str, hours: int) -> None:
    hour, minute = map(int, clock.split(":"))
    now = datetime(2026, 11, 22, hour, minute, tzinfo=MOSCOW)
    assert Hours.parse(windows).wait(now) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["ночью", "20-07", "25:00-26:00", "20:00"])
def test_hours_that_cannot_be_read_are_a_mistake_in_the_settings(text: str) -> None:
    with pytest.raises(ConfigurationError, match="20:00-07:00"):
        Hours.parse([text])


def test_hours_are_local_and_refuse_a_moment_of_no_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        Hours.parse(["20:00-07:00"]).wait(datetime(2026, 1, 1))  # noqa: DTZ001
    utc = datetime(2026, 11, 22, 18, tzinfo=UTC)
    assert Hours.parse(["20:00-07:00"]).wait(utc.astimezone(MOSCOW)) == timedelta(0)
