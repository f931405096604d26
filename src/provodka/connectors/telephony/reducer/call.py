"""A call as a person understands it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

__all__ = ["Call", "Direction", "Handed", "Outcome"]


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


@dataclass(frozen=True, slots=True, order=True)
class Handed:
    """A transfer: `kind` is `blind` or `attended`; who handed the call on, and to whom.

    Either may be empty where the PBX does not say; `to` may be a number outside.
    """

    kind: str
    by: str = ""
    to: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One conversation attempt. Reducing again with more legs gives the corrected call.

    `call_key` is the linkedid. `client_number` is E.164 where it is a full number, else
    the digits as logged, and empty for hidden callers and internal calls. `did` is the
    company's number that was called (digits as the PBX knows them) or empty. `answered_by`
    and `extensions_rung` are the office's telephones (or numbers that it forwarded to);
    `placed_by` is the extension of who called from inside, `operator` the employee as the
    PBX names them. Seconds are whole; `wait_seconds` runs to the first answer of a person,
    or to the end. `queue` is where the caller waited, `menu` whether a machine spoke first,
    `voicemail` whether a message was left, `forwarded_to` the number outside that the call
    was passed to. `recording` is a link or a name on the PBX, good until `recording_until`.
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
    operator: str = field(default="", repr=False)
    extensions_rung: tuple[str, ...] = ()
    leg_count: int = 1
    hold_seconds: int = 0
    queue: str = ""
    transfers: tuple[Handed, ...] = ()
    forwarded_to: str = field(default="", repr=False)
    voicemail: bool = False
    menu: bool = False
    recording: str = field(default="", repr=False)
    recording_until: datetime | None = None

    @property
    def answered(self) -> bool:
        """Whether two people talked."""
        return self.outcome is Outcome.ANSWERED
