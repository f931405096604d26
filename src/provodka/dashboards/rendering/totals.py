"""Sums down the columns where a sum means something."""

from __future__ import annotations

from decimal import Decimal

from provodka.dashboards.results import Cell, Table

__all__ = ["totals_of"]


def totals_of(table: Table) -> tuple[Cell, ...]:
    """One cell per column, `None` where there is no total; empty if there is nothing to add up.

    A single row needs no total.
    """
    if table.sums:
        return table.sums
    if len(table.rows) < 2 or not any(column.total for column in table.columns):
        return ()
    return tuple(
        _sum(tuple(row[index] for row in table.rows)) if column.total else None
        for index, column in enumerate(table.columns)
    )


def _sum(cells: tuple[Cell, ...]) -> Cell:
    numbers = [cell for cell in cells if isinstance(cell, int | Decimal)]
    return sum(numbers, start=0)
