"""What sort of money it is: a client's payment, or something that no invoice waits for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, NamedTuple

from provodka.foundation.i18n import _
from provodka.mappings.bank.tokens import cut

__all__ = ["NATURES", "Facts", "Nature", "Told", "nature_of"]

Nature = Literal["customer", "own", "budget", "bank", "refund", "spent"]
NATURES: tuple[Nature, ...] = ("customer", "own", "budget", "bank", "refund", "spent")
BANK_ORDER = "17"
# Balance accounts of the Bank of Russia's chart (809-П): treasuries; a bank's own income,
# expenses, settlements and claims; loans that a bank gives.
TREASURY = ("03100", "03211", "03212", "03214", "03215", "03221", "03222", "40101", "40102")
OF_BANKS = ("302", "303", "455", "452", "454", "474", "603", "604", "613", "706")
RETURNS = "ВОЗВРАТ"
CARDS = ("ЭКВАЙРИНГ", "ТЕРМИНАЛ")


class Facts(NamedTuple):
    """What the sort is told by. `incoming` says which way the money went."""

    incoming: bool
    between: bool
    payer_account: str
    payer_inn: str
    payee_account: str
    payee_inn: str
    operation: str
    purpose: str
    to_budget: bool


class Told(NamedTuple):
    """The sort and, in words, why."""

    nature: Nature
    why: str


def nature_of(facts: Facts, our_inns: Collection[str]) -> Told:
    """Tell customers' payments from transfers of our own, taxes, bank fees and refunds.

    `our_inns` are the tax numbers of our organizations.
    """
    both_ours = facts.payer_inn in our_inns and facts.payee_inn in our_inns
    if facts.between or (both_ours and facts.payer_inn):
        return Told("own", _("перевод между своими счетами"))
    if not facts.incoming:
        return _spent(facts)
    if facts.payer_account.startswith(TREASURY):
        return Told("budget", _("деньги из бюджета"))
    words = {token.plain for token in cut(facts.purpose)}
    if any(word.startswith(RETURNS) for word in words):
        return Told("refund", _("возврат: так сказано в назначении"))
    if any(word.startswith(CARDS) for word in words):
        return Told("bank", _("зачисление по картам от банка"))
    if facts.payer_account.startswith(OF_BANKS) or facts.operation == BANK_ORDER:
        return Told("bank", _("операция самого банка"))
    return Told("customer", "")


def _spent(facts: Facts) -> Told:
    if facts.to_budget or facts.payee_account.startswith(TREASURY):
        return Told("budget", _("платеж в бюджет"))
    if facts.operation == BANK_ORDER or facts.payee_account.startswith(OF_BANKS):
        return Told("bank", _("комиссия или операция банка"))
    return Told("spent", _("наш платеж"))
