"""The key that a row of 1C bears, if it is one that can be understood at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["Rows", "key_of", "keys_of"]

Rows = Sequence[dict[str, Any]]


def keys_of(rows: Rows) -> list[str]:
    """The keys of those rows that have one."""
    return [key for row in rows if isinstance(key := key_of(row), str)]


def key_of(row: Any) -> Any:
    """What stands for the key in a row, whatever the row is."""
    return row.get("Ref_Key") if isinstance(row, dict) else None
