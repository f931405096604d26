"""How long things last when some are not over yet: Kaplan-Meier and Aalen-Johansen, pure.

Kaplan, Meier (1958), "Nonparametric Estimation from Incomplete Observations"; Aalen, Johansen
(1978), "An Empirical Transition Matrix for Non-homogeneous Markov Chains Based on Censored
Observations". What is censored at the time of an event is still at risk then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Curve", "aalen_johansen", "kaplan_meier"]

NEARLY = 1e-12


@dataclass(frozen=True, slots=True)
class Curve:
    """A step function of time: `values[i]` holds from `times[i]` on; it begins with `start`."""

    times: tuple[float, ...]
    values: tuple[float, ...]
    start: float

    def at(self, time: float) -> float:
        """The value at a time."""
        value = self.start
        for moment, known in zip(self.times, self.values, strict=True):
            if moment > time:
                break
            value = known
        return value

    def falls_to(self, level: float) -> float | None:
        """The first time at which the value is at most `level`; `None` if it never is."""
        pairs = zip(self.times, self.values, strict=True)
        return next((time for time, value in pairs if value <= level + NEARLY), None)

    def rises_to(self, level: float) -> float | None:
        """The first time at which the value is at least `level`; `None` if it never is."""
        pairs = zip(self.times, self.values, strict=True)
        return next((time for time, value in pairs if value >= level - NEARLY), None)


def kaplan_meier(times: Sequence[float], ended: Sequence[int], censored: Sequence[int]) -> Curve:
    """The share that lasts longer than a time.

    `times` ascend and differ; at each so many `ended`, and so many were last seen unfinished.
    """
    at_risk = sum(ended) + sum(censored)
    share, points = 1.0, []
    for time, over, unseen in zip(times, ended, censored, strict=True):
        if over:
            share *= 1 - over / at_risk
            points.append((time, share))
        at_risk -= over + unseen
    return _curve(points, 1.0)


def aalen_johansen(
    times: Sequence[float], won: Sequence[int], lost: Sequence[int], censored: Sequence[int]
) -> Curve:
    """The share that has come to the first of two ends by a time, the other one competing.

    `times` ascend and differ; at each so many came to either end or were last seen before it.
    """
    at_risk = sum(won) + sum(lost) + sum(censored)
    going, share, points = 1.0, 0.0, []
    for time, first, second, unseen in zip(times, won, lost, censored, strict=True):
        if first:
            share += going * first / at_risk
            points.append((time, share))
        if first or second:
            going *= 1 - (first + second) / at_risk
        at_risk -= first + second + unseen
    return _curve(points, 0.0)


def _curve(points: list[tuple[float, float]], start: float) -> Curve:
    return Curve(tuple(time for time, _value in points), tuple(v for _time, v in points), start)
