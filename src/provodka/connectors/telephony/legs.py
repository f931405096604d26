"""The leg: one row of a PBX's call log, in the same shape whatever PBX wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

__all__ = ["BadRow", "Direction", "Leg", "Rang", "Transfer"]

Direction = Literal["", "in", "out", "internal"]
Rang = Literal["", "person", "queue", "menu", "voicemail", "outside"]
Transfer = Literal["", "blind", "attended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One row of a call log. A call has one to a dozen of them.

    Times are aware, in UTC; `answer` is None where nobody and nothing picked up.
    `duration` and `billsec` are whole seconds as the PBX counted them: `billsec` runs
    from the answer of a person *or* of an application, so it is not talk time by itself.
    `linkedid` holds the legs of one call together; where the PBX does not write it,
    it is `uniqueid`. What the PBX does not write at all is empty.

    `disposition` is in Asterisk's words whatever PBX it is: ANSWERED, NO ANSWER, BUSY,
    FAILED, CONGESTION. A PBX without channel names says what they would tell by
    `direction` (seen from the company), `rang` (what this leg rang; `outside` is a number
    that the call was forwarded to) and `extension` (the office's telephone: the one that
    rang, or that placed the call).

    `whole` marks the vendor's own summary of a whole call: `src` called `dst`, and its
    `direction`, `disposition`, `wait` and `talk` (seconds) are the vendor's last word;
    other legs of the call only add who rang and what was recorded. `hold` is seconds on
    hold, `transfer` how the call was handed on by this leg and `transfer_to` whereto,
    `operator` the employee as the PBX names them. `recording` is a link, or the name under
    which the PBX gives the recording out; a link dies at `recording_until`.

    A `note` is no leg: it only tells that its call was on hold from `start` to `end`.

    Numbers and names are kept out of `repr`, because they are personal data.
    """

    uniqueid: str
    linkedid: str
    sequence: str
    start: datetime
    end: datetime
    answer: datetime | None = None
    duration: int = 0
    billsec: int = 0
    disposition: str = ""
    src: str = field(default="", repr=False)
    dst: str = field(default="", repr=False)
    clid: str = field(default="", repr=False)
    dcontext: str = ""
    channel: str = field(default="", repr=False)
    dstchannel: str = field(default="", repr=False)
    lastapp: str = ""
    lastdata: str = field(default="", repr=False)
    amaflags: str = ""
    accountcode: str = ""
    peeraccount: str = ""
    userfield: str = field(default="", repr=False)
    did: str = field(default="", repr=False)
    recording: str = field(default="", repr=False)
    direction: Direction = ""
    rang: Rang = ""
    extension: str = ""
    operator: str = field(default="", repr=False)
    queue: str = ""
    wait: int | None = None
    talk: int | None = None
    hold: int = 0
    transfer: Transfer = ""
    transfer_to: str = field(default="", repr=False)
    recording_until: datetime | None = None
    whole: bool = False
    note: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """(uniqueid, linkedid, sequence): no shorter key is unique across PBX restarts."""
        return self.uniqueid, self.linkedid, self.sequence


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no call record: for quarantine, with all that a person needs to judge it.

    `file` is the name of the log file, or of the report that the PBX was asked for; `offset`
    the place of the row in it (the byte of a file, else a number that is the same whenever
    the row is read); `raw` the row as text (personal data), `reason` is for people.
    """

    file: str
    offset: int
    raw: str = field(repr=False)
    reason: str
