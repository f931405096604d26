"""Hours of the day, as people write them: when heavy work may be done. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["Hours"]

WINDOW = re.compile(r"\s*([01]?\d|2[0-3]):([0-5]\d)\s*[-–—]\s*([01]?\d|2[0-3]):([0-5]\d)\s*")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """Windows of local time, each from a minute up to another; over midnight if that is earlier.

    No windows at all mean any time; a window from a minute to itself is the whole day.
    """

    windows: tuple[tuple[time, time], ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Hours:
        """From `20:00-07:00`; anything else is a `ConfigurationError`."""
        return cls(tuple(_window(text) for text in texts))

    def wait(self, now: datetime) -> timedelta:
        """How long until a window is open; zero if one is. `now` must know its zone."""
        if now.tzinfo is None:
            raise ValueError("hours are local: the moment must know its time zone")
        waits = [_until(now, start, end) for start, end in self.windows]
        return min(waits, default=timedelta(0))


def _until(now: datetime, start: time, end: time) -> timedelta:
    clock = now.time()
    inside = start <= clock < end if start < end else clock >= start or clock < end
    if inside:
        return timedelta(0)
    opens = now.replace(hour=start.hour, minute=start.minute, second=0, microsecond=0)
    return opens - now if opens > now else opens + DAY - now


def _window(text: str) -> tuple[time, time]:
    said = WINDOW.fullmatch(text)
    if said is None:
        raise ConfigurationError(
            _("Часы работы с 1С"),
            found=f"«{text}»",
            expected=_("часы вида 20:00-07:00"),
            next_step=_("исправьте часы в настройках базы"),
            code="bad_hours",
        )
    first, second, third, fourth = map(int, said.groups())
    return time(first, second), time(third, fourth)
