"""Values for 1C that follow from the document itself, by named rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from provodka.mappings.tax_numbers import inn_is_valid, kpp_is_valid

__all__ = ["DERIVED", "Lines", "Values"]

Values = Mapping[str, Any]
Lines = Mapping[str, Sequence[Mapping[str, Any]]]


def _without_vat(_values: Values, parts: Lines) -> bool:
    lines = parts.get("lines", ())
    return bool(lines) and all(line.get("vat_rate") == "none" for line in lines)


def _inn_correct(values: Values, _parts: Lines) -> bool:
    return inn_is_valid(values.get("inn") or "")


def _kpp_correct(values: Values, _parts: Lines) -> bool:
    return kpp_is_valid(values.get("kpp") or "")


DERIVED: Mapping[str, Callable[[Values, Lines], bool]] = {
    "without_vat": _without_vat,
    "inn_correct": _inn_correct,
    "kpp_correct": _kpp_correct,
}
