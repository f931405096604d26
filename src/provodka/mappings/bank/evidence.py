"""What speaks for and against an invoice being meant, in points that only add up.

Better evidence of any one sort never lowers a score: whole sum ≥ part ≥ more than is owed, the
same ИНН ≥ none known ≥ another, and so on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from provodka.foundation.i18n import _
from provodka.mappings.bank.mentions import Mention
from provodka.mappings.bank.names import alike
from provodka.mappings.bank.numbers import groups_of, likeness
from provodka.mappings.bank.values import Incoming, OpenInvoice, Reason
from provodka.mappings.tax_numbers import inn_is_valid

__all__ = ["POINTS", "Evidence", "Named", "gathered", "named", "reasons", "sum_of"]

Number = Literal["none", "bare", "ranged", "prefixed", "tail", "same"]
Same = Literal["other", "unknown", "same"]
Sum = Literal["over", "part", "whole"]
POINTS = {
    "number_bare": 15,
    "number_ranged": 30,
    "number_prefixed": 40,
    "number_tail": 40,
    "number_same": 45,
    "day_same": 15,
    "day_other": -20,
    "sum_whole": 30,
    "sum_part": 5,
    "inn_same": 30,
    "inn_other": -25,
    "name_same": 15,
    "name_like": 5,
    "contract": 10,
    "only": 15,
    "others_named": -20,
    "later": -15,
}
"""What each piece of evidence is worth; 75 is enough to act without asking."""
NUMBERS: tuple[Number, ...] = ("none", "bare", "ranged", "prefixed", "tail", "same")
SAME_NAME, LIKE_NAME = 0.9, 0.7


@dataclass(frozen=True, slots=True)
class Named:
    """How a purpose text names an invoice: by its number, and with which day."""

    number: Number = "none"
    day: Same = "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything known of one candidate; `others_named` if the text names other invoices too."""

    number: Number = "none"
    day: Same = "unknown"
    sum: Sum = "over"
    inn: Same = "unknown"
    name: float = 0.0
    contract: bool = False
    only: bool = False
    others_named: bool = False
    later: bool = False


def named(invoice: OpenInvoice, found: Iterable[Mention]) -> Named:
    """The best of what the mentions say of an invoice's number."""
    number = groups_of(invoice.number)
    best = Named()
    for one in found:
        how = _how(one, likeness(one.number, number))
        day: Same = "unknown"
        if one.day is not None:
            day = "same" if one.day == invoice.day else "other"
        now = Named(how, day)
        if how != "none" and _rank(now) > _rank(best):
            best = now
    return best


def _how(one: Mention, like: str) -> Number:
    if like == "other" or one.kind in ("contract", "other"):
        return "none"
    if one.kind == "bare":
        prefixed = like == "same" and len(one.number) > 1
        return "prefixed" if prefixed else "bare" if len(one.number[-1]) > 1 else "none"
    if one.ranged:
        return "ranged"
    return "same" if like == "same" and len(one.number) > 1 else "tail"


def _rank(one: Named) -> int:
    return sum(points for _code, points in _number_points(one.number, one.day))


def _number_points(number: Number, day: Same) -> Iterator[tuple[str, int]]:
    if number != "none":
        yield f"number_{number}", POINTS[f"number_{number}"]
        if day != "unknown":
            yield f"day_{day}", POINTS[f"day_{day}"]


def sum_of(amount: Decimal, owed: Decimal) -> Sum:
    """How the money compares with what is owed."""
    if amount == owed:
        return "whole"
    return "part" if amount < owed else "over"


def gathered(
    incoming: Incoming,
    invoices: Iterable[OpenInvoice],
    found: Iterable[Mention],
    *,
    only: bool = False,
    others_named: bool = False,
) -> Evidence:
    """The evidence for some invoices of one client together; the weakest of them counts."""
    chosen, texts = list(invoices), list(found)
    first = chosen[0]
    names = [named(one, texts) for one in chosen]
    weakest = min(names, key=_rank)
    inn = _same_inn(incoming.payer_inn, first.client_inn)
    contracts = [one.number for one in texts if one.kind == "contract"]
    paid_on = incoming.day or date.max
    return Evidence(
        number=weakest.number,
        day=weakest.day,
        sum=sum_of(incoming.amount, sum((one.open for one in chosen), Decimal(0))),
        inn=inn,
        name=alike(incoming.payer_name, first.client_name),
        contract=any(_is_contract(one.contract, contracts) for one in chosen),
        only=only,
        others_named=others_named,
        later=any(one.day > paid_on for one in chosen),
    )


def _same_inn(one: str, other: str) -> Same:
    if not (inn_is_valid(one) and inn_is_valid(other)):
        return "unknown"
    return "same" if one == other else "other"


def _is_contract(number: str, found: Iterable[tuple[str, ...]]) -> bool:
    groups = groups_of(number)
    return bool(groups) and any(likeness(one, groups) != "other" for one in found)


def reasons(evidence: Evidence) -> tuple[Reason, ...]:
    """The evidence in points and in words."""
    words = _words()
    return tuple(Reason(code, points, words[code]) for code, points in _points(evidence))


def _points(one: Evidence) -> Iterator[tuple[str, int]]:
    yield from _number_points(one.number, one.day)
    if one.sum == "whole" or (one.sum == "part" and one.number != "none"):
        yield f"sum_{one.sum}", POINTS[f"sum_{one.sum}"]
    if one.inn != "unknown":
        yield f"inn_{one.inn}", POINTS[f"inn_{one.inn}"]
    elif one.name >= LIKE_NAME:
        code = "name_same" if one.name >= SAME_NAME else "name_like"
        yield code, POINTS[code]
    for code in ("contract", "only", "others_named", "later"):
        if getattr(one, code):
            yield code, POINTS[code]


def _words() -> dict[str, str]:
    return {
        "number_bare": _("в назначении есть число, похожее на номер счета"),
        "number_ranged": _("номер счета попадает в названный промежуток"),
        "number_prefixed": _("номер счета стоит в назначении без слова «счет»"),
        "number_tail": _("номер счета назван без префикса и нулей"),
        "number_same": _("номер счета назван полностью"),
        "day_same": _("названа дата счета"),
        "day_other": _("рядом с номером названа другая дата"),
        "sum_whole": _("сумма равна остатку к оплате"),
        "sum_part": _("сумма меньше остатка к оплате: частичная оплата"),
        "inn_same": _("ИНН плательщика и клиента совпадают"),
        "inn_other": _("ИНН плательщика другой"),
        "name_same": _("имя плательщика то же"),
        "name_like": _("имя плательщика похоже"),
        "contract": _("назван номер договора"),
        "only": _("у клиента один открытый счет на эту сумму"),
        "others_named": _("в назначении названы и другие счета"),
        "later": _("счет выставлен позже оплаты"),
    }
