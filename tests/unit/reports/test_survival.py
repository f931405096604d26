"""Time until an end when some are still waiting: by hand, and as `lifelines` has it."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter

from provodka.dashboards.reports.survival import Curve, aalen_johansen, kaplan_meier


def counted(sample: list[tuple[int, int]], kinds: int) -> tuple[list[int], list[list[int]]]:
    """Distinct times in order, and how many of each kind of end (0 is censored) came at each."""
    found = Counter(sample)
    times = sorted({time for time, _kind in sample})
    return times, [[found[time, kind] for time in times] for kind in range(kinds)]


def histories(seed: int, size: int, kinds: int) -> list[tuple[int, int]]:
    dice = random.Random(seed)  # noqa: S311
    return [(dice.randint(1, 60), dice.randrange(kinds)) for _ in range(size)]


def test_the_median_counts_those_who_still_wait() -> None:
    # Four: over at 2, seen until 3, over at 4, seen until 9. After 4 a third of 3/4 is left.
    curve = kaplan_meier([2, 3, 4, 9], [1, 0, 1, 0], [0, 1, 0, 1])
    assert curve.times == (2, 4)
    assert curve.values == pytest.approx((0.75, 0.375))
    assert (curve.falls_to(0.5), curve.falls_to(0.1)) == (4, None)


def test_a_half_reached_exactly_is_a_median() -> None:
    assert kaplan_meier([1, 2], [1, 1], [0, 0]).falls_to(0.5) == 1
    assert kaplan_meier([1, 2, 3], [1, 1, 1], [0, 0, 0]).falls_to(1 / 3) == 2


def test_nobody_and_nothing_over_have_no_median() -> None:
    assert kaplan_meier([], [], []).falls_to(0.5) is None
    assert kaplan_meier([5], [0], [3]).falls_to(0.5) is None


def test_whoever_was_lost_cannot_be_won_any_more() -> None:
    # Without competition the one censored by losing would count as still winnable.
    won = aalen_johansen([1, 2, 3], [1, 0, 1], [0, 1, 0], [0, 0, 1])
    assert won.values == pytest.approx((0.25, 0.5))
    assert (won.at(0.5), won.at(1), won.at(100)) == pytest.approx((0, 0.25, 0.5))
    assert won.rises_to(0.5) == 3


@pytest.mark.parametrize("seed", range(8))
def test_lifelines_has_the_same_share_still_waiting_at_every_time(seed: int) -> None:
    sample = histories(seed, 80, 2)
    times, (censored, ended) = counted(sample, 2)
    ours = kaplan_meier(times, ended, censored)
    theirs = KaplanMeierFitter().fit([t for t, _k in sample], [k == 1 for _t, k in sample])
    known = theirs.survival_function_["KM_estimate"]
    assert [ours.at(time) for time in times] == pytest.approx([known[float(t)] for t in times])
    median = theirs.median_survival_time_
    assert ours.falls_to(0.5) == (None if median == float("inf") else median)


@pytest.mark.parametrize("seed", range(8))
def test_lifelines_has_the_same_share_won_beside_a_competing_loss(seed: int) -> None:
    # Times without ties: lifelines spreads ties at random.
    dice = random.Random(seed)  # noqa: S311
    sample = [(time, dice.randrange(3)) for time in dice.sample(range(1, 500), 90)]
    times, (censored, won, lost) = counted(sample, 3)
    ours = aalen_johansen(times, won, lost, censored)
    fitter = AalenJohansenFitter(calculate_variance=False)
    theirs = fitter.fit([t for t, _k in sample], [k for _t, k in sample], event_of_interest=1)
    known = theirs.cumulative_density_["CIF_1"]
    assert [ours.at(time) for time in times] == pytest.approx([known[float(t)] for t in times])


def test_a_curve_holds_its_start_before_anything_happens() -> None:
    assert Curve((3.0,), (0.5,), 1.0).at(2.9) == 1.0
