"""VAT by date: the base rate is 22 % from 2026-01-01, 20 % from 2019-01-01, 18 % before."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

KOPECK = Decimal("0.01")
_BASE = (("2026-01-01", 22), ("2019-01-01", 20), ("0001-01-01", 18))
_BASE_NAMES = frozenset({"НДС18", "НДС20", "НДС22"})
_PERCENT = {"НДС10": 10, "НДС18": 18, "НДС20": 20, "НДС22": 22}


def rate_on(rate: str, day: str) -> str:
    """The rate that a document of `day` (ISO date) uses where the invoice named `rate`."""
    if rate not in _BASE_NAMES:
        return rate
    return next(f"НДС{percent}" for start, percent in _BASE if day >= start)


def rate_of_kind(kind: str, day: str) -> str:
    """The rate on a day for an item's `ВидСтавкиНДС`."""
    named = {"Пониженная": "НДС10", "Нулевая": "НДС0", "БезНДС": "БезНДС"}
    return named.get(kind) or rate_on("НДС20", day)


def vat_of(amount: Decimal, rate: str, *, included: bool) -> Decimal:
    """The tax in (or on top of) a sum, in roubles to the kopeck."""
    percent = Decimal(_PERCENT.get(rate, 0))
    base = 100 + percent if included else Decimal(100)
    return (amount * percent / base).quantize(KOPECK, ROUND_HALF_UP)
