"""Tables from the rows of a statement: a cell is the row's own field unless it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from provodka.dashboards.results import Cell, Column, Table

__all__ = ["Made", "rounded", "tabulated"]

Made = Mapping[str, Callable[[Row[Any]], Cell]]
HUNDREDTH = Decimal("0.01")


def tabulated(
    name: str,
    title: str,
    columns: Iterable[Column],
    rows: Iterable[Row[Any]],
    made: Made | None = None,
    notes: tuple[str, ...] = (),
) -> Table:
    """A table with one row per row found; `made` computes the cells of columns by their keys.

    Binary floats of a statement come out as decimals of two digits.
    """
    known, making = tuple(columns), made or {}

    def cell(row: Row[Any], key: str) -> Cell:
        value: Cell | float = making[key](row) if key in making else getattr(row, key)
        return rounded(value) if isinstance(value, float) else value

    cells = tuple(tuple(cell(row, column.key) for column in known) for row in rows)
    return Table(name, title, known, cells, notes)


def rounded(value: float) -> Decimal:
    """A measured length to two digits."""
    return Decimal(value).quantize(HUNDREDTH)
