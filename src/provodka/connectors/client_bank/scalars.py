"""Single values of the format: sums, days, times. What is odd but clear is read with a remark."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import NamedTuple

from provodka.foundation.i18n import _

__all__ = ["Amount", "Day", "Unreadable", "read_amount", "read_day", "read_time", "write_amount"]

# The format: roubles, and kopecks behind a point.
PLAIN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,2})?")
GROUPED = re.compile(r"-?[0-9]{1,3}([ \u00a0\u202f'][0-9]{3})+([.,][0-9]{1,2})?")
ENGLISH = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+\.[0-9]{1,2}")
COMMA = re.compile(r"-?[0-9]{1,15},[0-9]{1,2}")
HYPHEN = re.compile(r"[0-9]{1,15}-[0-9]{2}")
LONGEST = 15
BETWEEN = str.maketrans(dict.fromkeys(" \u00a0\u202f'"))
DAY = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{4}")
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Unreadable(ValueError):
    """A value that cannot be what its key says; `expected` is for people."""

    def __init__(self, text: str, expected: str) -> None:
        super().__init__(text, expected)
        self.text = text
        self.expected = expected


class Amount(NamedTuple):
    """A sum; `odd` when it was not written as the format wants."""

    value: Decimal
    odd: bool


class Day(NamedTuple):
    """A day; `odd` when it was not written as the format wants."""

    value: date
    odd: bool


def read_amount(text: str) -> Amount:
    """A sum in roubles, to the kopeck; `1 234,56`, `1,234.56` and `1234-56` are read as odd.

    Raises `Unreadable` for anything else: more than two digits of kopecks, letters, an exponent.
    """
    if PLAIN.fullmatch(text):
        return Amount(Decimal(text), False)
    if HYPHEN.fullmatch(text):
        return Amount(Decimal(text.replace("-", ".")), True)
    if ENGLISH.fullmatch(text):
        plain = text.replace(",", "")
    elif GROUPED.fullmatch(text) or COMMA.fullmatch(text):
        plain = text.translate(BETWEEN).replace(",", ".")
    else:
        plain = ""
    if not plain or len(plain.lstrip("-").partition(".")[0]) > LONGEST:
        raise Unreadable(text, _("сумма вида 1234.56"))
    return Amount(Decimal(plain), True)


def write_amount(amount: Decimal) -> str:
    """A sum as the format wants it: `1234.56`."""
    return f"{amount:.2f}"


def read_day(text: str) -> Day:
    """A day; ISO order is read as odd. Raises `Unreadable` for anything else."""
    try:
        if DAY.fullmatch(text):
            return Day(date(int(text[6:]), int(text[3:5]), int(text[:2])), False)
        if ISO_DAY.fullmatch(text):
            return Day(date.fromisoformat(text), True)
    except ValueError:
        pass
    raise Unreadable(text, _("дата вида 31.01.2026"))


def read_time(text: str) -> time:
    """A time of day. Raises `Unreadable`."""
    try:
        return datetime.strptime(text, "%H:%M:%S").time()  # noqa: DTZ007 - a time of day alone
    except ValueError:
        raise Unreadable(text, _("время вида 09:30:00")) from None
