"""Legs of one call → the call as a person understands it. Pure.

Legs are never counted and their `billsec` never summed: a ring group writes a row per
telephone, a transfer overlapping rows, an application that picks up makes its row
`ANSWERED`. A call was answered when a leg to a person's telephone was.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from provodka.connectors.telephony.channels import (
    dialled_number,
    dialled_timeout,
    is_person,
    telephone_of,
)
from provodka.connectors.telephony.legs import Leg
from provodka.connectors.telephony.numbers import INTERNAL_LENGTHS, Kind, Number, normalize

__all__ = ["Call", "Direction", "Outcome", "reduce_call"]

LONG_DIGITS = re.compile(r"\d{5,}")


class Direction(StrEnum):
    """Which way the call went, seen from the company."""

    IN = "in"
    OUT = "out"
    INTERNAL = "internal"


class Outcome(StrEnum):
    """How the call ended.

    `MISSED`: it rang to the end and nobody picked up. `ABANDONED`: the caller hung up
    first, in a queue, a menu or while it rang. `FAILED`: no telephone could be reached.
    """

    ANSWERED = "answered"
    MISSED = "missed"
    ABANDONED = "abandoned"
    BUSY = "busy"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One conversation attempt. Reducing again with more legs gives the corrected call.

    `call_key` is the linkedid. `client_number` is E.164 where it is a full number, else
    the digits as logged, and empty for hidden callers and internal calls. `did` is the
    company's number that was called (digits as the PBX knows them) or empty. `answered_by`
    and `extensions_rung` are the office's telephones (or numbers that it forwarded to);
    `placed_by` is the extension of who called from inside. Seconds are whole;
    `wait_seconds` runs to the first answer of a person, or to the end.
    """

    call_key: str
    direction: Direction
    outcome: Outcome
    started_at: datetime
    ended_at: datetime
    wait_seconds: int
    talk_seconds: int
    client_number: str = field(default="", repr=False)
    did: str = ""
    answered_by: str = ""
    placed_by: str = ""
    extensions_rung: tuple[str, ...] = ()
    leg_count: int = 1

    @property
    def answered(self) -> bool:
        """Whether two people talked."""
        return self.outcome is Outcome.ANSWERED


def reduce_call(
    legs: Iterable[Leg], *, internal_lengths: Collection[int] = INTERNAL_LENGTHS
) -> Call:
    """Reduce the legs of one linkedid, in any order, duplicates allowed; at least one.

    `internal_lengths` are the lengths of this PBX's extensions in digits. Raises
    `ValueError` for no legs, or for legs of different calls.
    """
    ordered = sorted({leg.key: leg for leg in legs}.values(), key=_place_in_call)
    if len({leg.linkedid for leg in ordered}) != 1:
        raise ValueError("reduce_call takes the legs of exactly one linkedid")
    view = _View(ordered, frozenset(internal_lengths))
    talks = view.talks()
    started = min(leg.start for leg in ordered)
    ended = max(leg.end for leg in ordered)
    first_answer = talks[0][0] if talks else ended
    return Call(
        call_key=ordered[0].linkedid,
        direction=view.direction,
        outcome=Outcome.ANSWERED if talks else view.unanswered(),
        started_at=started,
        ended_at=ended,
        wait_seconds=_seconds(started, first_answer),
        talk_seconds=_covered(talks),
        client_number=view.client_number(),
        did=view.did(),
        answered_by=view.answered_by(),
        placed_by=view.placed_by,
        extensions_rung=view.rung(),
        leg_count=len(ordered),
    )


def _place_in_call(leg: Leg) -> tuple[object, ...]:
    """Legs of the channel that began the call come first among those of one second."""
    number = int(leg.sequence) if leg.sequence.isdecimal() else 0
    return leg.start, leg.uniqueid != leg.linkedid, number, leg.sequence


def _seconds(start: datetime, end: datetime) -> int:
    return max(0, round((end - start).total_seconds()))


def _covered(spans: Sequence[tuple[datetime, datetime]]) -> int:
    """Seconds covered by at least one of the spans, which are sorted."""
    total, reached = 0, None
    for start, end in spans:
        begin = start if reached is None else max(start, reached)
        if end > begin:
            total += _seconds(begin, end)
            reached = end
    return total


class _View:
    """The legs of one call, and who is who among them."""

    def __init__(self, legs: Sequence[Leg], lengths: frozenset[int]) -> None:
        self.legs = legs
        self.lengths = lengths
        self.first = next((leg for leg in legs if leg.uniqueid == leg.linkedid), legs[0])
        self.people = [leg for leg in legs if is_person(leg)]
        self.placed_by = self._caller()
        self.direction = self._direction()

    def _number(self, text: str) -> Number:
        return normalize(text, internal_lengths=self.lengths)

    def _caller(self) -> str:
        """The extension that placed the call; empty when it came from outside."""
        telephone = telephone_of(self.first.channel)
        if self._number(telephone).kind is Kind.INTERNAL:
            return telephone
        source = self._number(self.first.src)
        if source.kind is Kind.INTERNAL:
            return source.raw
        named_by_word = source.kind is Kind.UNKNOWN and self.first.src == telephone
        return telephone if named_by_word else ""

    def _direction(self) -> Direction:
        if not self.placed_by:
            return Direction.IN
        return Direction.OUT if self._outside() else Direction.INTERNAL

    def _outside(self) -> Number | None:
        """The number outside that a call from inside was placed to, if it was."""
        for leg in self.legs:
            for text in (leg.dst, dialled_number(leg)):
                number = self._number(text)
                if number.kind is Kind.PHONE or LONG_DIGITS.fullmatch(text):
                    return number
        return None

    def client_number(self) -> str:
        """The number outside, see `Call`."""
        if self.direction is Direction.INTERNAL:
            return ""
        if self.direction is Direction.OUT:
            outside = self._outside()
            return outside.best if outside else ""
        source = self._number(self.first.src)
        if source.kind is Kind.HIDDEN:
            source = self._number(self.first.clid)
        return "" if source.kind is Kind.HIDDEN else source.best

    def did(self) -> str:
        """From the PBX's own column, else what was dialled, else the context's or trunk's name.

        A blind transfer overwrites what was dialled with the extension it went to.
        """
        if self.direction is not Direction.IN:
            return ""
        named = next((leg.did for leg in self.legs if leg.did), "")
        if named:
            return named
        places = (self.first.dst, self.first.dcontext, telephone_of(self.first.channel))
        found = (LONG_DIGITS.search(place) for place in places)
        return next((digits[0] for digits in found if digits), "")

    def talks(self) -> list[tuple[datetime, datetime]]:
        """Spans in which a person talked, sorted."""
        spans = ((self._picked_up(leg), leg.end) for leg in self._answered())
        return sorted(span for span in spans if span[0] <= span[1])

    def _answered(self) -> list[Leg]:
        return [leg for leg in self.people if leg.disposition == "ANSWERED" and leg.billsec > 0]

    def _picked_up(self, leg: Leg) -> datetime:
        """The answer, or the end of ringing elsewhere where a menu or queue had answered before."""
        rung_beside = (
            other.end
            for other in self.people
            if other.uniqueid == leg.uniqueid
            and other.disposition != "ANSWERED"
            and other.end <= leg.end
        )
        return max([leg.answer or leg.start, *rung_beside])

    def answered_by(self) -> str:
        """Who picked up first; the client's own answer to our call is not named."""
        if self.direction is Direction.OUT:
            return ""
        answered = sorted(self._answered(), key=lambda leg: (self._picked_up(leg), leg.end))
        return self._extension(answered[0]) if answered else ""

    def rung(self) -> tuple[str, ...]:
        """The telephones that rang, each once, in order."""
        if self.direction is Direction.OUT:
            return ()
        return tuple(dict.fromkeys(self._extension(leg) for leg in self.people))

    def _extension(self, leg: Leg) -> str:
        telephone = telephone_of(leg.dstchannel)
        if self._number(telephone).kind is Kind.INTERNAL:
            return telephone
        return dialled_number(leg) or telephone

    def unanswered(self) -> Outcome:
        """How a call ended that no person answered."""
        rung = {leg.disposition for leg in self.people}
        if not rung:
            return self._nobody_rung()
        if rung <= {"FAILED", "CONGESTION"}:
            return Outcome.FAILED
        if rung <= {"BUSY", "FAILED", "CONGESTION"}:
            return Outcome.BUSY
        if self.direction is Direction.IN and not self._rang_to_the_end():
            return Outcome.ABANDONED
        return Outcome.MISSED

    def _nobody_rung(self) -> Outcome:
        said = {leg.disposition for leg in self.legs}
        if "BUSY" in said:
            return Outcome.BUSY
        if said <= {"FAILED", "CONGESTION"}:
            return Outcome.FAILED
        return Outcome.ABANDONED if self.direction is Direction.IN else Outcome.MISSED

    def _rang_to_the_end(self) -> bool:
        """The PBX went on after the ringing (a trailing row), or the last dial ran out of time."""
        rang_until = max(leg.end for leg in self.people)
        own = [leg for leg in self.legs if leg.uniqueid == leg.linkedid]
        went_on = any(not leg.dstchannel and leg.start >= rang_until for leg in own)
        return went_on or any(
            leg.end >= rang_until and 0 < dialled_timeout(leg) <= leg.duration for leg in own
        )
