"""A client's name taken apart: its legal form, its words, how they sound, how alike two are."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from provodka.mappings.bank.numbers import plain_letters

__all__ = ["LIKE", "Name", "alike", "nearly", "read_name", "sound"]

LONG_FORMS = {
    "ОБЩЕСТВО С ОГРАНИЧЕННОЙ ОТВЕТСТВЕННОСТЬЮ": "ООО",
    "ПУБЛИЧНОЕ АКЦИОНЕРНОЕ ОБЩЕСТВО": "ПАО",
    "НЕПУБЛИЧНОЕ АКЦИОНЕРНОЕ ОБЩЕСТВО": "НАО",
    "ОТКРЫТОЕ АКЦИОНЕРНОЕ ОБЩЕСТВО": "ОАО",
    "ЗАКРЫТОЕ АКЦИОНЕРНОЕ ОБЩЕСТВО": "ЗАО",
    "АКЦИОНЕРНОЕ ОБЩЕСТВО": "АО",
    "ИНДИВИДУАЛЬНЫЙ ПРЕДПРИНИМАТЕЛЬ": "ИП",
    "АВТОНОМНАЯ НЕКОММЕРЧЕСКАЯ ОРГАНИЗАЦИЯ": "АНО",
    "КРЕСТЬЯНСКОЕ ФЕРМЕРСКОЕ ХОЗЯЙСТВО": "КФХ",
    "МУНИЦИПАЛЬНОЕ УНИТАРНОЕ ПРЕДПРИЯТИЕ": "МУП",
    "ГОСУДАРСТВЕННОЕ УНИТАРНОЕ ПРЕДПРИЯТИЕ": "ГУП",
}
FORMS = frozenset({*LONG_FORMS.values(), "ФГУП", "НКО", "ТСЖ", "СНТ", "ПК", "ПБОЮЛ", "ЧП"})
SAME_FORM = {"ОАО": "АО", "ЗАО": "АО", "ПАО": "АО", "НАО": "АО", "ПБОЮЛ": "ИП", "ЧП": "ИП"}
"""The names that joint stock companies and entrepreneurs had before (law 99-FZ of 2014)."""
DEPARTMENT = frozenset({"ФИЛИАЛ", "ОБОСОБЛЕННОЕ", "ПОДРАЗДЕЛЕНИЕ", "ОП", "ФЛ"})
WORD = re.compile(r"[^\W\d_]+|\d+")
LONG_FORM = re.compile("|".join(LONG_FORMS))
VOWELS = str.maketrans("", "", "АЕИОУЫЭЮЯЙЬЪAEIOUY")
VOICELESS = str.maketrans("БВГДЖЗ", "ПФКТШС")
LONGEST = 200
LIKE = 0.88
"""From here on two names are alike: one letter of nine."""
OTHER_NUMBERS = 0.6


@dataclass(frozen=True, slots=True)
class Name:
    """`form` is empty where none is written; `words` are sorted, in capitals, without it."""

    form: str
    words: tuple[str, ...]
    text: str

    @property
    def numbers(self) -> list[str]:
        """The words that are numbers: «Школа 12» is not «Школа 13»."""
        return [word for word in self.words if word.isdigit()]


def read_name(text: str) -> Name:
    """Take a name apart; quotes, case, ё, Latin look-alikes and word order do not count."""
    plain = LONG_FORM.sub(lambda found: LONG_FORMS[found[0]], plain_letters(text[:LONGEST]))
    words = WORD.findall(plain)
    forms = [word for word in words if word in FORMS]
    form = forms[0] if forms else ""
    own = sorted(word for word in words if word not in FORMS and word not in DEPARTMENT)
    return Name(SAME_FORM.get(form, form), tuple(own), " ".join(own))


def alike(one: Name, other: Name) -> float:
    """From 0 to 1; a different number in the name keeps two apart, an initial is its word."""
    if not one.words or not other.words:
        return 0.0
    if one.words == other.words:
        return 1.0
    if _by_initials(one.words, other.words):
        return 0.95
    ratio = fuzz.ratio(one.text, other.text) / 100
    return ratio if one.numbers == other.numbers else min(ratio, OTHER_NUMBERS)


def nearly(one: Name, other: Name) -> bool:
    """Whether two names differ by a letter or two; a quick look, initials are not understood."""
    return fuzz.ratio(one.text, other.text, score_cutoff=100 * LIKE) > 0


def _by_initials(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Whether words that are whole on both sides agree, and initials fit the rest."""
    if len(mine) != len(theirs):
        return False
    left = sorted((Counter(theirs) - Counter(mine)).elements())
    rest = sorted((Counter(mine) - Counter(theirs)).elements())
    if len(rest) == len(mine):
        return False
    return all(
        1 in (len(one), len(other)) and one[0] == other[0]
        for one, other in zip(rest, left, strict=True)
    )


@lru_cache(maxsize=100_000)
def sound(word: str) -> str:
    """How a word sounds without its vowels: «Рамашка» and «Ромажка» are the same."""
    plain = word.translate(VOWELS).translate(VOICELESS)
    return "".join(one for place, one in enumerate(plain) if plain[place - 1 : place] != one)
