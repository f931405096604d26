"""What matching takes and gives: an incoming payment, open invoices, candidates, a decision."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

__all__ = ["Candidate", "Decision", "Incoming", "OpenInvoice", "Reason", "Share", "shared"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A payment that came to an account of ours; `day` is when the bank entered it.

    `day` is None while the bank has only announced it.
    """

    day: date | None
    amount: Decimal
    currency: str = "RUB"
    payer_name: str = field(default="", repr=False)
    payer_inn: str = field(default="", repr=False)
    purpose: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInvoice:
    """An invoice that is in force and not paid in full; `open` is what is left to pay."""

    key: UUID
    number: str
    day: date
    amount: Decimal
    open: Decimal
    currency: str = "RUB"
    client: UUID
    client_inn: str = field(default="", repr=False)
    client_name: str = field(default="", repr=False)
    contract: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of evidence: an English slug, its points (negative: against), words for people."""

    code: str
    points: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a payment goes to one invoice; the amount is positive."""

    invoice: OpenInvoice
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Candidate:
    """One or several invoices of one client that a payment may be for, with the reasons."""

    shares: tuple[Share, ...]
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> int:
        """The sum of the reasons' points."""
        return sum(reason.points for reason in self.reasons)

    @property
    def invoices(self) -> frozenset[UUID]:
        """The keys of the invoices."""
        return frozenset(share.invoice.key for share in self.shares)

    @property
    def order(self) -> tuple[int, tuple[str, ...]]:
        """A sort key: the best first, and always the same order among equals."""
        return -self.score, tuple(str(share.invoice.key) for share in self.shares)


@dataclass(frozen=True, slots=True)
class Decision:
    """`matched` has a `chosen` candidate; `ask` is for a person; `none` when nobody fits."""

    state: Literal["matched", "ask", "none"]
    candidates: tuple[Candidate, ...]
    why: str

    @property
    def chosen(self) -> Candidate | None:
        """The candidate that may be taken without asking."""
        return self.candidates[0] if self.state == "matched" else None


def shared(amount: Decimal, invoices: Iterable[OpenInvoice]) -> tuple[Share, ...]:
    """An amount laid out over invoices, the oldest first; never more than is open on each."""
    shares = []
    for invoice in sorted(invoices, key=lambda one: (one.day, one.number, str(one.key))):
        part = min(amount, invoice.open)
        if part > 0:
            shares.append(Share(invoice, part))
            amount -= part
    return tuple(shares)
