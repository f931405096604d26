"""Reference books: small catalogs of 1C that the hub keeps as plain codes.

A currency or a unit of measure is a catalog item with a GUID there and a short
text here. Each book is a handful of rows, read once before a page is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from provodka.mappings.vat import OURS_BY_ENUM, RATES

__all__ = ["BOOKS", "CURRENCIES", "NO_BOOKS", "Book", "Books", "read_book"]

Books = Mapping[str, Mapping[str, str]]
NO_BOOKS: Books = {}

# ISO 4217: the numeric code that `Catalog_Валюты` holds in `Code`, and the letters.
CURRENCIES = {
    "643": "RUB",
    "840": "USD",
    "978": "EUR",
    "156": "CNY",
    "933": "BYN",
    "398": "KZT",
    "051": "AMD",
    "417": "KGS",
    "860": "UZS",
    "972": "TJS",
    "981": "GEL",
    "944": "AZN",
    "949": "TRY",
    "784": "AED",
    "356": "INR",
    "392": "JPY",
    "826": "GBP",
    "756": "CHF",
}


@dataclass(frozen=True, slots=True)
class Book:
    """Where a book is read: the set, the field that names an item, what the name becomes.

    `translate` maps what stands in `field` to our text; empty means as it stands. `order` is for
    catalogs that have no codes.
    """

    entity: str
    field: str
    translate: Mapping[str, str]
    order: tuple[str, ...] = ()

    @property
    def select(self) -> tuple[str, str]:
        """The fields to ask for."""
        return ("Ref_Key", self.field)


# How people name the elements of `Catalog_СтавкиНДС`, with and without spaces.
VAT_NAMES = {
    spelling: rate.ours
    for rate in RATES.values()
    for spelling in (
        (f"{rate.numerator}%/{rate.denominator}%", f"{rate.numerator}% / {rate.denominator}%")
        if rate.calculated
        else ("Без НДС",)
        if rate.ours == "none"
        else (f"{rate.numerator}%", f"{rate.numerator} %")
    )
}
BY_NAME = ("Description",)
BOOKS = {
    "currency": Book("Catalog_Валюты", "Code", CURRENCIES),
    "unit": Book("Catalog_КлассификаторЕдиницИзмерения", "Description", {}),
    "measure": Book("Catalog_УпаковкиЕдиницыИзмерения", "Description", {}, BY_NAME),
    "vat": Book("Catalog_СтавкиНДС", "ПеречислениеСтавкаНДС", OURS_BY_ENUM, BY_NAME),
    "vat_unf": Book("Catalog_СтавкиНДС", "Description", VAT_NAMES, BY_NAME),
}
"""Of УТ 11: `measure`, `vat`; of УНФ, where rates are told apart by their names: `vat_unf`."""


def read_book(name: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """`{GUID: our text}` of a book's rows; rows that have no translation are left out.

    An item left out is unknown to the hub, and a document that names it is set aside.
    """
    book = BOOKS[name]
    found: dict[str, str] = {}
    for row in rows:
        text = str(row[book.field]).strip()
        ours = book.translate.get(text) if book.translate else text
        if ours:
            found[str(row["Ref_Key"])] = ours
    return found
