"""Fields of a nested document by name: `comment`, `address.city`, `lines.2`, `lines.2.price`.

A part is `{"1": row, "2": row}` by the line's number; any other mapping is a nested value, in
which an absent name and an empty value are one.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

__all__ = ["apply_changes", "declared_name", "is_part", "value_at", "without"]

Document = Mapping[str, Any]


def is_part(value: Mapping[str, Any]) -> bool:
    """Whether a mapping is a tabular section: rows by the numbers of their lines."""
    return all(name.isdigit() and isinstance(row, Mapping) for name, row in value.items())


def declared_name(name: str, declared: Container[str]) -> str:
    """The name under which a field is declared: `lines.2.price` → `lines.price`.

    Of a nested value, the innermost name that is declared, or the column's own.
    """
    head, *rest = name.split(".")
    part = bool(rest) and rest[0].isdigit()
    path = [head, *(rest[1:] if part else rest)]
    shortest = 2 if part and len(path) > 1 else 1
    while len(path) > shortest and ".".join(path) not in declared:
        path.pop()
    return ".".join(path)


def value_at(document: Document, name: str, default: Any = None) -> Any:
    """The value of a field, or `default` where the document has none."""
    value: Any = document
    for step in name.split("."):
        if not isinstance(value, Mapping) or step not in value:
            return default
        value = value[step]
    return value


def apply_changes(document: Document, changes: Mapping[str, Any]) -> dict[str, Any]:
    """A nested document with changes made, keys as `Reconciled.take` has them.

    A row, or a name of a nested value, whose value is None goes away. The document itself is
    left alone.
    """
    changed = _copied(document)
    for name, value in changes.items():
        *above, last = name.split(".")
        inner = changed
        for step in above:
            if not isinstance(inner.get(step), dict):
                inner[step] = {}
            inner = inner[step]
        is_cell = len(above) == 2 and above[1].isdigit()
        if value is None and above and not is_cell:
            inner.pop(last, None)
        else:
            inner[last] = _copied(value)
    return dict(changed)


def without(document: Document, name: str) -> dict[str, Any]:
    """A nested document that does not know a field, as if it had never been agreed on."""
    changed = _copied(document)
    *above, last = name.split(".")
    inner = value_at(changed, ".".join(above), {}) if above else changed
    if isinstance(inner, dict):
        inner.pop(last, None)
    return dict(changed)


def _copied(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {name: _copied(inner) for name, inner in value.items()}
