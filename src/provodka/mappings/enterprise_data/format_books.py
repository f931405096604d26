"""The small reference books as the format tells them: a currency by its code, a unit by its name.

Over OData an item of a book is a GUID, and the book is read from the base; the format says code
and name inside every document.
"""

from __future__ import annotations

from provodka.mappings.books import BOOKS, CURRENCIES, Books

__all__ = ["FORMAT_BOOKS", "TOLD_BY"]


class _AsItStands(dict[str, str]):
    """A book in which every key means itself."""

    def __missing__(self, key: str) -> str:
        return key


FORMAT_BOOKS: Books = {
    name: CURRENCIES if book.translate is CURRENCIES else _AsItStands()
    for name, book in BOOKS.items()
}
TOLD_BY = {"currency": "Код", "unit": "Наименование"}
"""Which element of `ДанныеКлассификатора` names an item of a book."""
