"""A client as it is compared: its card, and the features that are read off the card once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from provodka.mappings.bank.numbers import plain_letters
from provodka.mappings.duplicates.names import Name, read_name

__all__ = ["Card", "Features", "read_card"]

NOT_DIGITS = re.compile(r"\D")
WORD = re.compile(r"[^\W\d_]+|\d+[^\W\d_]?")
ADDRESS_WORDS = frozenset({"Г", "ГОР", "ГОРОД", "УЛ", "УЛИЦА", "Д", "ДОМ", "КВ", "КВАРТИРА", "ОФ",
                           "ОФИС", "ОБЛ", "ОБЛАСТЬ", "ПР", "ПРОСПЕКТ", "ПЕР", "ПЕРЕУЛОК", "СТР",
                           "КОРП", "К", "ПОМ", "ЭТ", "ЭТАЖ", "РФ", "РОССИЯ"})  # fmt: skip
POSTCODE = 6
NATIONAL = 10


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a client; phones and e-mails are its own and of its contacts."""

    client: UUID
    name: str
    full_name: str | None = None
    individual: bool = False
    inn: str | None = None
    kpp: str | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Features:
    """A card in the form in which two of them can be compared at once."""

    client: UUID
    individual: bool
    inn: str
    kpp: str
    names: tuple[Name, ...]
    phones: frozenset[str]
    emails: frozenset[str]
    addresses: frozenset[frozenset[str]]


def read_card(card: Card) -> Features:
    """The features of a card; never fails, whatever stands in it."""
    written = dict.fromkeys(name.strip() for name in (card.name, card.full_name or ""))
    names = dict.fromkeys(read_name(name) for name in written if name)
    return Features(
        card.client,
        card.individual,
        card.inn or "",
        card.kpp or "",
        tuple(names),
        frozenset(_filled(map(_phone, card.phones))),
        frozenset(_filled(email.strip().casefold() for email in card.emails)),
        frozenset(one for one in map(_address, card.addresses) if len(one) > 1),
    )


def _filled(values: Iterable[str]) -> Iterable[str]:
    return (value for value in values if value)


def _phone(written: str) -> str:
    """E.164 where it is a Russian number, however written; other numbers by their digits."""
    digits = NOT_DIGITS.sub("", written)
    if len(digits) == NATIONAL + 1 and digits[0] in "78":
        return f"+7{digits[1:]}"
    if len(digits) == NATIONAL:
        return f"+7{digits}"
    return f"+{digits}" if digits else ""


def _address(written: str) -> frozenset[str]:
    words = WORD.findall(plain_letters(written))
    return frozenset(
        word
        for word in words
        if word not in ADDRESS_WORDS and not (word.isdigit() and len(word) == POSTCODE)
    )
