"""Sums of money: exact decimals, rounded to kopecks the way accounting does."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

__all__ = ["KOPECK", "Money", "kopecks"]

KOPECK = Decimal("0.01")


def kopecks(amount: Decimal) -> Decimal:
    """Round to 0.01, halves away from zero, as 1C does."""
    return amount.quantize(KOPECK, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """A sum in one currency (ISO 4217 code); mixing currencies is a `ValueError`."""

    amount: Decimal
    currency: str = "RUB"

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError(f"Money needs Decimal, not {type(self.amount).__name__}")

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def rounded(self) -> Money:
        """The same sum to the kopeck."""
        return Money(kopecks(self.amount), self.currency)

    def __str__(self) -> str:
        """As people in Russia write it: a narrow space between thousands, a comma, the sign."""
        sign = "₽" if self.currency == "RUB" else self.currency
        whole = f"{kopecks(self.amount):,.2f}".replace(",", "\u202f").replace(".", ",")
        return f"{whole}\u00a0{sign}"
