"""Rows of Asterisk's `cdr_csv` backend: 21 columns, strings quoted, integers bare."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the log; times are in the exchange's own zone, lengths in seconds.

    `talk` of None means that nobody answered, which leaves the answer's column empty.
    """

    src: str
    dst: str
    context: str
    channel: str
    uniqueid: str
    linkedid: str
    sequence: int
    start: datetime
    duration: int
    talk: int | None
    disposition: str
    dstchannel: str = ""
    lastapp: str = "Dial"
    lastdata: str = ""
    name: str = ""

    def line(self) -> str:
        """The row as Asterisk writes it, with its newline."""
        end = self.start + timedelta(seconds=self.duration)
        answer = "" if self.talk is None else _quote(_time(end - timedelta(seconds=self.talk)))
        clid = f'"{self.name or self.src}" <{self.src}>'
        texts = (
            "", self.src, self.dst, self.context, clid, self.channel, self.dstchannel,
            self.lastapp, self.lastdata, _time(self.start),
        )  # fmt: skip
        head = ",".join(_quote(text) for text in texts)
        tail = ",".join(
            _quote(text)
            for text in (self.disposition, "DOCUMENTATION", self.uniqueid, "", "", self.linkedid)
        )
        end_text = _quote(_time(end))
        talked = self.talk or 0
        return f"{head},{answer},{end_text},{self.duration},{talked},{tail},{self.sequence}\n"


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
