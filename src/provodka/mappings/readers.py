"""Closures that turn one wire field into one value, made once per page.

A reader takes the row and returns the value. It raises `Absent` for an empty
value that must be filled, `NotHere` for a reference whose document is unknown,
and any of `TROUBLES` for a value of the wrong shape; who is to blame is found
out afterwards, on the slow path, so that the fast one carries no names.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from provodka.foundation.money import KOPECK
from provodka.mappings.compiled import Pair
from provodka.mappings.contacts import read_contact
from provodka.mappings.reader_base import (
    EMPTY_GUID,
    NotHere,
    Page,
    Reader,
    Row,
    is_key,
    when_empty,
)
from provodka.mappings.text_readers import (
    read_comment,
    read_inn,
    read_kpp,
    read_text,
    read_trimmed,
)
from provodka.mappings.vat import OURS_BY_ENUM

__all__ = ["reader_of"]

EMPTY_DAY = "0001-01-01"
# With the 28 digits of the decimal context this also bounds what is before the point,
# so that no number of the wire can be more than the database holds.
FINEST = Decimal("1E-9")
WIDEST = 10**18


def reader_of(pair: Pair, page: Page) -> Reader:
    """The reader of one pair for one page."""
    return _FACTORIES[pair.how](pair, page)


def _money(pair: Pair, _page: Page) -> Reader:
    name = pair.theirs

    def read(row: Row) -> Any:
        value = row[name]
        if value.__class__ is not Decimal:
            return _whole(value)
        if value == value.quantize(KOPECK):
            return value
        raise ValueError

    return read


def _number(pair: Pair, _page: Page) -> Reader:
    name = pair.theirs

    def read(row: Row) -> Any:
        value = row[name]
        if value.__class__ is not Decimal:
            return _whole(value)
        if value == value.quantize(FINEST):
            return value
        raise ValueError

    return read


def _whole(value: Any) -> Decimal:
    if value.__class__ is str:
        value = int(value)
    if value.__class__ is not int:
        raise TypeError
    if -WIDEST < value < WIDEST:
        return Decimal(value)
    raise ValueError


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
    name, empty, zone = pair.theirs, when_empty(pair), page.zone
    parse, combine = datetime.fromisoformat, datetime.combine

    def read(row: Row) -> Any:
        value = row[name]
        if value.startswith(EMPTY_DAY):
            return empty()
        if len(value) != 19:
            raise ValueError
        moment = parse(value)
        # Four times faster than moment.replace(tzinfo=zone).
        return combine(moment, moment.time(), zone)

    return read


def _day(pair: Pair, _page: Page) -> Reader:
    name, empty = pair.theirs, when_empty(pair)
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
    name, empty, known = pair.theirs, when_empty(pair), dict(pair.ours_of)

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
    name, kind, empty, known = pair.theirs, pair.argument, when_empty(pair), page.known

    def read(row: Row) -> Any:
        key = row[name]
        found = known.get((kind, key))
        if found is not None:
            return found
        if key == EMPTY_GUID:
            return empty()
        if not is_key(key):
            raise TypeError
        raise NotHere(kind, key)

    return read


def _composite(pair: Pair, page: Page) -> Reader:
    type_name, wanted = f"{pair.theirs}_Type", pair.wire_type
    plain, empty, name = _reference(pair, page), when_empty(pair), pair.theirs
    foreign = pair.foreign

    def read(row: Row) -> Any:
        if row[type_name] == wanted:
            return plain(row)
        if row[name] == "" and row[type_name] == "StandardODATA.Undefined":
            return empty()
        if foreign and row[type_name].__class__ is str and is_key(row[name]):
            return empty()
        raise TypeError

    return read


def _book(pair: Pair, page: Page) -> Reader:
    name, empty, book = pair.theirs, when_empty(pair), page.books.get(pair.argument, {})

    def read(row: Row) -> Any:
        key = row[name]
        return empty() if key == EMPTY_GUID else book[key]

    return read


def _constant(pair: Pair, _page: Page) -> Reader:
    value = pair.value
    return lambda _row: value


_FACTORIES: dict[str, Callable[[Pair, Page], Reader]] = {
    "text": read_text,
    "trimmed text": read_trimmed,
    "comment": read_comment,
    "inn": read_inn,
    "kpp": read_kpp,
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
    "contact": read_contact,
    "constant": _constant,
}
