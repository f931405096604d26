"""Simple values ↔ their literals in XML, checked against the type's facets both ways.

Literals follow XML Schema part 2: what `Decimal()` or `fromisoformat` would let through
besides (`NaN`, `1e5`, `20260131`, digits of other scripts) is refused.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from provodka.connectors.onec.enterprise_data.facets import BLANK, Unfit, check_digits, text_check
from provodka.connectors.onec.enterprise_data.schema import Facets, ValueType
from provodka.foundation.i18n import _, marked

__all__ = ["Codec", "codec_of"]

MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
INTEGER = re.compile(r"[+-]?[0-9]+")
TRUTH = {"true": True, "1": True, "false": False, "0": False}
INT_RANGE = range(-(2**31), 2**31)
LONGEST_NUMBER = 400
WITHOUT_BLANKS = str.maketrans("", "", BLANK)

A_MOMENT = marked("дата и время вида 2026-01-31T12:00:00")
A_DAY = marked("дата вида 2026-01-31")
A_NUMBER = marked("десятичное число вида 1250.50")
AN_INTEGER = marked("целое число")
A_TRUTH = marked("true или false")
BASE64 = marked("данные в base64")
A_TEXT = marked("строка")


@dataclass(frozen=True, slots=True)
class Codec:
    """`decode` takes the text of an element, `encode` a value; both raise `Unfit`."""

    decode: Callable[[str], Any]
    encode: Callable[[Any], str]


def codec_of(kind: ValueType) -> Codec:
    """The codec of a simple type; that of `anyType` handles plain text."""
    if kind.members:
        return _union([codec_of(member) for member in kind.members])
    if kind.primitive in {"string", "anyType"}:
        return _text(kind)
    if kind.primitive == "decimal":
        return Codec(_decimals(kind.facets), partial(_decimal_text, kind.facets))
    decode, encode = CODECS[kind.primitive]
    if kind.primitive in {"int", "integer"}:
        return Codec(_wholes(kind.facets, decode), partial(encode, kind.facets))
    return Codec(decode, encode)


def _text(kind: ValueType) -> Codec:
    check = text_check(kind.facets)

    def encode(value: Any) -> str:
        if not isinstance(value, str):
            raise _not_a(value, A_TEXT)
        return check(value)

    return Codec(check, encode)


def _union(members: list[Codec]) -> Codec:
    def first(way: str, value: Any) -> Any:
        expected = []
        for member in members:
            try:
                return getattr(member, way)(value)
            except Unfit as error:
                expected.append(error.expected)
        raise Unfit(repr(value), _(" или ").join(expected))

    return Codec(partial(first, "decode"), partial(first, "encode"))


def _decimals(facets: Facets) -> Callable[[str], Decimal]:
    places = 6 if facets.fraction_digits is None else facets.fraction_digits
    whole = max(1, (facets.total_digits or LONGEST_NUMBER) - places)
    # A number this short cannot have too many digits, so they are not counted.
    short = re.compile(rf"-?[0-9]{{1,{whole}}}(?:\.[0-9]{{1,{max(1, places)}}})?").fullmatch
    always = not places or (facets.total_digits or LONGEST_NUMBER) <= places

    def decode(text: str) -> Decimal:
        return Decimal(text) if short(text) and not always else _decimal(facets, text)

    return decode


def _decimal(facets: Facets, text: str) -> Decimal:
    text = text.strip(BLANK)
    if not NUMBER.fullmatch(text) or len(text) > LONGEST_NUMBER:
        raise _not_a(text, A_NUMBER)
    number = Decimal(text)
    check_digits(number, facets)
    return number


def _decimal_text(facets: Facets, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (Decimal, int)):
        raise _not_a(value, A_NUMBER)
    number = Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > LONGEST_NUMBER:
        raise _not_a(value, A_NUMBER)
    check_digits(number, facets)
    plain = format(number, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain


def _wholes(facets: Facets, exact: Callable[[Facets, str], int]) -> Callable[[str], int]:
    short = re.compile(rf"-?[0-9]{{1,{min(9, facets.total_digits or 9)}}}").fullmatch

    def decode(text: str) -> int:
        return int(text) if short(text) else exact(facets, text)

    return decode


def _whole(facets: Facets, text: str) -> int:
    text = text.strip(BLANK)
    if not INTEGER.fullmatch(text) or len(text) > LONGEST_NUMBER:
        raise _not_a(text, AN_INTEGER)
    check_digits(Decimal(text), facets)
    return int(text)


def _whole_text(facets: Facets, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _not_a(value, AN_INTEGER)
    if value.bit_length() > LONGEST_NUMBER:
        raise Unfit(_("слишком длинное число"), _(AN_INTEGER))
    check_digits(Decimal(value), facets)
    return str(value)


def _int(facets: Facets, text: str) -> int:
    return _in_range(_whole(facets, text))


def _int_text(facets: Facets, value: Any) -> str:
    text = _whole_text(facets, value)
    _in_range(value)
    return text


def _in_range(number: int) -> int:
    if number not in INT_RANGE:
        raise Unfit(str(number), _("целое от −2147483648 до 2147483647"))
    return number


def _truth(text: str) -> bool:
    try:
        return TRUTH[text.strip(BLANK)]
    except KeyError:
        raise _not_a(text, A_TRUTH) from None


def _truth_text(value: Any) -> str:
    if not isinstance(value, bool):
        raise _not_a(value, A_TRUTH)
    return "true" if value else "false"


def _moment(text: str) -> datetime:
    text = text.strip(BLANK)
    if not MOMENT.fullmatch(text):
        raise _not_a(text, A_MOMENT)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise _not_a(text, A_MOMENT) from None


def _moment_text(value: Any) -> str:
    if not isinstance(value, datetime):
        raise _not_a(value, A_MOMENT)
    if value.tzinfo is not None:
        raise Unfit(value.isoformat(), _("местное время базы, без часового пояса"))
    return value.isoformat()


def _day(text: str) -> date:
    text = text.strip(BLANK)
    if not DAY.fullmatch(text):
        raise _not_a(text, A_DAY)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _not_a(text, A_DAY) from None


def _day_text(value: Any) -> str:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise _not_a(value, A_DAY)
    return value.isoformat()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text.translate(WITHOUT_BLANKS), validate=True)
    except (binascii.Error, ValueError):
        raise _not_a(text, BASE64) from None


def _bytes_text(value: Any) -> str:
    if not isinstance(value, bytes):
        raise _not_a(value, BASE64)
    return base64.b64encode(value).decode("ascii")


def _not_a(value: Any, expected: str) -> Unfit:
    return Unfit(repr(value), _(expected))


CODECS: dict[str, tuple[Callable[..., Any], Callable[..., str]]] = {
    "integer": (_whole, _whole_text),
    "int": (_int, _int_text),
    "boolean": (_truth, _truth_text),
    "dateTime": (_moment, _moment_text),
    "date": (_day, _day_text),
    "base64Binary": (_bytes, _bytes_text),
}
