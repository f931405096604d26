"""Times of legs: what a repeated hour has spoiled is set right, spans are added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from provodka.connectors.telephony.legs import Leg

__all__ = ["covered", "mended", "seconds"]

HOUR = timedelta(hours=1)
HALF = HOUR / 2
A_MOMENT = timedelta(minutes=1)

Span = tuple[datetime, datetime]


def seconds(start: datetime, end: datetime) -> int:
    """Whole seconds of a span, never below zero."""
    return max(0, round((end - start).total_seconds()))


def covered(spans: Sequence[Span]) -> int:
    """Seconds covered by at least one of the spans, which are sorted."""
    total, reached = 0, None
    for start, end in spans:
        begin = start if reached is None else max(start, reached)
        if end > begin:
            total += seconds(begin, end)
            reached = end
    return total


def mended(leg: Leg) -> Leg:
    """The leg with times of the hour that the clock told.

    Local time without an offset names the hour that is repeated in autumn twice. The PBX
    counts durations, and Asterisk puts the epoch into a channel's `uniqueid`, by a clock
    that is not set back: a leg cannot begin before its channel did, nor end before it began.
    """
    lasted = timedelta(seconds=leg.duration)
    born = _born(leg.uniqueid)
    early = born is not None and born - HOUR <= leg.start + A_MOMENT < born
    start = leg.start + HOUR if early else leg.start
    end = leg.end
    if end < start or (leg.duration and abs(end - start - lasted) >= HALF):
        end = start + lasted
    if (start, end) == (leg.start, leg.end):
        return leg
    answer = leg.answer
    if answer is not None and not start <= answer <= end:
        answer = max(start, end - timedelta(seconds=leg.billsec))
    return replace(leg, start=start, end=end, answer=answer)


def _born(uniqueid: str) -> datetime | None:
    """The moment in `epoch.number`, with or without a system's name before it."""
    epoch, dot, counter = uniqueid.rpartition("-")[2].partition(".")
    if not (dot and counter.isdecimal() and epoch.isdecimal() and len(epoch) == 10):
        return None
    return datetime.fromtimestamp(int(epoch), UTC)
