"""Telephone numbers as people and PBXs write them, brought to E.164.

Region RU decides what a number without a country code means. Extensions inside
the office are recognised *before* parsing, because a parser turns ``101`` into
``+7101``.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

import phonenumbers

__all__ = ["INTERNAL_LENGTHS", "Kind", "Number", "dialable", "e164", "normalize"]

INTERNAL_LENGTHS = frozenset({2, 3, 4})
REGION = "RU"
HIDDEN_WORDS = frozenset(
    {"anonymous", "unknown", "private", "restricted", "unavailable", "hidden", "withheld"}
    | {"asterisk", "скрыт", "скрытый", "аноним", "неизвестно", "номер скрыт", "неизвестный"}
)
EXTENSION = re.compile(
    r"[\s,;(]*(?:доб(?:авочный)?|вн(?:утр(?:енний)?)?|ext(?:ension)?|#|x)"
    r"[\s.:№]*(?P<digits>\d{1,7})[)\s]*$",
    re.IGNORECASE,
)
IN_BRACKETS = re.compile(r"<([^<>]*)>\s*$")
ONLY_DIALLED = re.compile(r"[\d*#]+")
DIGITS = re.compile(r"\d")
USUAL = re.compile(r"(?:\+7|8|7)([3489][0-9]{9})|([349][0-9]{9})")
"""Russian numbers as PBXs write most of them; the rest is for the parser, which takes its time."""


class Kind(StrEnum):
    """What a piece of text turned out to be."""

    PHONE = "phone"
    INTERNAL = "internal"
    SHORT = "short"
    HIDDEN = "hidden"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Number:
    """One number: its kind, and whatever of E.164 and extension is known.

    `e164` is set for `Kind.PHONE` alone (``+79991234567``). `extension` holds the digits
    of an internal number, or what stood after «доб.». `raw` is the text as it came.
    """

    kind: Kind
    e164: str | None = field(default=None, repr=False)
    extension: str | None = None
    raw: str = field(default="", repr=False)

    @property
    def best(self) -> str:
        """E.164 where known, otherwise the text as it came."""
        return self.e164 or self.raw


def normalize(text: str, *, internal_lengths: Collection[int] = INTERNAL_LENGTHS) -> Number:
    """Understand a number; never raises, whatever the text.

    `internal_lengths` are the lengths in digits of the extensions of this PBX; they
    win over service numbers such as 112. Local numbers without a town code and
    service codes are `Kind.SHORT`. A caller id in the form ``"name" <number>`` is read too.
    """
    return _normalize(text, frozenset(internal_lengths))


def e164(text: str) -> str | None:
    """The number in E.164 (``+79991234567``), or None where it is no full telephone number."""
    return normalize(text).e164


def dialable(number: str) -> str:
    """What a telephone in Russia dials for a number: ``89991234567``, abroad ``810…``.

    Digits of a number that is not in full are dialled as they are; empty where there are none
    or the text holds anything that is not dialled.
    """
    full = e164(number)
    if full is None:
        return number if ONLY_DIALLED.fullmatch(number) else ""
    return "8" + full[2:] if full.startswith("+7") else "810" + full[1:]


@lru_cache(maxsize=100_000)
def _normalize(raw: str, internal_lengths: frozenset[int]) -> Number:
    bracketed = IN_BRACKETS.search(raw)
    text = (bracketed[1] if bracketed else raw).strip().removeprefix("tel:").removeprefix("sip:")
    text = text.partition("@")[0].strip()
    if not text or text.lower() in HIDDEN_WORDS:
        return Number(Kind.HIDDEN, raw=raw)
    if ONLY_DIALLED.fullmatch(text) and len(text) in internal_lengths:
        if text.isdecimal():
            return Number(Kind.INTERNAL, extension=text, raw=raw)
        return Number(Kind.SHORT, raw=raw)
    main, extension = _split_extension(text)
    full = _parse(_dialable(main))
    if full:
        return Number(Kind.PHONE, e164=full, extension=extension, raw=raw)
    digits = len(DIGITS.findall(main))
    short = bool(digits) and digits <= 7 and not re.search(r"[^\W\d_]", main)
    return Number(Kind.SHORT if short else Kind.UNKNOWN, extension=extension, raw=raw)


def _split_extension(text: str) -> tuple[str, str | None]:
    found = EXTENSION.search(text)
    if not found or not DIGITS.search(text[: found.start()]):
        return text, None
    return text[: found.start()], found["digits"]


def _dialable(text: str) -> str:
    """Undo what the parser would misread: a ``00`` prefix, and ``+8`` typed for ``8``."""
    digits = "".join(DIGITS.findall(text))
    plus = text.lstrip(" (").startswith("+")
    if plus and len(digits) == 11 and digits[0] == "8" and digits[1] in "3489":
        return digits
    if plus:
        return "+" + digits
    if digits.startswith("00"):
        return "+" + digits[2:]
    return text


def _parse(text: str) -> str | None:
    usual = USUAL.fullmatch(text)
    if usual:
        return "+7" + (usual[1] or usual[2])
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return None
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    if number.country_code == 7 and str(number.national_number)[0] in "0125":
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
