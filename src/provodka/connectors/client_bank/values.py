"""What a bank's file says, as frozen values: money in `Decimal`, days as `date`.

Names, accounts and texts are kept out of `repr`, because they are personal data.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal

__all__ = [
    "AccountSection",
    "BadSection",
    "Budget",
    "Header",
    "Note",
    "Party",
    "PaymentDocument",
    "Piece",
    "Statement",
    "accounts_of",
]

Extra = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Note:
    """Something odd that did not stop the reading; `line` counts from 1, `text` is for people."""

    line: int
    code: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The top of a file.

    `encoding` is what the bytes are (`utf-8`, `cp1251`, `cp866`, `utf-16`), `claimed` what
    the file says of itself. `accounts` are those that the file is about.
    """

    version: str = ""
    encoding: str = ""
    claimed: str = ""
    sender: str = ""
    receiver: str = ""
    created_on: date | None = None
    created_at: time | None = None
    first_day: date | None = None
    last_day: date | None = None
    accounts: tuple[str, ...] = field(default=(), repr=False)
    kinds: tuple[str, ...] = ()
    extra: Extra = field(default=(), repr=False)
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSection:
    """Balances and turnovers of one account (`СекцияРасчСчет`); None where the bank is silent."""

    line: int
    account: str = field(default="", repr=False)
    first_day: date | None = None
    last_day: date | None = None
    opening: Decimal | None = None
    received: Decimal | None = None
    written_off: Decimal | None = None
    closing: Decimal | None = None
    extra: Extra = field(default=(), repr=False)
    notes: tuple[Note, ...] = ()

    @property
    def difference(self) -> Decimal | None:
        """opening + received − written off − closing: zero if the bank's sums agree.

        None where one of the four is not told.
        """
        parts = (self.opening, self.received, self.written_off, self.closing)
        if None in parts:
            return None
        opening, received, written_off, closing = (part or Decimal(0) for part in parts)
        return opening + received - written_off - closing


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The payer or the payee. `account` is 20 digits; `name` is whole, lines joined."""

    name: str = field(default="", repr=False)
    inn: str = field(default="", repr=False)
    kpp: str = field(default="", repr=False)
    account: str = field(default="", repr=False)
    bank: str = field(default="", repr=False)
    bank_city: str = field(default="", repr=False)
    bik: str = ""
    corr_account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Fields 101, 104–110 of a payment to the budget (Bank of Russia 762-П, annex 1)."""

    status: str = ""
    kbk: str = ""
    oktmo: str = ""
    basis: str = ""
    period: str = ""
    number: str = ""
    date: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDocument:
    """One `СекцияДокумент`.

    `kind` is the text behind ``СекцияДокумент=``, `day` its Дата; `written_off` and `received`
    are the days on which the bank moved the money. `operation` is ВидОплаты (`01` a payment
    order, `17` a bank order), `code` the УИН, `purpose_code` the КодНазПлатежа of version 1.03.
    `extra` holds every key without a field of its own, in the file's order.
    """

    line: int = 0
    kind: str
    number: str = ""
    day: date
    amount: Decimal
    payer: Party
    payee: Party
    written_off: date | None = None
    received: date | None = None
    purpose: str = field(default="", repr=False)
    payment_type: str = ""
    operation: str = ""
    priority: str = ""
    code: str = ""
    purpose_code: str = ""
    budget: Budget | None = None
    extra: Extra = field(default=(), repr=False)
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class BadSection:
    """A section that cannot be understood, whole: for quarantine.

    `line` is where it begins, `raw` its lines as text (personal data), `code` an English slug;
    `found`, `expected` and `wrong_line` tell the first mistake in it.
    """

    line: int
    wrong_line: int
    code: str
    found: str = field(repr=False)
    expected: str
    raw: str = field(repr=False)


Piece = Header | AccountSection | PaymentDocument | BadSection | Note


def accounts_of(header: Header, sections: Iterable[AccountSection]) -> frozenset[str]:
    """The accounts that a file is about, by its header and its sections."""
    return frozenset((*header.accounts, *(one.account for one in sections))) - {""}


@dataclass(frozen=True, slots=True)
class Statement:
    """A whole file. `ended` is false where КонецФайла is missing: the file may be cut off."""

    header: Header
    sections: tuple[AccountSection, ...] = ()
    documents: tuple[PaymentDocument, ...] = ()
    bad: tuple[BadSection, ...] = ()
    notes: tuple[Note, ...] = ()
    ended: bool = True

    @property
    def accounts(self) -> frozenset[str]:
        """The accounts that the file is about, by its header and its sections."""
        return accounts_of(self.header, self.sections)

    @property
    def all_notes(self) -> tuple[Note, ...]:
        """Everything odd in the file, in the order of its lines."""
        found = [*self.header.notes, *self.notes]
        for section in self.sections:
            found += section.notes
        for document in self.documents:
            found += document.notes
        return tuple(sorted(found, key=lambda note: note.line))
