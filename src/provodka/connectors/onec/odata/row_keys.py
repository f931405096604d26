"""By what the rows of a set are told apart while it is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["NAMES", "RowKeys"]

NAMES = ("Ref_Key", "Recorder", "Recorder_Type", "Recorder_Key", "LineNumber")


class RowKeys:
    """The keys of rows: their references, a recorder and a line, or else what orders them."""

    def __init__(self, order: tuple[str, ...]) -> None:
        self._order = order
        self._names: tuple[str, ...] | None = None

    def of(self, rows: Sequence[dict[str, Any]]) -> list[object] | None:
        """A key for each row; None, and from then on, where rows cannot be told apart by one."""
        if self._names is None and rows:
            self._names = self._chosen(rows[0])
        if not self._names:
            return [] if self._names is None else None
        try:
            keys = self._keys(self._names, rows)
            distinct = len(set(keys)) == len(keys)
        except (KeyError, TypeError):
            distinct = False
        if distinct:
            return keys
        self._names = ()
        return None

    def _keys(self, names: tuple[str, ...], rows: Sequence[dict[str, Any]]) -> list[object]:
        if len(names) == 1:
            return [row[names[0]] for row in rows]
        return [tuple([row[name] for name in names]) for row in rows]

    def _chosen(self, row: dict[str, Any]) -> tuple[str, ...]:
        found = tuple(name for name in NAMES if name in row)
        if found and found != ("LineNumber",):
            return found
        return self._order if all(name in row for name in self._order) else ()
