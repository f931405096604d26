"""What every reader stands on: the page, the ways to fail, what counts as a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, TypeGuard
from uuid import UUID

from provodka.mappings.books import Books
from provodka.mappings.compiled import Pair

__all__ = [
    "EMPTY_GUID",
    "TROUBLES",
    "Absent",
    "NotHere",
    "Page",
    "Reader",
    "Row",
    "is_key",
    "when_empty",
]

EMPTY_GUID = "00000000-0000-0000-0000-000000000000"

Row = Mapping[str, Any]
Reader = Callable[[Any], Any]


class Absent(Exception):
    """The value is empty and the column may not be."""


class NotHere(Exception):
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


def when_empty(pair: Pair) -> Callable[[], Any]:
    """What an empty value becomes: the pair's default, or `Absent` where one is required."""
    if pair.required_in:

        def refuse() -> Any:
            raise Absent

        return refuse
    default = pair.default
    return lambda: default


def is_key(value: Any) -> TypeGuard[str]:
    """Whether this is shaped as a GUID is: 36 printable characters."""
    return value.__class__ is str and len(value) == 36 and value.isprintable()
