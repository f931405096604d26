"""Closures that turn one wire field into one value, made once per page.

A reader takes the row and returns the value. It raises `Absent` for an empty
value that must be filled, `NotHere` for a reference whose document is unknown,
and any of `TROUBLES` for a value of the wrong shape; who is to blame is found
out afterwards, on the slow path, so that the fast one carries no names.
"""

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
from provodka.mappings.marker import strip_marker
from provodka.mappings.tax_numbers import inn_is_valid, kpp_is_valid
from provodka.mappings.vat import OURS_BY_ENUM

__all__ = ["EMPTY_GUID", "TROUBLES", "Absent", "NotHere", "Page", "Reader", "reader_of"]

EMPTY_GUID = "00000000-0000-0000-0000-000000000000"
EMPTY_DAY = "0001-01-01"

Row = Mapping[str, Any]
Reader = Callable[[Any], Any]


class Absent(Exception):  # noqa: N818
    """The value is empty and the column may not be."""


class NotHere(Exception):  # noqa: N818
    """The document referred to is not in the store yet: `kind`, `key`."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(kind, key)
        self.kind = kind
        self.key = key


TROUBLES = (Absent, NotHere, LookupError, TypeError, ValueError, ArithmeticError, AttributeError)


@dataclass(frozen=True, slots=True)
class Page:
    """What a page is read with: known counterparts, the base's zone, reference books."""

    known: Mapping[tuple[str, str], UUID]
    zone: tzinfo
    books: Books


def reader_of(pair: Pair, page: Page) -> Reader:
    """The reader of one pair for one page."""
    return _FACTORIES[pair.how](pair, page)


def _empty(pair: Pair) -> Callable[[], Any]:
    if pair.required_in:

        def refuse() -> Any:
            raise Absent

        return refuse
    default = pair.default
    return lambda: default


def _text(pair: Pair, _page: Page) -> Reader:
    name, empty = pair.theirs, _empty(pair)

    def read(row: Row) -> Any:
        value = row[name]
        if value.__class__ is not str or "\0" in value:
            raise TypeError
        value.encode()  # a lone surrogate cannot be stored
        return value or empty()

    return read


def _trimmed(pair: Pair, _page: Page) -> Reader:
    name, empty = pair.theirs, _empty(pair)

    def read(row: Row) -> Any:
        value = row[name].strip()
        if "\0" in value:
            raise ValueError
        value.encode()
        return value or empty()

    return read


def _checked(pair: Pair, page: Page, valid: Callable[[str], bool]) -> Reader:
    trimmed = _trimmed(pair, page)

    def read(row: Row) -> Any:
        value = trimmed(row)
        if value is not None and not valid(value):
            raise ValueError
        return value

    return read


def _comment(pair: Pair, _page: Page) -> Reader:
    name, empty = pair.theirs, _empty(pair)

    def read(row: Row) -> Any:
        value = row[name]
        if not value:
            if value.__class__ is not str:
                raise TypeError
            return empty()
        if "\0" in value:
            raise ValueError
        value.encode()
        return strip_marker(value) or empty()

    return read


def _money(pair: Pair, _page: Page) -> Reader:
    name = pair.theirs

    def read(row: Row) -> Any:
        value = row[name]
        if value.__class__ is not Decimal:
            value = _decimal(value)
        if value.same_quantum(KOPECK) or value == value.quantize(KOPECK):
            return value
        raise ValueError

    return read


def _number(pair: Pair, _page: Page) -> Reader:
    name = pair.theirs

    def read(row: Row) -> Any:
        value = row[name]
        if value.__class__ is not Decimal:
            value = _decimal(value)
        if value.is_finite():
            return value
        raise ValueError

    return read


def _decimal(value: Any) -> Decimal:
    if value.__class__ is int or value.__class__ is str:
        return Decimal(value)
    raise TypeError


def _integer(pair: Pair, _page: Page) -> Reader:
    name = pair.theirs

    def read(row: Row) -> Any:
        value = row[name]
        if value.__class__ is bool:
            raise TypeError
        whole = int(value)
        if value.__class__ is not str and whole != value:
            raise ValueError
        if not -(2**31) <= whole < 2**31:
            raise ValueError
        return whole

    return read


def _instant(pair: Pair, page: Page) -> Reader:
    name, empty, zone = pair.theirs, _empty(pair), page.zone
    parse = datetime.fromisoformat

    def read(row: Row) -> Any:
        value = row[name]
        if value.startswith(EMPTY_DAY):
            return empty()
        if len(value) != 19:
            raise ValueError
        return parse(value).replace(tzinfo=zone)

    return read


def _day(pair: Pair, _page: Page) -> Reader:
    name, empty = pair.theirs, _empty(pair)
    parse = date.fromisoformat

    def read(row: Row) -> Any:
        value = row[name]
        if value.startswith(EMPTY_DAY):
            return empty()
        if len(value) not in (10, 19):
            raise ValueError
        return parse(value[:10])

    return read


def _bool(pair: Pair, _page: Page) -> Reader:
    name = pair.theirs

    def read(row: Row) -> Any:
        value = row[name]
        if value is True or value is False:
            return value
        raise TypeError

    return read


def _enum(pair: Pair, _page: Page) -> Reader:
    name, empty, known = pair.theirs, _empty(pair), dict(pair.ours_of)

    def read(row: Row) -> Any:
        value = row[name]
        if value == "":
            return empty()
        return known[value]

    return read


def _vat_rate(pair: Pair, _page: Page) -> Reader:
    name, known = pair.theirs, OURS_BY_ENUM

    def read(row: Row) -> Any:
        return known[row[name]]

    return read


def _reference(pair: Pair, page: Page) -> Reader:
    name, kind, empty, known = pair.theirs, pair.argument, _empty(pair), page.known

    def read(row: Row) -> Any:
        key = row[name]
        found = known.get((kind, key))
        if found is not None:
            return found
        if key == EMPTY_GUID:
            return empty()
        if key.__class__ is not str or len(key) != 36:
            raise TypeError
        raise NotHere(kind, key)

    return read


def _composite(pair: Pair, page: Page) -> Reader:
    type_name, wanted = f"{pair.theirs}_Type", pair.wire_type
    plain, empty, name = _reference(pair, page), _empty(pair), pair.theirs

    def read(row: Row) -> Any:
        if row[type_name] == wanted:
            return plain(row)
        if row[name] == "" and row[type_name] == "StandardODATA.Undefined":
            return empty()
        raise TypeError

    return read


def _book(pair: Pair, page: Page) -> Reader:
    name, empty, book = pair.theirs, _empty(pair), page.books.get(pair.argument, {})

    def read(row: Row) -> Any:
        key = row[name]
        return empty() if key == EMPTY_GUID else book[key]

    return read


def _constant(pair: Pair, _page: Page) -> Reader:
    value = pair.value
    return lambda _row: value


_FACTORIES: dict[str, Callable[[Pair, Page], Reader]] = {
    "text": _text,
    "trimmed text": _trimmed,
    "comment": _comment,
    "inn": lambda pair, page: _checked(pair, page, inn_is_valid),
    "kpp": lambda pair, page: _checked(pair, page, kpp_is_valid),
    "money": _money,
    "number": _number,
    "integer": _integer,
    "instant": _instant,
    "day": _day,
    "bool": _bool,
    "enum": _enum,
    "vat_rate": _vat_rate,
    "reference": _reference,
    "composite reference": _composite,
    "book": _book,
    "constant": _constant,
}
