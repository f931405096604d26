"""Control digits of Russian registration and account numbers."""

from __future__ import annotations

_TEN = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_ELEVEN = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_TWELVE = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_ACCOUNT = (7, 1, 3)


def _control(digits: str, weights: tuple[int, ...]) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return str(total % 11 % 10)


def company_inn(nine: str) -> str:
    """A legal entity's ИНН from its first nine digits (order ММВ-7-6/435@ of the tax service)."""
    return nine + _control(nine, _TEN)


def person_inn(ten: str) -> str:
    """A person's ИНН from its first ten digits."""
    eleven = ten + _control(ten, _ELEVEN)
    return eleven + _control(eleven, _TWELVE)


def ogrn(twelve: str) -> str:
    """A legal entity's ОГРН from its first twelve digits."""
    return twelve + str(int(twelve) % 11 % 10)


def account(bik: str, number: str) -> str:
    """A 20-digit account of a bank with this БИК; the ninth digit of `number` is replaced."""
    blank = number[:8] + "0" + number[9:]
    digits = bik[-3:] + blank
    weights = [_ACCOUNT[index % 3] for index in range(len(digits))]
    total = sum(int(d) * w % 10 for d, w in zip(digits, weights, strict=True))
    return number[:8] + str(total % 10 * 3 % 10) + number[9:]
