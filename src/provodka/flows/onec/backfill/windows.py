"""A stretch of days cut into windows: pure."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["Size", "Window", "cut"]

SAID = re.compile(r"(\d{1,4})\s*([a-zа-я]+)")
MONTHS_IN = {"mo": 1, "мес": 1, "y": 12, "г": 12}
DAYS_IN = {"d": 1, "д": 1, "w": 7, "н": 7}


@dataclass(frozen=True, slots=True)
class Size:
    """How much one window holds: so many months and days."""

    months: int = 0
    days: int = 0

    @classmethod
    def parse(cls, said: str) -> Size:
        """From `1mo`, `2w`, `10d`, `1y` (or `1мес`, `2н`, `10д`, `1г`).

        Anything else, and nothing at all, is a `ConfigurationError`.
        """
        found = SAID.fullmatch(said.strip().lower())
        number, unit = (int(found[1]), found[2]) if found else (0, "")
        if number and unit in MONTHS_IN:
            return cls(months=number * MONTHS_IN[unit])
        if number and unit in DAYS_IN:
            return cls(days=number * DAYS_IN[unit])
        raise ConfigurationError(
            "--window",
            found=f"«{said}»",
            expected=_("число и единица: 1mo, 2w, 10d, 1y"),
            next_step=_("исправьте параметр"),
            code="usage",
        )

    def after(self, day: date, times: int) -> date:
        """The day so many windows later; the 31st of a shorter month is its last day."""
        months = day.month - 1 + self.months * times
        year, month = day.year + months // 12, months % 12 + 1
        last = monthrange(year, month)[1]
        moved = date(year, month, min(day.day, last))
        return moved + timedelta(days=self.days * times)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """The days from `since` up to `until`, which is not among them."""

    since: date
    until: date


def cut(since: date, until: date, size: Size, *, newest_first: bool = True) -> list[Window]:
    """Windows that hold every day once, the last of them perhaps shorter.

    Raises `ConfigurationError` where there is no day between the two.
    """
    if since >= until:
        raise ConfigurationError(
            "--since, --until",
            found=f"{since} … {until}",
            expected=_("начало раньше конца"),
            next_step=_("исправьте даты"),
            code="usage",
        )
    bounds = [since]
    while (following := size.after(since, len(bounds))) < until:
        bounds.append(following)
    bounds.append(until)
    found = [Window(*pair) for pair in pairwise(bounds)]
    return found[::-1] if newest_first else found
