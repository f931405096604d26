"""Which span of time a vendor is asked for next, when it only knows spans and rewrites rows.

A span that was read ends where the next begins, less an overlap: a call is written when it is
over, and a row may change after it was written. The last two hours are read again each time,
and the whole overlap once an hour, from where it begins window by window up to now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from provodka.connectors.telephony.options import SpannedOptions

__all__ = ["Window", "Windows"]

RECENT = timedelta(hours=2)
SWEEP = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, and how far its rows have been read (in the vendor's own terms)."""

    start: datetime
    end: datetime
    at: int | str = 0
    sweeps: bool = False


@dataclass(frozen=True, slots=True)
class Windows:
    """How one vendor is asked: the longest span it takes, and how often it may be asked."""

    options: SpannedOptions
    longest: timedelta
    pause: timedelta = timedelta(0)

    def next(self, position: Mapping[str, Any] | None, now: datetime) -> Window | None:
        """The window to read; None where it is too early to ask again.

        A position of another kind of PBX, that had this name before, is none.
        """
        if not _ours(position):
            start = now - self.options.first
            return Window(start, min(start + self.longest, now), sweeps=True)
        if "window" in position:
            start, end, at, sweeps = position["window"]
            return Window(_time(start), _time(end), at, sweeps)
        until = min(_time(position["until"]), now)
        swept = min(_time(position["swept"]), now)
        asked = _time(position["asked"])
        if asked <= until and asked <= now < asked + self.pause:
            return None
        sweeps = now - swept >= SWEEP
        start = until - (self.options.overlap if sweeps else RECENT)
        return Window(start, min(start + self.longest, now), sweeps=sweeps)

    def after(
        self,
        position: Mapping[str, Any] | None,
        window: Window,
        now: datetime,
        at: int | str | None,
    ) -> tuple[Mapping[str, Any], bool]:
        """The position behind a page and whether to go on at once; `at` None ends the window."""
        begun = {"until": _text(window.start), "swept": _text(window.start)}
        known = dict(position) if _ours(position) else begun
        known.pop("window", None)
        if at is not None:
            return known | {"window": [*_span(window), at, window.sweeps]}, True
        done = {"until": _text(window.end), "asked": _text(now)}
        if window.sweeps:
            done["swept"] = _text(now)
        return known | done, window.end < now


def _ours(position: Mapping[str, Any] | None) -> TypeGuard[Mapping[str, Any]]:
    return position is not None and "until" in position


def _span(window: Window) -> tuple[str, str]:
    return _text(window.start), _text(window.end)


def _text(moment: datetime) -> str:
    return moment.isoformat()


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
