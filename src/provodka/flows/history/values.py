"""What stands in one cell, as Russian and English programs write it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from provodka.foundation.i18n import _

__all__ = [
    "Misread",
    "Reader",
    "amount",
    "day",
    "folded",
    "instant",
    "kopeck_amount",
    "one_of",
    "text",
    "whole",
]

RUSSIAN = re.compile(
    r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?"
)
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
TIMED = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d):(.*)")
SPACES = re.compile(r"[\s\u00a0\u2007\u202f']+")
CURRENCY = re.compile(r"(?:₽|руб(?:лей|ля|\.)?|р\.|rub|rur)$", re.IGNORECASE)
NUMERAL = re.compile(r"[+-]?\d+(?:\.\d+)?")
EXACT = 15
"""Decimal digits that a number of a spreadsheet keeps exactly."""
LONGEST = 10**9
YEARS = range(1900, 2200)
"""What may have been or be planned; other years are slips of the pen."""

Reader = Callable[[Any, ZoneInfo], Any]


class Misread(Exception):
    """A cell that is not what its column says; `expected` is for a person."""

    def __init__(self, expected: str) -> None:
        self.expected = expected
        super().__init__(expected)


@lru_cache(maxsize=200_000)
def folded(said: str) -> str:
    """A name as names are compared: one space between words, small letters, no ё."""
    return " ".join(said.split()).lower().replace("ё", "е")


def text(cell: Any, _zone: ZoneInfo) -> str:
    """Text with single spaces; a whole number of a spreadsheet without its point."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())


def amount(cell: Any, _zone: ZoneInfo) -> Decimal:
    """An exact decimal: `1 234,50`, `1,234.50`, `-5`, with or without the sign of the rouble.

    A comma with three digits behind it alone may be either mark, and is refused; so is a number
    of more digits before its comma than any money has.
    """
    read = _number(cell)
    if read.adjusted() >= EXACT or not read.is_finite():
        raise Misread(_("число не длиннее {count} цифр").format(count=EXACT))
    return _plain(read)


def _number(cell: Any) -> Decimal:
    if isinstance(cell, bool):
        raise Misread(_("число вида 1 234,50"))
    if isinstance(cell, int | Decimal):
        return Decimal(cell)
    if isinstance(cell, float):
        return Decimal(format(cell, f".{EXACT}g"))
    said = CURRENCY.sub("", SPACES.sub("", str(cell)))
    comma, point = said.rfind(","), said.rfind(".")
    if comma >= 0 and point >= 0:
        thousands = "," if comma < point else "."
        said = said.replace(thousands, "").replace(",", ".")
    elif said.count(",") == 1:
        whole, _mark, rest = said.partition(",")
        if len(rest) == 3 and whole.lstrip("+-") not in ("", "0"):
            raise Misread(_("число вида 1 234,50: после запятой три цифры, и неясно, дробь ли"))
        said = f"{whole}.{rest}"
    if not NUMERAL.fullmatch(said):
        raise Misread(_("число вида 1 234,50"))
    return Decimal(said)


def kopeck_amount(cell: Any, zone: ZoneInfo) -> Decimal:
    """A sum of money; one finer than a kopeck is refused, never rounded."""
    read = amount(cell, zone)
    if read != round(read, 2):
        raise Misread(_("сумма до копейки, вида 1 234,50"))
    return read


def whole(cell: Any, zone: ZoneInfo) -> int:
    """A whole number, not negative, less than a milliard."""
    try:
        read = amount(cell, zone)
    except (Misread, InvalidOperation):
        raise Misread(_("целое число")) from None
    if not 0 <= read < LONGEST or read != int(read):
        raise Misread(_("целое число"))
    return int(read)


def instant(cell: Any, zone: ZoneInfo) -> datetime:
    """A moment in UTC: `31.12.2025 18:00`, `2025-12-31T18:00+03:00`, `20251231`, a date cell.

    One without a zone is in `zone`; a day without a time is its beginning there.
    """
    read = _moment(cell)
    if isinstance(read, date) and not isinstance(read, datetime):
        read = datetime.combine(read, time())
    if read.tzinfo is None:
        read = read.replace(tzinfo=zone)
    return read.astimezone(UTC)


def day(cell: Any, zone: ZoneInfo) -> date:
    """A calendar date, in the same spellings; of a moment with a zone, its day in `zone`."""
    read = _moment(cell)
    if isinstance(read, datetime):
        return (read.astimezone(zone) if read.tzinfo else read).date()
    return read


def one_of(known: Mapping[str, str], expected: str) -> Reader:
    """A reader of one of several words, each known by its synonyms."""

    def read(cell: Any, _zone: ZoneInfo) -> str:
        found = known.get(folded(str(cell)))
        if found is None:
            raise Misread(expected)
        return found

    return read


def _plain(read: Decimal) -> Decimal:
    """The same number without an exponent and trailing zeros, so that 2 and 2.00 are one."""
    short = read.normalize()
    return short.quantize(Decimal(1)) if int(short.as_tuple().exponent) > 0 else short


def _moment(cell: Any) -> datetime | date:
    read = _dated(cell)
    if read.year not in YEARS:
        years = {"first": YEARS[0], "last": YEARS[-1]}
        raise Misread(_("дата с {first} по {last} год").format(**years))
    return read


def _dated(cell: Any) -> datetime | date:
    if isinstance(cell, date):
        return cell.replace(microsecond=0) if isinstance(cell, datetime) else cell
    said = str(cell).strip()
    try:
        return _written(said)
    except (ValueError, OverflowError):
        raise Misread(_("дата вида 31.12.2025 18:00 или 2025-12-31T18:00")) from None


def _written(said: str) -> datetime | date:
    found = RUSSIAN.fullmatch(said)
    if found:
        d, m, y, hour, minute, second = found.groups()
        year = int(y) + (2000 if len(y) == 2 else 0)
        if hour is None:
            return date(year, int(m), int(d))
        return datetime(year, int(m), int(d), int(hour), int(minute), int(second or 0))  # noqa: DTZ001
    compact = COMPACT.fullmatch(said)
    if compact:
        return date(*map(int, compact.groups()))
    early = TIMED.fullmatch(said)
    if early:
        said = f"{early[1]}T0{early[2]}:{early[3]}"
    if len(said) == len("2025-12-31"):
        return date.fromisoformat(said)
    read = datetime.fromisoformat(said)
    # A spreadsheet keeps moments as fractions of a day, and is off by microseconds.
    return (read + timedelta(milliseconds=500)).replace(microsecond=0)
