"""Tables from the rows of a statement: a cell is the row's own field unless it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from provodka.dashboards.results import Cell, Column, Table

__all__ = ["Made", "keys_of", "rounded", "tabulated"]

Made = Mapping[str, Callable[[Row[Any]], Cell]]
HUNDREDTH = Decimal("0.01")
NAMED = {
    "scenario": "scenario",
    "group": "group",
    "grp": "group",
    "stage": "stage",
    "direction": "direction",
    "basis": "basis",
    "client_kind": "client_kind",
    "field": "field",
    "reason": "reason",
    "state": "state",
    "hour": "hour",
    "day": "day",
    "deal": "document",
    "document": "document",
    "key": "key",
}
OWN = "key_"
"""What a statement calls a key that has no column of its own: `key_item`."""


def tabulated(
    name: str,
    title: str,
    columns: Iterable[Column],
    rows: Iterable[Row[Any]],
    made: Made | None = None,
    notes: tuple[str, ...] = (),
) -> Table:
    """A table with one row per row found; `made` computes the cells of columns by their keys.

    Binary floats of a statement come out as decimals of two digits. The table's `keys` are the
    rows' own.
    """
    known, making, found = tuple(columns), made or {}, tuple(rows)

    def cell(row: Row[Any], key: str) -> Cell:
        value: Cell | float = making[key](row) if key in making else getattr(row, key)
        return rounded(value) if isinstance(value, float) else value

    cells = tuple(tuple(cell(row, column.key) for column in known) for row in found)
    return Table(name, title, known, cells, notes, tuple(keys_of(row) for row in found))


def keys_of(row: Row[Any]) -> dict[str, str]:
    """What a row stands for, by the machine names of `Table.keys`; nothing is an empty text."""
    given = row._mapping
    found = {named: given[field] for field, named in NAMED.items() if field in given}
    found |= {field.removeprefix(OWN): given[field] for field in given if field.startswith(OWN)}
    return {name: "" if value is None else str(value) for name, value in found.items()}


def rounded(value: float) -> Decimal:
    """A measured length to two digits."""
    return Decimal(value).quantize(HUNDREDTH)
