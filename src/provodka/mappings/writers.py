"""One value of ours into the wire fields that carry it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any
from uuid import UUID

from provodka.foundation.money import KOPECK
from provodka.mappings.books import Books
from provodka.mappings.compiled import Pair
from provodka.mappings.reader_base import EMPTY_GUID
from provodka.mappings.vat import enum_of

__all__ = ["EMPTY_DATE", "UNDEFINED", "NoCounterpart", "Sending", "wire_of"]

EMPTY_DATE = "0001-01-01T00:00:00"
UNDEFINED = "StandardODATA.Undefined"


class NoCounterpart(Exception):
    """The document referred to has no counterpart in the base yet: `kind`, `document`."""

    def __init__(self, kind: str, document: UUID) -> None:
        super().__init__(kind, document)
        self.kind = kind
        self.document = document


@dataclass(frozen=True, slots=True)
class Sending:
    """What a document is written with: counterparts, the base's zone, reference books."""

    external: Callable[[str, UUID], str | None]
    zone: tzinfo
    books: Books


def wire_of(pair: Pair, value: Any, sending: Sending) -> dict[str, Any]:
    """The wire fields for a value; None becomes what 1C holds for empty.

    Raises `NoCounterpart` for a reference, `TypeError`, `ValueError` or
    `KeyError` for a value that the pair cannot carry.
    """
    if pair.how == "composite reference":
        return _composite(pair, value, sending)
    return {pair.theirs: _WRITERS[pair.how](pair, value, sending)}


def _text(_pair: Pair, value: Any, _sending: Sending) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(_pair: Pair, value: Any, _sending: Sending) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise TypeError
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError
    return number


def _money(pair: Pair, value: Any, sending: Sending) -> Decimal:
    number = _number(pair, value, sending)
    if number != number.quantize(KOPECK):
        raise ValueError
    return number


def _integer(_pair: Pair, value: Any, _sending: Sending) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return str(value)


def _instant(_pair: Pair, value: Any, sending: Sending) -> str:
    if value is None:
        return EMPTY_DATE
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError
    local = value.astimezone(sending.zone).replace(tzinfo=None, microsecond=0)
    return local.isoformat()


def _day(_pair: Pair, value: Any, _sending: Sending) -> str:
    if value is None:
        return EMPTY_DATE
    if not isinstance(value, date) or isinstance(value, datetime):
        raise TypeError
    return f"{value.isoformat()}T00:00:00"


def _bool(_pair: Pair, value: Any, _sending: Sending) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _enum(pair: Pair, value: Any, _sending: Sending) -> str | bool | int:
    return "" if value is None else pair.theirs_of[value]


def _vat_rate(_pair: Pair, value: Any, _sending: Sending) -> str:
    return enum_of(value)


def _reference(pair: Pair, value: Any, sending: Sending) -> str:
    if value is None:
        return EMPTY_GUID
    if not isinstance(value, UUID):
        raise TypeError
    found = sending.external(pair.argument, value)
    if found is None:
        raise NoCounterpart(pair.argument, value)
    return found


def _composite(pair: Pair, value: Any, sending: Sending) -> dict[str, Any]:
    if value is None:
        return {pair.theirs: "", f"{pair.theirs}_Type": UNDEFINED}
    key = _reference(pair, value, sending)
    return {pair.theirs: key, f"{pair.theirs}_Type": pair.wire_type}


def _book(pair: Pair, value: Any, sending: Sending) -> str:
    if value is None:
        return EMPTY_GUID
    book = sending.books.get(pair.argument, {})
    for key, ours in book.items():
        if ours == value:
            return key
    raise KeyError(value)


_WRITERS: Mapping[str, Callable[[Pair, Any, Sending], Any]] = {
    "text": _text,
    "trimmed text": _text,
    "comment": _text,
    "inn": _text,
    "kpp": _text,
    "money": _money,
    "number": _number,
    "integer": _integer,
    "instant": _instant,
    "day": _day,
    "bool": _bool,
    "enum": _enum,
    "vat_rate": _vat_rate,
    "reference": _reference,
    "book": _book,
}
