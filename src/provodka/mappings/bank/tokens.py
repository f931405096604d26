"""A purpose text cut into words, digits and signs, with the days in it recognised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from provodka.mappings.bank.numbers import plain_letters

__all__ = ["Token", "cut", "day_at"]

MONTHS = ("ЯНВ", "ФЕВ", "МАР", "АПР", "МА", "ИЮН", "ИЮЛ", "АВГ", "СЕН", "ОКТ", "НОЯ", "ДЕК")
BETWEEN_DIGITS = (".", "/", "-")
CENTURY = 2000


@dataclass(frozen=True, slots=True)
class Token:
    """One word, run of digits or sign. `plain` is the word in `plain_letters`.

    `spaced` tells that a blank stands before it.
    """

    kind: Literal["word", "digits", "sign"]
    text: str
    plain: str
    spaced: bool


def cut(text: str) -> list[Token]:
    """The tokens of a text."""
    tokens: list[Token] = []
    run, kind, spaced = "", "", False
    for letter in f"{text} ":
        now = _kind(letter)
        if run and (now != kind or now == "sign"):
            tokens.append(_token(kind, run, spaced=spaced))
            run, spaced = "", False
        if now == "blank":
            spaced = True
        else:
            run += letter
        kind = now
    return tokens


def _kind(letter: str) -> str:
    if letter.isspace():
        return "blank"
    if letter in "0123456789":
        return "digits"
    return "word" if letter.isalpha() else "sign"


def _token(kind: str, run: str, *, spaced: bool) -> Token:
    known: Literal["word", "digits", "sign"] = (
        "digits" if kind == "digits" else "word" if kind == "word" else "sign"
    )
    return Token(known, run, plain_letters(run), spaced)


def day_at(tokens: Sequence[Token], place: int) -> tuple[date, int] | None:
    """The day that begins at a place, and where the text goes on: `05.03.2026`, `5 марта 26`."""
    return _in_figures(tokens, place) or _in_words(tokens, place)


def _in_figures(tokens: Sequence[Token], place: int) -> tuple[date, int] | None:
    found = tokens[place : place + 5]
    if [one.kind for one in found] != ["digits", "sign", "digits", "sign", "digits"]:
        return None
    day, sign, month, other, year = found
    if any(one.spaced for one in found[1:]) or sign.text not in BETWEEN_DIGITS:
        return None
    if sign.text != other.text:
        return None
    told = _day(day.text, month.text, year.text) or _day(year.text, month.text, day.text)
    return (told, place + 5) if told else None


def _in_words(tokens: Sequence[Token], place: int) -> tuple[date, int] | None:
    found = tokens[place : place + 3]
    if [one.kind for one in found] != ["digits", "word", "digits"]:
        return None
    day, month, year = found
    for number, begins in enumerate(MONTHS, 1):
        if month.plain.startswith(begins):
            told = _day(day.text, str(number), year.text)
            return (told, place + 3) if told else None
    return None


def _day(day: str, month: str, year: str) -> date | None:
    if len(day) > 2 or len(month) > 2 or len(year) not in (2, 4):
        return None
    try:
        return date(int(year) + (CENTURY if len(year) == 2 else 0), int(month), int(day))
    except ValueError:
        return None
