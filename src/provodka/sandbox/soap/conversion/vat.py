"""VAT rates: an enumeration in the base and in version 1.8, a structure in version 1.21."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from provodka.sandbox.soap.data import Data
from provodka.sandbox.soap.xdto import ObjectType, Package, ValueType

_LOWERED = {"НДС10", "НДС10_110"}
_KINDS = {"НДС0": "Нулевая", "БезНДС": "БезНДС"}


def _structure(rate: str) -> Data:
    percent = rate.removeprefix("НДС").partition("_")[0]
    calculated = "_" in rate
    kind = "Пониженная" if rate in _LOWERED else "Общая"
    return {
        "Ставка": Decimal(percent) if percent.isdigit() else Decimal(0),
        "РасчетнаяСтавка": calculated,
        "НеОблагается": rate == "БезНДС",
        "ВидСтавки": _KINDS.get(rate) or (f"{kind}Расчетная" if calculated else kind),
    }


def rate_out(package: Package, rate: str) -> Any:
    """A rate as the version writes it; nothing if the version has no name for it."""
    kind = package.types.get("СтавкиНДС")
    if isinstance(kind, ValueType):
        return rate if rate in kind.enumeration else None
    return _structure(rate) if rate else None


def rate_in(value: Any) -> str:
    """The base's name of a rate from either version, "" for none."""
    if not isinstance(value, dict):
        return str(value or "")
    if value.get("НеОблагается") in {"true", "1"} or value.get("ВидСтавки") == "БезНДС":
        return "БезНДС"
    percent = str(int(Decimal(value.get("Ставка", "0"))))
    calculated = value.get("РасчетнаяСтавка") in {"true", "1"}
    return f"НДС{percent}_{100 + int(percent)}" if calculated else f"НДС{percent}"


def rate_kind_in(value: Any) -> str:
    """The kind of rate of an item, from its rate in either version."""
    rate = rate_in(value)
    if rate in _LOWERED:
        return "Пониженная"
    return _KINDS.get(rate, "Общая")


def rate_kind_out(package: Package, kind: str, rate: str) -> Any:
    """An item's kind of rate as the version writes it; `rate` is the base rate of the day."""
    named = {"Пониженная": "НДС10", "Нулевая": "НДС0", "БезНДС": "БезНДС"}
    return rate_out(package, named.get(kind, rate))


def has_structure(package: Package) -> bool:
    """Whether the version writes rates as structures."""
    return isinstance(package.types.get("КлючевыеСвойстваСтавкиНДС"), ObjectType)
