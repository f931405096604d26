"""A vendor's own summary of a whole call: its word counts, the legs add who rang."""

from __future__ import annotations

from dataclasses import replace

from provodka.connectors.telephony.legs import Leg
from provodka.connectors.telephony.reducer.call import Call, Direction, Outcome
from provodka.connectors.telephony.reducer.times import seconds
from provodka.connectors.telephony.reducer.view import View

__all__ = ["in_its_own_words"]

UNANSWERED = {
    "BUSY": Outcome.BUSY,
    "FAILED": Outcome.FAILED,
    "CONGESTION": Outcome.FAILED,
}


def in_its_own_words(call: Call, last: Leg, lengths: frozenset[int], *, alone: bool) -> Call:
    """The call with the summary's direction, outcome and seconds; `alone` if there are no legs.

    Talk counts and not the disposition where both are given: a call that only a menu
    answered is marked as answered by more than one vendor.
    """
    said = View([last], lengths)
    talk = last.talk if last.talk is not None else call.talk_seconds
    known = last.talk is not None
    answered = talk > 0 if known else last.disposition == "ANSWERED"
    direction = Direction(last.direction) if last.direction else call.direction
    left = not alone and direction is Direction.IN and call.outcome is Outcome.ABANDONED
    return replace(
        call,
        direction=direction,
        outcome=Outcome.ANSWERED if answered else _unanswered(last, left=left),
        started_at=last.start,
        ended_at=max(last.end, last.start),
        talk_seconds=talk if answered else 0,
        wait_seconds=_wait(call, last, answered=answered),
        client_number=_number(call, said, direction),
        did=(said.did() or call.did) if direction is Direction.IN else "",
        answered_by=_answered_by(call, last, direction) if answered else "",
        placed_by="" if direction is Direction.IN else call.placed_by or said.placed_by,
        operator=last.operator or call.operator,
        extensions_rung=call.extensions_rung if not alone else _rung(last, direction),
        hold_seconds=last.hold or call.hold_seconds,
        queue=last.queue or call.queue,
        recording=last.recording or call.recording,
        recording_until=last.recording_until if last.recording else call.recording_until,
    )


def _number(call: Call, said: View, direction: Direction) -> str:
    if direction is Direction.INTERNAL:
        return ""
    return said.client_number() or call.client_number


def _answered_by(call: Call, last: Leg, direction: Direction) -> str:
    return "" if direction is Direction.OUT else last.extension or call.answered_by


def _rung(last: Leg, direction: Direction) -> tuple[str, ...]:
    return (last.extension,) if last.extension and direction is not Direction.OUT else ()


def _unanswered(last: Leg, *, left: bool) -> Outcome:
    """The summary's word; who hung up first is told by the legs alone."""
    unreached = UNANSWERED.get(last.disposition)
    return unreached or (Outcome.ABANDONED if left else Outcome.MISSED)


def _wait(call: Call, last: Leg, *, answered: bool) -> int:
    if last.wait is not None:
        return last.wait
    if answered and last.answer is not None:
        return seconds(last.start, last.answer)
    return call.wait_seconds if answered else seconds(last.start, last.end)
