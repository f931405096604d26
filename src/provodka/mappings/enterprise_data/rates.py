"""Rates of VAT: a name in version 1.8 of the format, a structure in 1.21, a name in the mappings.

A version that has no name for a rate leaves it out (1.8 knows no 22 %); the rate is then told by
the sums, as far as they leave no doubt.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from provodka.mappings.vat import RATES, vat_of

__all__ = ["element_of", "kind_of", "rate_of", "told_by_sums"]

KINDS = {
    "НДС10": "Пониженная",
    "НДС10_110": "ПониженнаяРасчетная",
    "НДС0": "Нулевая",
    "БезНДС": "БезНДС",
    "НДС20_120": "ОбщаяРасчетная",
    "НДС22_122": "ОбщаяРасчетная",
}
ORDINARY = ("vat22", "vat20", "vat10")
LEAST = Decimal("0.05")
"""Below this tax several rates give the same kopecks."""


def rate_of(said: Any) -> str:
    """The member of `СтавкиНДС` that an element tells: `НДС22`; empty when it tells none."""
    if said is None:
        return ""
    if isinstance(said, str):
        return said
    if said["НеОблагается"] or said["ВидСтавки"] == "БезНДС":
        return "БезНДС"
    percent = said.get("Ставка", Decimal(0))
    whole = int(percent)
    if whole != percent:
        return f"НДС{percent}"
    return f"НДС{whole}_{100 + whole}" if said["РасчетнаяСтавка"] else f"НДС{whole}"


def told_by_sums(amount: Decimal | None, tax: Decimal | None) -> str:
    """The member whose tax on an amount, within or on top, is exactly this; empty in doubt."""
    if not tax:
        return "БезНДС"
    if amount is None or tax < LEAST:
        return ""
    fitting = {
        RATES[rate].enum
        for rate in ORDINARY
        for included in (True, False)
        if vat_of(amount, rate, included=included) == tax
    }
    return fitting.pop() if len(fitting) == 1 else ""


def kind_of(said: Any) -> str:
    """The member of `ВидыСтавокНДС` of an item: `Общая`; empty when the element tells none."""
    if isinstance(said, Mapping):
        return str(said["ВидСтавки"]).removesuffix("Расчетная")
    rate = rate_of(said)
    return KINDS.get(rate, "Общая").removesuffix("Расчетная") if rate else ""


def element_of(rate: str, *, structure: bool) -> Any:
    """The element for a member of `СтавкиНДС`: a structure since 1.21, its name before."""
    if not structure:
        return rate
    percent, _line, base = rate.removeprefix("НДС").partition("_")
    return {
        "Ставка": Decimal(percent) if percent.isdigit() else Decimal(0),
        "РасчетнаяСтавка": bool(base),
        "НеОблагается": rate == "БезНДС",
        "ВидСтавки": KINDS.get(rate, "Общая"),
    }
