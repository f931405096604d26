"""Rows of a tabular section: 1C replaces a section whole, with every column of every row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["carried_over"]

OWN = frozenset({"LineNumber", "Ref_Key"})
Row = dict[str, Any]


def carried_over(sent: Sequence[Row], stored: Any, alike: Sequence[str]) -> list[Row]:
    """The rows to send, completed with what the stored ones hold in columns that are not sent.

    Without that an accountant's own columns (accounts, cost items) would be emptied. Rows belong
    together that agree in the `alike` columns: the one in the same place first, then the first
    one left over. A row that is new here gets nothing.
    """
    left = [row for row in stored if isinstance(row, Mapping)] if isinstance(stored, list) else []
    places = range(len(left))
    used: set[int] = set()
    complete = []
    for place, row in enumerate(sent):
        order = [place, *places] if place < len(left) else list(places)
        found = next((at for at in order if at not in used and _agree(row, left[at], alike)), None)
        if found is None:
            complete.append(row)
            continue
        used.add(found)
        kept = {name: value for name, value in left[found].items() if _kept(name, row)}
        complete.append({**kept, **row})
    return complete


def _agree(sent: Mapping[str, Any], stored: Mapping[str, Any], alike: Sequence[str]) -> bool:
    return all(
        str(sent.get(name)).lower() == str(stored.get(name)).lower()
        for name in alike
        if name in sent
    )


def _kept(name: str, row: Row) -> bool:
    return name not in row and name not in OWN and "@" not in name
