"""One address has its share a minute, others have theirs, and memory has a bound."""

from __future__ import annotations

import pytest

from provodka.dashboards.web.pace import Pace, neighbourhood


def test_a_minute_holds_so_many_and_no_more() -> None:
    pace = Pace(3)
    assert [pace.allows("a", 0) for _time in range(5)] == [True, True, True, False, False]


def test_tokens_come_back_evenly() -> None:
    pace = Pace(60)
    assert all(pace.allows("a", 0) for _time in range(60))
    assert not pace.allows("a", 0.5)
    assert pace.allows("a", 1.6)
    assert not pace.allows("a", 1.7)


def test_a_long_silence_gives_no_more_than_a_minute() -> None:
    pace = Pace(2)
    pace.allows("a", 0)
    assert [pace.allows("a", 10_000) for _time in range(3)] == [True, True, False]


def test_one_address_does_not_spend_for_another() -> None:
    pace = Pace(1)
    assert [pace.allows(one, 0) for one in ("a", "b", "a")] == [True, True, False]


def test_whoever_was_silent_longest_is_forgotten_first() -> None:
    pace = Pace(1, most=2)
    for one in ("a", "b", "c"):
        pace.allows(one, 0)
    assert pace.allows("a", 0)
    assert not pace.allows("c", 0)


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_an_address_of_ipv6_is_known_by_its_network(host: str, known: str) -> None:
    assert neighbourhood(host) == known
