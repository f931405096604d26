"""The key and the version that a row of 1C bears, if it is one that can be understood at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["Rows", "key_of", "keys_of", "stamp_of"]

Rows = Sequence[dict[str, Any]]


def keys_of(rows: Rows) -> list[str]:
    """The keys of those rows that have one."""
    return [key for row in rows if (key := key_of(row)) is not None]


def key_of(row: Any) -> str | None:
    """What stands for the key in a row, whatever the row is."""
    key = row.get("Ref_Key") if isinstance(row, dict) else None
    return key if isinstance(key, str) else None


def stamp_of(row: Any) -> tuple[str, str] | None:
    """The key and the version that a row tells, if it tells both and a database could hold them."""
    if not isinstance(row, dict):
        return None
    key, version = row.get("Ref_Key"), row.get("DataVersion")
    if key.__class__ is not str or version.__class__ is not str or "\0" in key + version:
        return None
    return key, version
