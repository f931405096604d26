"""Whatever the clock does between two looks at a PBX, no moment is left out of its windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from provodka.connectors.telephony.options import SpannedOptions
from provodka.connectors.telephony.windows import Window, Windows

START = datetime(2026, 1, 31, tzinfo=UTC)
steps = st.lists(st.timedeltas(timedelta(minutes=-90), timedelta(days=3)), min_size=1, max_size=12)


def looks(windows: Windows, moments: list[datetime]) -> list[tuple[datetime, Window]]:
    """Every window that is read, with the moment of reading."""
    found: list[tuple[datetime, Window]] = []
    position: Any = None
    for now in moments:
        more = True
        while more:
            window = windows.next(position, now)
            if window is None:
                break
            found.append((now, window))
            position, more = windows.after(position, window, now, None)
            assert len(found) < 3000
    return found


def moments(passed: list[timedelta]) -> list[datetime]:
    now, told = START, [START]
    for step in passed:
        now += step
        told.append(now)
    return told


@given(steps, st.integers(4, 24 * 31), st.integers(1, 72), st.integers(0, 10))
def test_no_moment_is_left_out_however_the_clock_goes(
    passed: list[timedelta], longest: int, overlap: int, pause: int
) -> None:
    options = SpannedOptions(name="a", overlap_hours=overlap, first_days=3)
    windows = Windows(options, timedelta(hours=longest), timedelta(minutes=pause))
    told = moments(passed)
    found = looks(windows, told)
    assert all(window.end - window.start <= windows.longest for _now, window in found)
    reached = START - timedelta(days=3)
    for window in sorted((window for _now, window in found), key=lambda one: one.start):
        assert window.start <= reached
        reached = max(reached, window.end)
    assert reached >= max(told) - windows.pause


@given(steps)
def test_a_row_that_is_written_late_is_read_within_the_overlap(passed: list[timedelta]) -> None:
    options = SpannedOptions(name="a", overlap_hours=24, first_days=3)
    windows = Windows(options, timedelta(hours=6))
    told = [START + abs(one - START) for one in moments(passed)]
    told.sort()
    found = looks(windows, [*told, told[-1] + timedelta(hours=1)])
    written = told[-1]
    late = written - timedelta(hours=22)
    assert any(now > written and window.start <= late <= window.end for now, window in found)
