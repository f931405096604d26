"""Contact information of the format into rows as the base's own section has them.

БСП writes what a person sees inside a value: as XML with the attribute `Представление`, as JSON
with `value`, or plainly (`УправлениеКонтактнойИнформацией`, SSL 3.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Any

import msgspec

__all__ = ["contact_rows"]

SHOWN = re.compile(r"""\bПредставление\s*=\s*(?:"([^"]*)"|'([^']*)')""")
LONGEST = 100_000


def contact_rows(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows with `Тип` and `Представление`; what is shown nowhere becomes an empty text."""
    return [
        {
            "Тип": _sort(row["ВидКонтактнойИнформации"]),
            "Представление": _shown(row["ЗначенияПолей"]) or _shown(row.get("Значение") or ""),
        }
        for row in rows
    ]


def _sort(kind: str) -> str:
    if "Телефон" in kind:
        return "Телефон"
    if "АдресЭлектроннойПочты" in kind:
        return "АдресЭлектроннойПочты"
    return "Адрес" if "Адрес" in kind else kind


def _shown(text: str) -> str:
    text = text.strip()[:LONGEST]
    if text.startswith("<"):
        found = SHOWN.search(text)
        return unescape(found[1] or found[2] or "") if found else ""
    if text.startswith("{"):
        return _json_value(text)
    return text


def _json_value(text: str) -> str:
    try:
        said = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return ""
    value = said.get("value") if isinstance(said, dict) else None
    return value if isinstance(value, str) else ""
