"""One call told by two sources: by what they are known to be one, and what is known together.

Two sources tell of one call when they agree on the number, the direction and whether people
talked, began it within `TOLERANCE` of each other, and overlap for more than half of the time that
either of them saw it. Two quick calls in a row do not overlap, so that they stay two, whatever
the tolerance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from provodka.connectors.telephony.reducer.call import Call, Direction

__all__ = ["TOLERANCE", "distance", "joined", "same_call"]

TOLERANCE = timedelta(seconds=5)
"""How far apart two sources' clocks, and the moments at which they notice a call, may be."""
AT_ONCE = timedelta(seconds=1)
SAME_DIGITS = 7
BLANKS = ("client_number", "did", "placed_by", "operator", "queue", "forwarded_to")
LISTS = ("extensions_rung", "transfers")


def same_call(one: Call, other: Call) -> bool:
    """Whether calls of two different sources are one."""
    return (
        one.direction is other.direction is not Direction.INTERNAL
        and bool(one.client_number)
        and one.client_number == other.client_number
        and one.answered == other.answered
        and _same_end(one, other)
        and distance(one, other) <= TOLERANCE
        and _at_the_same_time(one, other)
    )


def distance(one: Call, other: Call) -> timedelta:
    """How far apart they began."""
    return abs(one.started_at - other.started_at)


def _same_end(one: Call, other: Call) -> bool:
    """Our side, where both name it: the number that was called, or the telephone that talked."""
    if one.did and other.did and _tail(one.did) != _tail(other.did):
        return False
    telephones = [call.answered_by or call.placed_by for call in (one, other)]
    return not all(telephones) or telephones[0] == telephones[1]


def _tail(did: str) -> str:
    return "".join(filter(str.isdecimal, did))[-SAME_DIGITS:]


def _at_the_same_time(one: Call, other: Call) -> bool:
    begun = max(one.started_at, other.started_at)
    together = min(one.ended_at, other.ended_at) - begun
    longest = max(one.ended_at - one.started_at, other.ended_at - other.started_at)
    return together * 2 > longest or (distance(one, other) <= AT_ONCE and longest <= AT_ONCE)


def joined(said: Sequence[tuple[str, Call]]) -> Call:
    """What (source, call) together know: the best witness, and what it lacks from the others.

    The order in which they are given does not matter.
    """
    ordered = sorted(said, key=_witness, reverse=True)
    best = ordered[0][1]
    for _source, other in ordered[1:]:
        best = _with(best, other)
    return best


def _witness(said: tuple[str, Call]) -> tuple[bool, int, str, datetime]:
    source, call = said
    return bool(call.answered_by or call.placed_by), call.leg_count, source, call.started_at


def _with(best: Call, other: Call) -> Call:
    filled = {name: getattr(other, name) for name in (*BLANKS, *LISTS) if not getattr(best, name)}
    if not best.answered_by and best.answered:
        filled["answered_by"] = other.answered_by
    if not best.recording:
        filled |= {"recording": other.recording, "recording_until": other.recording_until}
    return replace(
        best,
        **filled,
        voicemail=best.voicemail or other.voicemail,
        menu=best.menu or other.menu,
        hold_seconds=max(best.hold_seconds, other.hold_seconds),
    )
