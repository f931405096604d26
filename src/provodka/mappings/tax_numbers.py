"""ИНН and КПП: when a number is one, and when it may prove that two records are one."""

from __future__ import annotations

import re

from stdnum.ru import inn as _inn

__all__ = ["inn_is_valid", "kpp_is_valid"]

# Order of the Federal Tax Service ЯК-7-6/9@ of 2012-06-29: NNNN PP XXX, P a digit or A–Z.
_KPP = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}")


def inn_is_valid(number: str) -> bool:
    """Whether this is an ИНН: 10 digits (company) or 12 (person), check digits right."""
    return number.isascii() and number.isdigit() and bool(_inn.is_valid(number))


def kpp_is_valid(number: str) -> bool:
    """Whether this is shaped as a КПП; it has no check digit."""
    return _KPP.fullmatch(number) is not None
