"""Read-back: is what 1C stored what was sent?

1C answers 200 to an unknown field and ignores it, and cuts an over-long string
without a word. So every field that was sent is looked for in what came back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from provodka.connectors.onec.odata.literals import EMPTY_DATE, EMPTY_REF
from provodka.foundation.errors import Difference

__all__ = ["MISSING", "differences"]

MISSING = "∅"
"""Stands for a field that the base did not return at all."""

EMPTY = frozenset({"", str(EMPTY_REF), EMPTY_DATE, None})


def differences(sent: Mapping[str, Any], stored: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Fields of a wire body that came back different, missing or cut.

    Rows of tabular sections are compared one by one and named as
    `Товары[2].Цена`, counted from 1. `DataVersion` and annotations are not
    compared; `LineNumber` is the row's place already.
    """
    found: list[Difference] = []
    for name, value in sent.items():
        if "@" in name or name == "DataVersion":
            continue
        back = stored.get(name, MISSING)
        if isinstance(value, list):
            found.extend(_in_rows(name, value, back))
        elif not _same(value, back):
            found.append(Difference(name, value, back))
    return tuple(found)


def _in_rows(name: str, sent: list[dict[str, Any]], stored: Any) -> list[Difference]:
    if not isinstance(stored, list):
        return [Difference(name, f"{len(sent)}", stored)]
    found = []
    if len(sent) != len(stored):
        found.append(Difference(f"{name}[]", len(sent), len(stored)))
    for number, (row, back) in enumerate(zip(sent, stored, strict=False), start=1):
        if not isinstance(back, dict):
            found.append(Difference(f"{name}[{number}]", row, back))
            continue
        for field, value in row.items():
            if field == "LineNumber":
                continue
            kept = back.get(field, MISSING)
            if not _same(value, kept):
                found.append(Difference(f"{name}[{number}].{field}", value, kept))
    return found


def _same(sent: Any, stored: Any) -> bool:
    if stored is MISSING:
        return False
    if sent is None:
        return stored in EMPTY
    if isinstance(sent, bool) or isinstance(stored, bool):
        return sent is stored
    if isinstance(sent, (Decimal, int)):
        return _number(stored) == sent
    if isinstance(sent, str) and isinstance(stored, (Decimal, int)):
        return _number(sent) == stored
    if isinstance(sent, str) and isinstance(stored, str):
        return sent == stored or _same_spelling(sent, stored)
    return bool(sent == stored)


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(value) if isinstance(value, (str, int, Decimal)) else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _same_spelling(sent: str, stored: str) -> bool:
    """Guids and dates that differ only in spelling: letter case, a fraction of zero."""
    if len(sent) == len(stored) == 36 and sent.count("-") == 4:
        return sent.lower() == stored.lower()
    if len(sent) == 19 and sent[10:11] == "T" and len(stored) > 19:
        try:
            return datetime.fromisoformat(sent) == datetime.fromisoformat(stored)
        except (ValueError, TypeError):
            return False
    return False
