"""Bank accounts: their length, currency, and the control key that ties them to a bank's БИК."""

from __future__ import annotations

__all__ = ["CURRENCIES", "currency_of", "key_is_right", "looks_like_account"]

LENGTH = 20
# Bank of Russia, 08.09.1997 № 515: weights for the three digits of the bank and the account.
WEIGHTS = (7, 1, 3) * 7 + (7, 1)
# Settlement centres of the Bank of Russia have these last digits in their БИК.
CENTRES = ("000", "001", "002")
# Correspondent accounts are kept by the Bank of Russia, whichever bank they belong to.
CORRESPONDENT = "301"
TREASURIES = "01"
CURRENCIES = {
    "810": "RUB",
    "643": "RUB",
    "840": "USD",
    "978": "EUR",
    "156": "CNY",
    "398": "KZT",
    "933": "BYN",
}
"""Digits 6–8 of an account and the letters of ISO 4217; roubles are 810 in accounts."""


def looks_like_account(account: str) -> bool:
    """Whether this is shaped as an account: 20 digits."""
    return len(account) == LENGTH and account.isascii() and account.isdigit()


def currency_of(account: str) -> str | None:
    """The currency of an account by its digits 6–8; None if they say nothing known."""
    return CURRENCIES.get(account[5:8]) if looks_like_account(account) else None


def key_is_right(account: str, bik: str) -> bool | None:
    """Whether the ninth digit of an account fits the bank; None where that cannot be said.

    Treasuries (БИК from 01) keep accounts of their own sort, which are not checked so.
    """
    if not looks_like_account(account) or not _looks_like_bik(bik) or bik.startswith(TREASURIES):
        return None
    of_the_bank_of_russia = bik[6:] in CENTRES or account.startswith(CORRESPONDENT)
    bank = f"0{bik[4:6]}" if of_the_bank_of_russia else bik[6:]
    digits = (int(one) for one in bank + account)
    total = sum(digit * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    return total % 10 == 0


def _looks_like_bik(bik: str) -> bool:
    return len(bik) == 9 and bik.isascii() and bik.isdigit()
