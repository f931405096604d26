"""Do a statement's sums agree: balances with turnovers, turnovers with documents, day with day.

And which way the money went: by whose the accounts are, else by the days that the bank filled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from provodka.connectors.client_bank.values import (
    AccountSection,
    Note,
    PaymentDocument,
    Statement,
)
from provodka.foundation.i18n import _

__all__ = ["Direction", "direction_of", "with_balances_checked"]

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


def with_balances_checked(statement: Statement) -> Statement:
    """The statement with a note for each sum that does not agree."""
    found = [
        *_own_sums(statement.sections),
        *_chains(statement.sections),
        *_turnovers(statement),
    ]
    return replace(statement, notes=(*statement.notes, *found))


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


def _turnovers(statement: Statement) -> Iterator[Note]:
    for account in dict.fromkeys(one.account for one in statement.sections):
        mine = [one for one in statement.sections if one.account == account]
        received = sum((one.amount for one in statement.documents if _gets(one, account)), ZERO)
        spent = sum((one.amount for one in statement.documents if _pays(one, account)), ZERO)
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


def _gets(document: PaymentDocument, account: str) -> bool:
    if document.payee.account == account:
        return True
    return document.payer.account != account and direction_of(document, ()) == "in"


def _pays(document: PaymentDocument, account: str) -> bool:
    if document.payer.account == account:
        return True
    return document.payee.account != account and direction_of(document, ()) == "out"
