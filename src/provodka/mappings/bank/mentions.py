"""Documents that a purpose text names: «по счетам №12, 13 от 05.03.2026 по дог. 7/26».

No pattern matching: a label («счет», «сч.», «дог») opens a list of numbers, each with the day
behind it; figures that are sums, quantities, days or somebody's accounts are passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from provodka.mappings.bank.numbers import Groups, groups_of
from provodka.mappings.bank.tokens import Token, cut, day_at

__all__ = ["Mention", "mentions"]

Kind = Literal["invoice", "contract", "other", "bare"]
INVOICE = ("СЧ", "СЧТ", "ИНВ", "INVОIСЕ")
CONTRACT = ("ДОГ", "ДОГОВОР", "ДОГОВОРУ", "ДОГОВОРА", "КОНТРАКТ", "КОНТРАКТУ", "КОНТРАКТА")
OTHER = ("АКТ", "АКТУ", "АКТА", "УПД", "НАКЛ", "НАКЛАДНОЙ", "НАКЛАДНАЯ", "ТН", "ТТН", "ЗАКАЗ",
         "ЗАКАЗУ", "СФ", "ИНН", "КПП", "БИК", "ЛС", "РС", "КС", "ТЕЛ", "УИН", "КБК", "ОКТМО", "НДС",
         "СУММА", "СУММЕ", "ПП")  # fmt: skip
OF_ACCOUNTS = ("РАСЧЕТН", "ЛИЦЕВ", "БАНКОВСК", "КОРРЕСПОНД")
PASSED = ("НА", "ОПЛАТУ", "N", "NО", "НОМЕР", "НОМЕРА", "ЗА", "К", "ПО", "НОМ")
PASSED_SIGNS = ("№", "#", ":", ".", "(", '"', "«", "»")
BEHIND_QUANTITY = ("РУБ", "Р", "КОП", "ШТ", "КГ", "ЧАС", "ДН", "МЕС", "УСЛ", "ЕД", "ПРОЦ", "Л")
JOINTS = ("-", "/", "–", "_")
MORE = (",", ";", "+", "&")
BEFORE_DAY = ("(", ")", ",", '"', "»")
LONGEST_RANGE = 50
LONGEST_NUMBER = 20
LONGEST_PREFIX = 4


@dataclass(frozen=True, slots=True)
class Mention:
    """A number in the text: what kind of document it is of, its groups, its day if told.

    `bare` numbers have no label before them. `ranged` ones stand between the ends of `12-15`.
    """

    kind: Kind
    number: Groups
    day: date | None = None
    ranged: bool = False


def mentions(text: str) -> tuple[Mention, ...]:
    """Every number that may name a document, in the order of the text, each once."""
    tokens = cut(text)
    found: list[Mention] = []
    place = 0
    while place < len(tokens):
        labelled = _label(tokens, place)
        if labelled is not None:
            kind, place = labelled
            more, place = _listed(tokens, place, kind)
            found += more
            continue
        day = day_at(tokens, place)
        if day is not None:
            place = day[1]
            continue
        number, behind = _number(tokens, place)
        if number and _is_quantity(tokens, behind):
            behind += 2
        elif number:
            found.append(Mention("bare", groups_of(number)))
        place = max(behind, place + 1)
    return tuple(dict.fromkeys(one for one in found if one.number))


def _label(tokens: Sequence[Token], place: int) -> tuple[Kind, int] | None:
    """The kind of document that a word announces, and where its numbers begin."""
    word = tokens[place]
    if word.kind != "word":
        return None
    short = _in_short(tokens, place)
    if short is not None:
        return short
    if word.plain in CONTRACT:
        return "contract", place + 1
    if word.plain in OTHER:
        return "other", place + 1
    if word.plain not in INVOICE and not word.plain.startswith("СЧЕТ"):
        return None
    if place and tokens[place - 1].plain.startswith(OF_ACCOUNTS):
        return "other", place + 1
    joined = _behind(tokens, place + 1, "-", "–", "/")
    if joined is not None and joined.plain.startswith("Ф"):
        return "other", place + 3
    return "invoice", place + 1


def _in_short(tokens: Sequence[Token], place: int) -> tuple[Kind, int] | None:
    """`р/с`, `л/с`, `с/ф`, `с-ф`: two letters that name something else than an invoice."""
    second = _behind(tokens, place + 1, "/", "-")
    first = tokens[place].plain
    if second is None or len(first) > 2 or len(second.plain) > 2:
        return None
    if first + second.plain in ("РС", "ЛС", "КС", "СФ", "СЧФ"):
        return "other", place + 3
    return ("invoice", place + 3) if first + second.plain == "СЧ" else None


def _behind(tokens: Sequence[Token], place: int, *signs: str) -> Token | None:
    """The word right behind a sign, both without a blank."""
    pair = tokens[place : place + 2]
    if len(pair) < 2 or pair[0].text not in signs or pair[1].kind != "word":
        return None
    return None if pair[1].spaced else pair[1]


def _listed(tokens: Sequence[Token], place: int, kind: Kind) -> tuple[list[Mention], int]:
    """The numbers of a list, each with the day that stands behind it."""
    found: list[Mention] = []
    undated = 0
    place = _pass(tokens, place)
    while place < len(tokens) and day_at(tokens, place) is None:
        number, behind = _apart(tokens, place) or _number(tokens, place)
        if not number or (_is_quantity(tokens, behind) and found):
            break
        found += _spread(kind, number)
        day, place = _day_behind(tokens, behind)
        if day is not None:
            found[undated:] = [replace(one, day=day) for one in found[undated:]]
            undated = len(found)
        further = _next_of_list(tokens, place)
        if further is None:
            break
        place = further
    return found, place


def _pass(tokens: Sequence[Token], place: int) -> int:
    while place < len(tokens) and (
        tokens[place].text in PASSED_SIGNS or tokens[place].plain in PASSED
    ):
        place += 1
    return place


def _next_of_list(tokens: Sequence[Token], place: int) -> int | None:
    """Behind a comma or «и», where another number follows."""
    if place >= len(tokens) or not (tokens[place].text in MORE or tokens[place].plain == "И"):
        return None
    after = _pass(tokens, place + 1)
    return after if _number(tokens, after)[0] else None


def _number(tokens: Sequence[Token], place: int) -> tuple[str, int]:
    """A number that begins at a place, and where it ends; empty if there is none.

    Letters and digits without blanks between them, joined by dashes and slashes.
    """
    parts: list[str] = []
    end = place
    while end < len(tokens):
        token = tokens[end]
        if end > place and token.spaced:
            break
        if token.kind == "sign" and not (parts and token.text in JOINTS and _goes_on(tokens, end)):
            break
        parts.append(token.text)
        end += 1
    number = "".join(parts)
    has_digit = any(one in "0123456789" for one in number)
    return (number, end) if has_digit and len(number) <= LONGEST_NUMBER else ("", end)


def _apart(tokens: Sequence[Token], place: int) -> tuple[str, int] | None:
    """A prefix of a few letters and, behind a blank, its figures: `УТ 00012`."""
    pair = tokens[place : place + 2]
    if [one.kind for one in pair] != ["word", "digits"] or day_at(tokens, place + 1) is not None:
        return None
    prefix, figures = pair
    if len(prefix.text) > LONGEST_PREFIX or prefix.plain == "ОТ" or _label(tokens, place):
        return None
    return prefix.text + figures.text, place + 2


def _goes_on(tokens: Sequence[Token], place: int) -> bool:
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    return after is not None and after.kind != "sign" and not after.spaced


def _is_quantity(tokens: Sequence[Token], behind: int) -> bool:
    """Whether kopecks, a per cent sign or a unit follow, so that it was no number of a document."""
    if behind >= len(tokens):
        return False
    token = tokens[behind]
    if token.text in ("%", "="):
        return True
    if token.text in (".", ",") and not token.spaced:
        after = tokens[behind + 1] if behind + 1 < len(tokens) else None
        return after is not None and after.kind == "digits" and not after.spaced
    return token.kind == "word" and token.plain in BEHIND_QUANTITY


def _day_behind(tokens: Sequence[Token], place: int) -> tuple[date | None, int]:
    """«от 05.03.2026 г.» behind a number."""
    start = place
    while start < len(tokens) and tokens[start].text in BEFORE_DAY:
        start += 1
    if start < len(tokens) and tokens[start].plain == "ОТ":
        start += 1
    told = day_at(tokens, start)
    if told is None:
        return None, place
    day, place = told
    while place < len(tokens) and (
        tokens[place].plain in ("Г", "ГОДА") or tokens[place].text in ".)"
    ):
        place += 1
    return day, place


def _spread(kind: Kind, number: str) -> list[Mention]:
    """A number; of `12-15` also those between, since it may be a range."""
    whole = [Mention(kind, groups_of(number))]
    first, joint, last = number.replace("–", "-").partition("-")
    if kind != "invoice" or not joint or not (first.isdigit() and last.isdigit()):
        return whole
    low, high = int(first), int(last)
    if not 0 < high - low <= LONGEST_RANGE:
        return whole
    between = (Mention(kind, groups_of(str(one)), ranged=True) for one in range(low, high + 1))
    return [*whole, *between]
