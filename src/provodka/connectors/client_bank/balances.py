"""Do a statement's sums agree: balances with turnovers, turnovers with documents, day with day.

And which way the money went: by whose the accounts are, else by the days that the bank filled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Literal

from provodka.connectors.client_bank.values import (
    AccountSection,
    Note,
    PaymentDocument,
)
from provodka.foundation.i18n import _

__all__ = ["Direction", "Turnovers", "direction_of"]

Direction = Literal["in", "out", "between", "unknown"]
"""`in` to us, `out` from us, `between` two accounts of ours."""
ZERO = Decimal(0)


def direction_of(document: PaymentDocument, ours: Collection[str]) -> Direction:
    """Which way the money of a document goes, `ours` being our accounts."""
    pays, gets = document.payer.account in ours, document.payee.account in ours
    if pays and gets:
        return "between"
    if pays or gets:
        return "out" if pays else "in"
    if document.received and not document.written_off:
        return "in"
    return "out" if document.written_off and not document.received else "unknown"


class Turnovers:
    """What the documents of a file add up to, for the accounts of its sections.

    Documents are told one by one and not kept, so a file of any length is summed up.
    """

    def __init__(self, sections: Iterable[AccountSection]) -> None:
        self._sections = tuple(sections)
        self._by_account: dict[str, list[AccountSection]] = {}
        for section in self._sections:
            self._by_account.setdefault(section.account, []).append(section)
        # By the days that the bank filled; then, for each account, what its number says otherwise.
        self._received, self._spent = ZERO, ZERO
        self._received_by = dict.fromkeys(self._by_account, ZERO)
        self._spent_by = dict.fromkeys(self._by_account, ZERO)

    def add(self, document: PaymentDocument) -> None:
        """Count one more document."""
        amount, way = document.amount, direction_of(document, ())
        if way == "in":
            self._received += amount
        elif way == "out":
            self._spent += amount
        payer, payee = document.payer.account, document.payee.account
        if payee in self._received_by and way != "in":
            self._received_by[payee] += amount
        if payer in self._spent_by and way != "out":
            self._spent_by[payer] += amount
        if payer != payee:
            if payer in self._received_by and way == "in":
                self._received_by[payer] -= amount
            if payee in self._spent_by and way == "out":
                self._spent_by[payee] -= amount

    def notes(self) -> Iterator[Note]:
        """A note for each sum of the bank that does not agree: balances, days, turnovers."""
        yield from _own_sums(self._sections)
        yield from _chains(self._sections)
        for account, mine in self._by_account.items():
            received = self._received + self._received_by[account]
            spent = self._spent + self._spent_by[account]
            yield from _turnovers(account, mine, received, spent)


def _own_sums(sections: Iterable[AccountSection]) -> Iterator[Note]:
    for section in sections:
        if section.difference:
            told = _("счет …{account}: остатки и обороты расходятся на {difference}")
            yield Note(section.line, "balance", told.format(
                account=section.account[-4:], difference=section.difference))  # fmt: skip


def _chains(sections: Iterable[AccountSection]) -> Iterator[Note]:
    """The balance in the evening is that of the next morning."""
    last: dict[str, AccountSection] = {}
    ordered = sorted(sections, key=lambda one: (one.first_day is None, one.first_day, one.line))
    for section in ordered:
        before = last.get(section.account)
        known = before and None not in (before.closing, section.opening)
        if before and known and before.closing != section.opening:
            told = _("счет …{account}: было на конец {closing}, стало на начало {opening}")
            yield Note(section.line, "balance_chain", told.format(
                account=section.account[-4:], closing=before.closing, opening=section.opening,
            ))  # fmt: skip
        last[section.account] = section


def _turnovers(
    account: str, mine: Sequence[AccountSection], received: Decimal, spent: Decimal
) -> Iterator[Note]:
    for told, of_bank, of_documents in (
        (_("поступило"), [one.received for one in mine], received),
        (_("списано"), [one.written_off for one in mine], spent),
    ):
        if None in of_bank:
            continue
        total = sum((one for one in of_bank if one is not None), ZERO)
        if total != of_documents:
            text = _("счет …{account}: {what} {total}, а по документам файла {documents}")
            yield Note(mine[0].line, "turnover", text.format(
                account=account[-4:], what=told, total=total, documents=of_documents,
            ))  # fmt: skip
