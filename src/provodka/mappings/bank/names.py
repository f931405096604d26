"""How alike two names are: legal forms, quotes, order and initials set aside."""

from __future__ import annotations

from difflib import SequenceMatcher

from provodka.mappings.bank.numbers import plain_letters
from provodka.mappings.matching import normalised

__all__ = ["alike"]

FORMS = frozenset({"ООО", "ОАО", "ПАО", "НАО", "ЗАО", "АО", "ИП", "НКО", "АНО", "ТСЖ", "СНТ", "ГУП",
                   "МУП", "ФГУП", "КФХ"})  # fmt: skip
ADDRESS_BEHIND = "//"
LONGEST = 200


def alike(one: str, other: str) -> float:
    """From 0 to 1. Banks put a payer's address behind `//`: it does not count."""
    mine, theirs = _words(one), _words(other)
    if not mine or not theirs:
        return 0.0
    if sorted(mine) == sorted(theirs):
        return 1.0
    by_letters = SequenceMatcher(None, " ".join(sorted(mine)), " ".join(sorted(theirs))).ratio()
    return max(by_letters, _shared(mine, theirs))


def _words(name: str) -> list[str]:
    plain = plain_letters(normalised(name.partition(ADDRESS_BEHIND)[0][:LONGEST]))
    words = plain.replace(".", " ").replace("-", " ").split()
    return [word for word in words if word not in FORMS]


def _shared(mine: list[str], theirs: list[str]) -> float:
    """The share of words that both have; an initial stands for its word."""
    left = list(theirs)
    found = 0
    for word in mine:
        fits = next((one for one in left if _same_word(word, one)), None)
        if fits is not None:
            left.remove(fits)
            found += 1
    return found / max(len(mine), len(theirs))


def _same_word(one: str, other: str) -> bool:
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) == 1 and long.startswith(short)
