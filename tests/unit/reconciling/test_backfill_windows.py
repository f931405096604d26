"""A stretch of days in windows, and the rests between pages."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provodka.flows.onec.backfill.pausing import Pause
from provodka.flows.onec.backfill.windows import Size, Window, cut
from provodka.foundation.errors import ConfigurationError

DAYS = st.dates(date(1990, 1, 1), date(2040, 1, 1))
SIZES = st.one_of(
    st.builds(Size, months=st.integers(1, 30)), st.builds(Size, days=st.integers(1, 400))
)


@given(DAYS, st.integers(1, 5000), SIZES, st.booleans())
def test_every_day_is_in_one_window_whatever_the_size(
    since: date, length: int, size: Size, newest_first: bool
) -> None:
    until = since + timedelta(days=length)
    found = cut(since, until, size, newest_first=newest_first)
    assert found == sorted(found, reverse=newest_first)
    ordered = sorted(found)
    assert (ordered[0].since, ordered[-1].until) == (since, until)
    assert all(before.until == after.since for before, after in pairwise(ordered))
    assert all(one.since < one.until for one in found)


def test_months_keep_the_day_they_began_with() -> None:
    found = cut(date(2023, 12, 31), date(2024, 4, 1), Size.parse("1mo"), newest_first=False)
    assert [one.since for one in found] == [
        date(2023, 12, 31),
        date(2024, 1, 31),
        date(2024, 2, 29),
        date(2024, 3, 31),
    ]


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("1mo", Size(months=1)),
        ("3 мес", Size(months=3)),
        ("1y", Size(months=12)),
        ("2W", Size(days=14)),
        ("10д", Size(days=10)),
    ],
)
def test_sizes_are_read_as_people_type_them(said: str, size: Size) -> None:
    assert Size.parse(said) == size


@pytest.mark.parametrize("said", ["", "1", "mo", "0mo", "1q", "-1mo", "1.5mo"])
def test_a_size_that_is_none_is_told(said: str) -> None:
    with pytest.raises(ConfigurationError, match="--window"):
        Size.parse(said)


def test_days_in_the_wrong_order_are_told() -> None:
    with pytest.raises(ConfigurationError, match="--since"):
        cut(date(2024, 1, 2), date(2024, 1, 2), Size(months=1))


def test_a_window_as_long_as_the_stretch_is_one() -> None:
    assert cut(date(2024, 1, 1), date(2024, 2, 1), Size(months=1)) == [
        Window(date(2024, 1, 1), date(2024, 2, 1))
    ]


def test_a_pause_is_seconds_or_a_share_of_the_time() -> None:
    assert Pause.parse("5").after(60) == 5
    assert Pause.parse("0,5").after(60) == 0.5
    assert Pause.parse("25%").after(10) == 30
    assert Pause.parse("100%").after(10) == 0
    assert Pause().after(10) == 0


@pytest.mark.parametrize("said", ["", "-1", "0%", "101%", "five", "5s"])
def test_a_pause_that_is_none_is_told(said: str) -> None:
    with pytest.raises(ConfigurationError, match="--pause"):
        Pause.parse(said)


def test_each_page_is_followed_by_a_rest_for_its_own_time() -> None:
    moments, slept = iter([0.0, 2.0, 100.0, 101.0, 200.0]), list[float]()
    pages = Pause(share=50).between(["a", "b"], slept.append, clock=lambda: next(moments))
    assert list(pages) == ["a", "b"]
    assert slept == [2.0, 1.0]
