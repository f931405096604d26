"""The tables of a report as a page shows them: cells with links to what is behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from provodka.dashboards.rendering.formatting import (
    NOTHING,
    blocks_of,
    cell_text,
    percent_text,
    ratio_parts,
    shown_columns,
)
from provodka.dashboards.rendering.totals import totals_of
from provodka.dashboards.reports.behind.declared import SHOWN_ROWS
from provodka.dashboards.results import Cell, Column, Ratio, ReportResult, Table
from provodka.foundation.i18n import _

__all__ = ["MOST", "Link", "ShownCell", "ShownTable", "shown_tables"]

MOST = SHOWN_ROWS
"""A page shows so many rows of a table; a file holds all."""
Link: TypeAlias = Callable[[str, str, Mapping[str, str], Cell], str]
"""The address behind a cell: by its table, column, the row's keys and the cell; empty for none."""


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell as text; `parts` are a ratio's numerator and denominator."""

    text: str
    parts: str = ""
    left: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class ShownTable:
    """Rows in blocks under what they have in common; `left_out` says what is not shown."""

    name: str
    title: str
    context: str
    columns: tuple[Column, ...]
    blocks: tuple[tuple[str, tuple[tuple[ShownCell, ...], ...]], ...]
    totals: tuple[str, ...]
    notes: tuple[str, ...]
    left_out: str


def shown_tables(result: ReportResult, link: Link) -> tuple[ShownTable, ...]:
    """All tables of a result."""
    return tuple(_table(result, table, link) for table in result.tables)


def _table(result: ReportResult, table: Table, link: Link) -> ShownTable:
    cut = replace(table, rows=table.rows[:MOST])
    shown = shown_columns(table)
    keys = iter(table.keys or ({},) * len(table.rows))
    blocks = tuple(
        (heading, tuple(_row(result, table, row, shown, next(keys), link) for row in rows))
        for heading, rows in blocks_of(cut)
    )
    return ShownTable(
        table.name,
        table.title,
        blocks[0][0] if len(blocks) == 1 else "",
        tuple(table.columns[index] for index in shown),
        blocks,
        _totals(result, table, shown),
        table.notes,
        _left_out(table.size),
    )


def _row(
    result: ReportResult,
    table: Table,
    row: tuple[Cell, ...],
    shown: list[int],
    keys: Mapping[str, str],
    link: Link,
) -> tuple[ShownCell, ...]:
    return tuple(
        _cell(
            result, table.columns[n], row[n], link(table.name, table.columns[n].key, keys, row[n])
        )
        for n in shown
    )


def _cell(result: ReportResult, column: Column, cell: Cell, href: str) -> ShownCell:
    left = column.kind == "text"
    if isinstance(cell, Ratio) and cell.value is not None:
        return ShownCell(percent_text(cell), ratio_parts(cell), href=href)
    return ShownCell(cell_text(cell, result.query.zone) or NOTHING, left=left, href=href)


def _totals(result: ReportResult, table: Table, shown: list[int]) -> tuple[str, ...]:
    totals = totals_of(table)
    if not totals:
        return ()
    texts = (cell_text(totals[index], result.query.zone) for index in shown[1:])
    return (_("Всего"), *(text.replace(NOTHING, "") for text in texts))


def _left_out(rows: int) -> str:
    if rows <= MOST:
        return ""
    said = _("Показаны первые {most} строк из {rows}; все — в файле.")
    return said.format(most=MOST, rows=rows)
