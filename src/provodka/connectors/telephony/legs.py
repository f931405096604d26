"""The leg: one row of a PBX's call log, in the same shape whatever PBX wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

__all__ = ["BadRow", "Leg"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One row of a call log. A call has one to a dozen of them.

    Times are aware, in UTC; `answer` is None where nobody and nothing picked up.
    `duration` and `billsec` are whole seconds as the PBX counted them: `billsec` runs
    from the answer of a person *or* of an application, so it is not talk time by itself.
    `linkedid` holds the legs of one call together; where the PBX does not write it,
    it is `uniqueid`. What the PBX does not write at all is empty.

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

    @property
    def key(self) -> tuple[str, str, str]:
        """(uniqueid, linkedid, sequence): no shorter key is unique across PBX restarts."""
        return self.uniqueid, self.linkedid, self.sequence


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that is no call record: for quarantine, with all that a person needs to judge it.

    `file` is the name of the log file, `offset` the position in bytes of the line's
    first byte in it, `raw` the line as text (personal data), `reason` is for people.
    """

    file: str
    offset: int
    raw: str = field(repr=False)
    reason: str
