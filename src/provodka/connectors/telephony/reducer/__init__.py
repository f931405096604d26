"""Legs of one call → the call as a person understands it. Pure.

Legs are never counted and their `billsec` never summed: a ring group writes a row per
telephone, a transfer overlapping rows, an application that picks up makes its row
`ANSWERED`. A call was answered when a leg to a person's telephone was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from provodka.connectors.telephony.legs import Leg
from provodka.connectors.telephony.numbers import INTERNAL_LENGTHS
from provodka.connectors.telephony.reducer.call import Call, Direction, Handed, Outcome
from provodka.connectors.telephony.reducer.handing import forwarded_to, transfers
from provodka.connectors.telephony.reducer.summary import in_its_own_words
from provodka.connectors.telephony.reducer.times import covered, mended, seconds
from provodka.connectors.telephony.reducer.view import View

__all__ = ["Call", "Direction", "Handed", "Outcome", "reduce_call"]


def reduce_call(
    legs: Iterable[Leg], *, internal_lengths: Collection[int] = INTERNAL_LENGTHS
) -> Call:
    """Reduce the legs of one linkedid, in any order, duplicates allowed; at least one no note.

    `internal_lengths` are the lengths of this PBX's extensions in digits. Raises
    `ValueError` for no legs, or for legs of different calls.
    """
    every = {leg.key: leg for leg in legs}.values()
    if len({leg.linkedid for leg in every}) != 1:
        raise ValueError("reduce_call takes the legs of exactly one linkedid")
    ordered = sorted((mended(leg) for leg in every if not leg.note), key=_place_in_call)
    if not ordered:
        raise ValueError("reduce_call takes at least one leg that is no note")
    lengths = frozenset(internal_lengths)
    parts = [leg for leg in ordered if not leg.whole]
    last_word = max((leg for leg in ordered if leg.whole), key=_newest, default=None)
    call = _told_by(View(parts or ordered, lengths))
    if last_word is not None:
        call = in_its_own_words(call, last_word, lengths, alone=not parts)
    on_hold = covered(sorted((leg.start, leg.end) for leg in every if leg.note))
    hold = max(call.hold_seconds, min(on_hold, call.talk_seconds))
    return replace(call, leg_count=len(ordered), hold_seconds=hold)


def _told_by(view: View) -> Call:
    talks = view.talks()
    started = min(leg.start for leg in view.legs)
    ended = max(leg.end for leg in view.legs)
    recorded = view.recorded()
    return Call(
        call_key=view.first.linkedid,
        direction=view.direction,
        outcome=Outcome.ANSWERED if talks else view.unanswered(),
        started_at=started,
        ended_at=ended,
        wait_seconds=seconds(started, talks[0][0] if talks else ended),
        talk_seconds=covered(talks),
        client_number=view.client_number(),
        did=view.did(),
        answered_by=view.answered_by(),
        placed_by=view.placed_by,
        operator=view.operator(),
        extensions_rung=view.rung(),
        hold_seconds=sum(leg.hold for leg in view.legs),
        queue=view.queue(),
        transfers=transfers(view),
        forwarded_to=forwarded_to(view),
        voicemail=view.voicemail(),
        menu=view.menu(),
        recording=recorded.recording if recorded else "",
        recording_until=recorded.recording_until if recorded else None,
    )


def _place_in_call(leg: Leg) -> tuple[object, ...]:
    """Legs of the channel that began the call come first among those of one second."""
    number = int(leg.sequence) if leg.sequence.isdecimal() else 0
    return leg.start, leg.uniqueid != leg.linkedid, number, leg.sequence, leg.uniqueid


def _newest(leg: Leg) -> tuple[object, ...]:
    return leg.end, leg.start, leg.sequence, leg.uniqueid
