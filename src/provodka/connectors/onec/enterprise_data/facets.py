"""Restrictions on simple values: enumerations, lengths, patterns, digits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal

from provodka.connectors.onec.enterprise_data.schema import Facets
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest

__all__ = ["BLANK", "Unfit", "check_digits", "text_check"]

# What XML takes for blanks is less than what Python does.
BLANK = " \t\r\n"
SHOWN = 60


class Unfit(Exception):
    """Something does not fit its type: what was found, what was expected, and where.

    `path` is built from the inside out while the error rises.
    """

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(found, expected)
        self.found = found if len(found) <= SHOWN else found[:SHOWN] + "…"
        self.expected = expected
        self.path: list[str] = []

    def inside(self, step: str) -> Unfit:
        """The same error, one element further out."""
        self.path.insert(0, step)
        return self


def text_check(facets: Facets) -> Callable[[str], str]:
    """A function that returns the text it is given, or raises `Unfit`."""
    if facets.enumeration:
        return _one_of(facets.enumeration)
    if facets == Facets():
        return _any_text
    if facets == Facets(max_length=facets.max_length):
        return _at_most(facets.max_length or 0)
    return _all_of(facets)


def _any_text(text: str) -> str:
    return text


def _one_of(values: Iterable[str]) -> Callable[[str], str]:
    # Each value is kept once: the texts of a thousand documents are then one object.
    known = {value: value for value in values}

    def check(text: str) -> str:
        value = known.get(text)
        if value is None:
            raise Unfit(repr(text), nearest(text, known))
        return value

    return check


def _at_most(most: int) -> Callable[[str], str]:
    def check(text: str) -> str:
        if len(text) > most:
            raise _too_long(text, most)
        return text

    return check


def _all_of(facets: Facets) -> Callable[[str], str]:
    most = facets.max_length if facets.length is None else facets.length
    least = facets.min_length if facets.length is None else facets.length
    patterns = [re.compile(pattern, re.ASCII) for pattern in facets.patterns]

    def check(text: str) -> str:
        if most is not None and len(text) > most:
            raise _too_long(text, most)
        if least is not None and len(text) < least:
            raise Unfit(repr(text), _("не короче {count} символов").format(count=least))
        for pattern in patterns:
            if not pattern.fullmatch(text):
                raise Unfit(repr(text), _("текст по шаблону {it}").format(it=pattern.pattern))
        return text

    return check


def _too_long(text: str, most: int) -> Unfit:
    found = _("{count} символов").format(count=len(text))
    return Unfit(found, _("не длиннее {count} символов").format(count=most))


def check_digits(number: Decimal, facets: Facets) -> None:
    """Check `totalDigits` and `fractionDigits`; zeros at either end do not count."""
    most, fraction = facets.total_digits, facets.fraction_digits
    if most is None and fraction is None:
        return
    __, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return
    places, total = _places(digits, exponent)
    if fraction is not None and places > fraction:
        expected = _("не больше {count} знаков после запятой").format(count=fraction)
        raise Unfit(format(number, "f"), expected)
    if most is not None and total > most:
        raise Unfit(format(number, "f"), _("не больше {count} цифр").format(count=most))


def _places(digits: tuple[int, ...], exponent: int) -> tuple[int, int]:
    """Digits after the point, and digits in all."""
    count = len(digits)
    while count and not digits[count - 1]:
        count -= 1
        exponent += 1
    if not count:
        return 0, 1
    places = max(0, -exponent)
    return places, max(count + max(0, exponent), places)
