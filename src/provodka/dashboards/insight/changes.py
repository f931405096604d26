"""Journal deltas told field by field: what it was, what it became."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from provodka.connectors.crm_store.journal import Delta

__all__ = ["Entry", "FieldChange", "folded", "whole_op"]

UNTOLD = frozenset({"id", "created_at", "line"})
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field; `None` on a side means empty or not there."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One changed row: the document itself, or line `line` of its tabular section `part`."""

    part: str
    line: int | None
    op: str
    fields: tuple[FieldChange, ...]


def folded(deltas: Iterable[Delta]) -> tuple[Entry, ...]:
    """The net effect of deltas of one document, in their order; what came and went is left out.

    A new row tells its filled fields, a row that is gone what it held.
    """
    ends: dict[tuple[str, int | None], tuple[Row | None, Row | None]] = {}
    owners: dict[str, str] = {}
    for delta in deltas:
        owners[delta.part] = f"{delta.kind}_id"
        for line, before, after in _rows(delta):
            first = ends.get((delta.part, line), (before, None))[0]
            ends[(delta.part, line)] = (first, after)
    return tuple(
        Entry(part, line, _op(before, after), _fields(before, after, owners[part] if part else ""))
        for (part, line), (before, after) in ends.items()
        if before != after
    )


def whole_op(entries: Iterable[Entry]) -> str:
    """What happened to the document as a whole: `insert`, `update` or `delete`."""
    own = next((entry for entry in entries if entry.part == ""), None)
    if own is None:
        return "update"
    buried = any(field.field == "deleted_at" and field.after for field in own.fields)
    return "delete" if buried else own.op


def _rows(delta: Delta) -> Iterator[tuple[int | None, Row | None, Row | None]]:
    if not delta.part:
        yield None, delta.before, delta.after
        return
    before = {row["line"]: row for row in delta.before or ()}
    after = {row["line"]: row for row in delta.after or ()}
    for line in sorted(before.keys() | after.keys()):
        yield line, before.get(line), after.get(line)


def _op(before: Row | None, after: Row | None) -> str:
    if before is None:
        return "insert"
    return "delete" if after is None else "update"


def _fields(before: Row | None, after: Row | None, owner: str) -> tuple[FieldChange, ...]:
    was, now = before or {}, after or {}
    names = [*now, *(name for name in was if name not in now)]
    return tuple(
        FieldChange(name, was.get(name), now.get(name))
        for name in names
        if name not in UNTOLD and name != owner and was.get(name) != now.get(name)
    )
