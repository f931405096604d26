"""The functions that `$filter` knows, over plain values (vendor's guide 8.3.27 §17.4.6)."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@lru_cache(maxsize=256)
def _pattern(template: str) -> re.Pattern[str]:
    escaped = re.escape(template.casefold()).replace("%", ".*").replace("_", ".")
    return re.compile(escaped, re.DOTALL)


def like(text: str, template: str) -> bool:
    """ПОДОБНО: `%` is any text, `_` any character; letter case does not matter."""
    return _pattern(template).fullmatch(text.casefold()) is not None


def substring(text: str, start: Decimal, length: Decimal | None = None) -> str:
    """Part of a string; positions count from 1, as in the base's query language."""
    begin = max(int(start) - 1, 0)
    return text[begin:] if length is None else text[begin : begin + int(length)]


def add_to_date(moment: str, unit: str, count: Decimal) -> str:
    """A date moved by whole units; the last day of a shorter month is kept inside it."""
    start = datetime.fromisoformat(moment)
    unit = unit.casefold()
    if unit in _SECONDS:
        return (start + timedelta(seconds=_SECONDS[unit] * int(count))).isoformat()
    months = start.year * 12 + start.month - 1 + _MONTHS[unit] * int(count)
    year, month = divmod(months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day).isoformat()


def difference(earlier: str, later: str, unit: str) -> Decimal:
    """Whole units between the boundaries of two dates."""
    first, second = datetime.fromisoformat(earlier), datetime.fromisoformat(later)
    unit = unit.casefold()
    if unit in _MONTHS:
        months = (second.year - first.year) * 12 + second.month - first.month
        return Decimal(months // _MONTHS[unit])
    return Decimal(int((second - first).total_seconds()) // _SECONDS[unit])


def _part(name: str) -> Callable[[str], Decimal]:
    def read(moment: str) -> Decimal:
        return Decimal(getattr(datetime.fromisoformat(moment), name))

    return read


def _date(read: Callable[[datetime], int]) -> Callable[[str], Decimal]:
    return lambda moment: Decimal(read(datetime.fromisoformat(moment)))


def _round(value: Decimal, digits: Decimal = Decimal(0)) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-int(digits)), ROUND_HALF_UP)


Function = tuple[str, tuple[str, ...], Callable[..., Any]]

TABLE: dict[str, Function] = {
    "concat": ("string", ("string",), lambda *parts: "".join(parts)),
    "endswith": ("bool", ("string",), lambda a, b: a.casefold().endswith(b.casefold())),
    "startswith": ("bool", ("string",), lambda a, b: a.casefold().startswith(b.casefold())),
    "substringof": ("bool", ("string",), lambda part, whole: part.casefold() in whole.casefold()),
    "like": ("bool", ("string",), like),
    "substring": ("string", ("string", "number", "number"), substring),
    "dateadd": ("date", ("date", "string", "number"), add_to_date),
    "datedifference": ("number", ("date", "date", "string"), difference),
    "year": ("number", ("date",), _part("year")),
    "month": ("number", ("date",), _part("month")),
    "day": ("number", ("date",), _part("day")),
    "hour": ("number", ("date",), _part("hour")),
    "minute": ("number", ("date",), _part("minute")),
    "second": ("number", ("date",), _part("second")),
    "quarter": ("number", ("date",), _date(lambda moment: (moment.month + 2) // 3)),
    "dayofyear": ("number", ("date",), _date(lambda moment: moment.timetuple().tm_yday)),
    "dayofweek": ("number", ("date",), _date(lambda moment: moment.isoweekday())),
    "round": ("number", ("number",), _round),
}
"""Per function: the kind of its result, the kinds of its arguments (the last one repeats), code."""
