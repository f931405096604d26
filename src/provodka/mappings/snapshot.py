"""The form in which a document is kept and compared: plain JSON that never lies.

100.50 and 100.5 are one number, 10:00+03:00 and 07:00Z one instant, an empty
text is nothing. Instants are cut to whole seconds, the finest that 1C keeps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from provodka.mappings import compiled

__all__ = ["canonical", "restore", "shape", "snapshot", "unshape"]

Values = Mapping[str, Any]
Parts = Mapping[str, Sequence[Mapping[str, Any]]]


def shape(values: Values, parts: Parts) -> dict[str, Any]:
    """One nested document: columns, and for each part `{"1": row, "2": row}` by `line`."""
    nested: dict[str, Any] = dict(values)
    for part, rows in parts.items():
        nested[part] = {
            str(row["line"]): {name: value for name, value in row.items() if name != "line"}
            for row in rows
        }
    return nested


def unshape(document: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """The columns and the parts of a nested document, rows in the order of `line`."""
    values = {name: value for name, value in document.items() if not isinstance(value, Mapping)}
    parts = {
        name: [{"line": int(line), **rows[line]} for line in sorted(rows, key=int)]
        for name, rows in document.items()
        if isinstance(rows, Mapping)
    }
    return values, parts


def snapshot(values: Values, parts: Parts) -> dict[str, Any]:
    """The canonical JSON-able form of a document; equal documents give equal snapshots."""
    canonised = canonical(shape(values, parts))
    return canonised if isinstance(canonised, dict) else {}


def canonical(value: Any) -> Any:
    """One value in canonical form; numbers become text without needless zeros.

    Raises `TypeError` for a float, a time without a zone, or an unknown type.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value or None
    if isinstance(value, Decimal | int):
        return _number(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): canonical(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(one) for one in value]
    raise TypeError(f"a snapshot cannot hold {type(value).__name__}")


def _number(value: Decimal | int) -> str:
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _instant(value: datetime) -> str:
    if value.tzinfo is None:
        raise TypeError("a snapshot needs a time with its zone")
    whole = value.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    return f"{whole.isoformat()}Z"


def restore(
    mapping: compiled.Mapping, stored: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """Python values of a stored snapshot: the inverse of `snapshot`, by the mapping's types.

    Columns that the mapping does not know stay as they are stored.
    """
    values, parts = unshape(stored)
    header = {pair.ours: pair for pair in mapping.pairs}
    restored = {name: _restored(header.get(name), value) for name, value in values.items()}
    rows = {}
    for part, lines in parts.items():
        pairs = _part_pairs(mapping, part)
        rows[part] = [
            {name: _restored(pairs.get(name), value) for name, value in line.items()}
            for line in lines
        ]
    return restored, rows


def _part_pairs(mapping: compiled.Mapping, part: str) -> dict[str, compiled.Pair]:
    found: dict[str, compiled.Pair] = {}
    for one in mapping.parts:
        if one.name == part:
            for section in one.sections:
                found = {pair.ours: pair for pair in section.pairs} | found
    return found


def _restored(pair: compiled.Pair | None, value: Any) -> Any:
    if pair is None or value is None:
        return value
    if pair.how in ("money", "number") or isinstance(pair.value, Decimal):
        return Decimal(value)
    if pair.how == "integer":
        return int(value)
    if pair.how == "instant":
        return datetime.fromisoformat(value)
    if pair.how == "day":
        return date.fromisoformat(value)
    if pair.how in ("reference", "composite reference"):
        return UUID(value)
    return value
