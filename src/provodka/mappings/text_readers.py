"""Readers of text: as it stands, trimmed, checked as a tax number, or a marked comment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from provodka.mappings.compiled import Pair
from provodka.mappings.marker import strip_marker
from provodka.mappings.reader_base import Page, Reader, Row, when_empty
from provodka.mappings.tax_numbers import inn_is_valid, kpp_is_valid

__all__ = [
    "read_comment",
    "read_inn",
    "read_kpp",
    "read_text",
    "read_trimmed",
    "refuse_unstorable",
]


def refuse_unstorable(text: str) -> None:
    """Raise `ValueError` for what PostgreSQL cannot hold: a NUL or a lone surrogate."""
    if "\0" in text:
        raise ValueError
    text.encode()


def read_text(pair: Pair, _page: Page) -> Reader:
    """Text as it stands; an empty one counts as no value."""
    name, empty = pair.theirs, when_empty(pair)

    def read(row: Row) -> Any:
        value = row[name]
        if value.__class__ is not str:
            raise TypeError
        if not value.isprintable():
            refuse_unstorable(value)
        return value or empty()

    return read


def read_trimmed(pair: Pair, _page: Page) -> Reader:
    """Text without the spaces around it."""
    name, empty = pair.theirs, when_empty(pair)

    def read(row: Row) -> Any:
        value = row[name].strip()
        if not value.isprintable():
            refuse_unstorable(value)
        return value or empty()

    return read


def _checked(pair: Pair, page: Page, valid: Callable[[str], bool]) -> Reader:
    trimmed = read_trimmed(pair, page)

    def read(row: Row) -> Any:
        value = trimmed(row)
        if value is not None and not valid(value):
            raise ValueError
        return value

    return read


def read_comment(pair: Pair, _page: Page) -> Reader:
    """A comment without the mark of the hub."""
    name, empty = pair.theirs, when_empty(pair)

    def read(row: Row) -> Any:
        value = row[name]
        if not value:
            if value.__class__ is not str:
                raise TypeError
            return empty()
        if not value.isprintable():
            refuse_unstorable(value)
        return strip_marker(value) or empty()

    return read


def read_inn(pair: Pair, page: Page) -> Reader:
    """An ИНН with right check digits."""
    return _checked(pair, page, inn_is_valid)


def read_kpp(pair: Pair, page: Page) -> Reader:
    """A КПП of nine characters."""
    return _checked(pair, page, kpp_is_valid)
