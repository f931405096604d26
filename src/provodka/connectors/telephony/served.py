"""A PBX that is asked over HTTP for spans of time: all but the vendor's own question and words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from provodka.connectors.telephony.asking import Asking
from provodka.connectors.telephony.health import reach
from provodka.connectors.telephony.legs import Leg
from provodka.connectors.telephony.numbers import Kind, normalize
from provodka.connectors.telephony.options import ServedOptions
from provodka.connectors.telephony.rows import read_rows
from provodka.connectors.telephony.source import CallPage, Reach
from provodka.connectors.telephony.windows import Window, Windows

__all__ = ["DAY", "Asked", "Served"]

Asked = tuple[Sequence[Any], int | str | None]
"""Rows of a window, and where in it to go on; None at its end."""

DAY, WEEK = timedelta(days=1), timedelta(days=7)


class Served(ABC):
    """A source over HTTP; `longest` is the longest span that the vendor answers in full.

    `pause` is the least time between two looks at a PBX that has been read to its end, and
    `report` names the vendor's report in quarantine.
    """

    usual: ClassVar[str] = ""
    report: ClassVar[str]
    longest: ClassVar[timedelta]
    pause: ClassVar[timedelta] = timedelta(0)

    def __init__(self, options: Any, secrets: Mapping[str, str]) -> None:
        self.options: ServedOptions = options
        self.secrets = secrets
        self.asking = Asking(options, self.usual, self.headers())
        self.windows = Windows(options, longest=self.longest, pause=self.pause)

    def headers(self) -> Mapping[str, str]:
        """Headers of every request."""
        return {}

    @abstractmethod
    def ask(self, window: Window) -> Asked:
        """The rows of a window, from `window.at` on."""

    @abstractmethod
    def legs(self, told: Any) -> Iterable[Leg]:
        """The legs of one row; raises `NotACallRecord`."""

    def read(self, position: Mapping[str, Any] | None, *, now: datetime) -> CallPage:
        """The next page, see `CallSource`."""
        window = self.windows.next(position, now)
        if window is None:
            return CallPage([], position)
        rows, at = self.ask(window)
        legs, bad = read_rows(rows, self.legs, self.report)
        after, more = self.windows.after(position, window, now, at)
        return CallPage(legs, after, bad, more=more)

    def probe(self, *, now: datetime) -> Reach:
        """The last rows; those of the next day too, where a wrong zone puts them."""
        rows, _rest = self.ask(Window(now - DAY, now + DAY))
        if not rows:
            rows, _rest = self.ask(Window(now + DAY - min(WEEK, self.longest), now + DAY))
        legs, bad = read_rows(rows, self.legs, self.report)
        offset = self.asking.offset(now)
        return reach(legs, bad, lengths=self.options.internal_lengths, offset=offset)

    def close(self) -> None:
        """Let go of the connection."""
        self.asking.close()

    def inside(self, number: str) -> str:
        """The number, if it is a telephone of the office; else nothing."""
        told = normalize(number, internal_lengths=self.options.internal_lengths)
        return number if told.kind is Kind.INTERNAL else ""

    def local(self, moment: datetime, pattern: str = "%Y-%m-%d %H:%M:%S") -> str:
        """A moment as the PBX's clock shows it."""
        return moment.astimezone(self.options.zoneinfo).strftime(pattern)
