"""The legs of one call, and who is who among them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from provodka.connectors.telephony.channels import (
    dialled_number,
    dialled_timeout,
    is_person,
    telephone_of,
)
from provodka.connectors.telephony.legs import Leg
from provodka.connectors.telephony.numbers import Kind, Number, normalize
from provodka.connectors.telephony.reducer.call import Direction, Outcome

__all__ = ["View"]

LONG_DIGITS = re.compile(r"\d{5,}")
MENUS = frozenset({"background", "read", "waitexten", "playback", "ivr"})


class View:
    """The legs of one call, and who is who among them."""

    def __init__(self, legs: Sequence[Leg], lengths: frozenset[int]) -> None:
        self.legs = legs
        self.lengths = lengths
        self.first = next((leg for leg in legs if leg.uniqueid == leg.linkedid), legs[0])
        self.people = [leg for leg in legs if is_person(leg)]
        self.placed_by = self._caller()
        self.direction = self._direction()

    def number(self, text: str) -> Number:
        """A number as this PBX means it."""
        return normalize(text, internal_lengths=self.lengths)

    def _caller(self) -> str:
        """The extension that placed the call; empty when it came from outside."""
        if self.first.direction:
            from_outside = self.first.direction == "in"
            return "" if from_outside else self.first.extension or self.first.src
        telephone = telephone_of(self.first.channel)
        if self.number(telephone).kind is Kind.INTERNAL:
            return telephone
        source = self.number(self.first.src)
        if source.kind is Kind.INTERNAL:
            return source.raw
        named_by_word = source.kind is Kind.UNKNOWN and self.first.src == telephone
        return telephone if named_by_word else ""

    def _direction(self) -> Direction:
        if self.first.direction:
            return Direction(self.first.direction)
        if not self.placed_by:
            return Direction.IN
        return Direction.OUT if self._outside() else Direction.INTERNAL

    def _outside(self) -> Number | None:
        """The number outside that a call from inside was placed to, if it was."""
        for leg in self.legs:
            for text in (leg.dst, dialled_number(leg)):
                number = self.number(text)
                if number.kind is Kind.PHONE or LONG_DIGITS.fullmatch(text):
                    return number
        return self.number(self.first.dst) if self.first.direction == "out" else None

    def client_number(self) -> str:
        """The number outside, see `Call`."""
        if self.direction is Direction.INTERNAL:
            return ""
        if self.direction is Direction.OUT:
            outside = self._outside()
            return outside.best if outside and outside.kind is not Kind.HIDDEN else ""
        source = self.number(self.first.src)
        if source.kind is Kind.HIDDEN:
            source = self.number(self.first.clid)
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
        spans = ((self._picked_up(leg), leg.end) for leg in self.answered())
        return sorted(span for span in spans if span[0] <= span[1])

    def answered(self) -> list[Leg]:
        """Legs in which a person talked, the first answer first."""
        talked = (leg for leg in self.people if leg.disposition == "ANSWERED" and leg.billsec > 0)
        return sorted(talked, key=lambda leg: (self._picked_up(leg), leg.end))

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
        answered = self.answered()
        return self.extension(answered[0]) if answered else ""

    def operator(self) -> str:
        """The employee, as the PBX names who talked, else whoever of the call."""
        of_talk = next((leg.operator for leg in self.answered() if leg.operator), "")
        return of_talk or next((leg.operator for leg in self.legs if leg.operator), "")

    def rung(self) -> tuple[str, ...]:
        """The telephones that rang, each once, in order."""
        if self.direction is Direction.OUT:
            return ()
        return tuple(dict.fromkeys(self.extension(leg) for leg in self.people))

    def extension(self, leg: Leg) -> str:
        """The telephone that a leg rang: of the office, or a number that it was passed to."""
        if leg.extension or leg.rang:
            return leg.extension or leg.dst
        telephone = telephone_of(leg.dstchannel)
        if self.number(telephone).kind is Kind.INTERNAL:
            return telephone
        return dialled_number(leg) or telephone

    def unanswered(self) -> Outcome:
        """How a call ended that no person answered."""
        rung = {leg.disposition for leg in self.people}
        if not rung:
            return self._nobody_rung()
        if any(leg.rang for leg in self.people) and "NO ANSWER" in rung:
            return Outcome.MISSED
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

    def queue(self) -> str:
        """The queue in which the caller waited."""
        named = next((leg.queue for leg in self.legs if leg.queue), "")
        waited = (leg.lastdata.partition(",")[0] for leg in self.legs if leg.lastapp == "Queue")
        return named or next(waited, "")

    def voicemail(self) -> bool:
        """Whether a machine took a message."""
        return any(
            leg.billsec > 0 and (leg.lastapp == "VoiceMail" or leg.rang == "voicemail")
            for leg in self.legs
        )

    def menu(self) -> bool:
        """Whether a machine spoke to the caller."""
        return self.direction is Direction.IN and any(
            leg.rang == "menu" or leg.lastapp.lower() in MENUS for leg in self.legs
        )

    def recorded(self) -> Leg | None:
        """The leg with the recording of the longest talk."""
        recorded = [leg for leg in self.legs if leg.recording]
        return max(recorded, key=lambda leg: (leg.billsec, leg.end, leg.recording), default=None)
