"""When streams run that have the same pace: one after another, not all in the same second.

Together they would take the processor and the store away from the rules for about a second.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

__all__ = ["ANCHOR", "FIRST_WITHIN", "anchor", "first_run", "share"]

ANCHOR = datetime(2026, 1, 1, tzinfo=UTC)
"""From where turns are counted, so that a restart does not move them."""
FIRST_WITHIN = timedelta(seconds=15)
"""After a start every stream has begun by then."""


def share(stream: str, streams: Collection[str]) -> float:
    """The part of a period, from 0 to below 1, that a stream of `streams` waits for its turn.

    It is the stream's place in the alphabet, whichever of them are in use.
    """
    return sorted(streams).index(stream) / len(streams)


def anchor(stream: str, streams: Collection[str], pace: timedelta) -> datetime:
    """A moment at which a stream is due, and from which it is due at its `pace`; UTC."""
    return ANCHOR + share(stream, streams) * pace


def first_run(stream: str, streams: Collection[str], pace: timedelta, now: datetime) -> datetime:
    """When a stream runs first after a start at `now`: within its `pace`, and soon."""
    return now + share(stream, streams) * min(pace, FIRST_WITHIN)
