"""The text that an answer is kept as: a result to JSON and back, exact to the kopeck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from provodka.dashboards.rendering.totals import totals_of
from provodka.dashboards.results import (
    Bar,
    Cell,
    Chart,
    Check,
    Column,
    Ratio,
    ReportQuery,
    ReportResult,
    Table,
)

__all__ = ["FIRST_ROWS", "head_of", "plain", "result_of", "text_of"]

FIRST_ROWS = 1_000
"""How many rows of each table a page has a use for."""
NUMBER, INSTANT, DAY, RATIO = "n", "t", "d", "r"


def head_of(result: ReportResult) -> ReportResult:
    """The first rows of each table, with the sums of all."""
    tables = tuple(_head(table) for table in result.tables)
    return replace(result, tables=tables)


def _head(table: Table) -> Table:
    if len(table.rows) <= FIRST_ROWS:
        return table
    return replace(
        table,
        rows=table.rows[:FIRST_ROWS],
        keys=table.keys[:FIRST_ROWS],
        whole=len(table.rows),
        sums=totals_of(table),
    )


def text_of(result: ReportResult) -> str:
    """All of a result but the question itself."""
    told = {
        "name": result.name,
        "title": result.title,
        "as_of": result.as_of.isoformat(),
        "tables": [_table(table) for table in result.tables],
        "charts": [
            {"title": chart.title, "bars": [_bar(bar) for bar in chart.bars]}
            for chart in result.charts
        ],
        "checks": [asdict(check) for check in result.checks],
        "notes": result.notes,
    }
    return msgspec.json.encode(told).decode()


def result_of(text: str, query: ReportQuery) -> ReportResult:
    """The result that a text was made of, as the answer to a question equal to its own."""
    told = msgspec.json.decode(text)
    return ReportResult(
        told["name"],
        told["title"],
        query,
        datetime.fromisoformat(told["as_of"]),
        tuple(_table_of(table) for table in told["tables"]),
        tuple(
            Chart(chart["title"], tuple(_bar_of(bar) for bar in chart["bars"]))
            for chart in told["charts"]
        ),
        tuple(Check(**check) for check in told["checks"]),
        tuple(told["notes"]),
    )


def plain(value: Any) -> Any:
    """A question's value by its contents alone, the same in every process: for its fingerprint."""
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, frozenset | set):
        return sorted((plain(one) for one in value), key=str)
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def _table(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "title": table.title,
        "columns": [asdict(column) for column in table.columns],
        "rows": [[_said(cell) for cell in row] for row in table.rows],
        "notes": table.notes,
        "keys": [dict(key) for key in table.keys],
        "whole": table.whole,
        "sums": [_said(cell) for cell in table.sums],
    }


def _table_of(told: dict[str, Any]) -> Table:
    return Table(
        told["name"],
        told["title"],
        tuple(Column(**column) for column in told["columns"]),
        tuple(tuple(map(_cell, row)) for row in told["rows"]),
        tuple(told["notes"]),
        tuple(told["keys"]),
        told["whole"],
        tuple(map(_cell, told["sums"])),
    )


def _bar(bar: Bar) -> list[Any]:
    return [bar.label, bar.value, _said(bar.ratio), bar.won]


def _bar_of(told: list[Any]) -> Bar:
    ratio = _cell(told[2])
    return Bar(told[0], told[1], ratio if isinstance(ratio, Ratio) else None, told[3])


def _said(cell: Cell) -> Any:
    """A cell that JSON has no word for is a list that begins with its kind."""
    if isinstance(cell, Ratio):
        return [RATIO, _said(cell.numerator), _said(cell.denominator)]
    if isinstance(cell, Decimal):
        return [NUMBER, str(cell)]
    if isinstance(cell, datetime):
        return [INSTANT, cell.isoformat()]
    return [DAY, cell.isoformat()] if isinstance(cell, date) else cell


def _cell(said: Any) -> Cell:
    if not isinstance(said, list):
        return said  # type: ignore[no-any-return]
    kind, *parts = said
    if kind == RATIO:
        return Ratio(*(_part(part) for part in parts))
    if kind == NUMBER:
        return Decimal(parts[0])
    return datetime.fromisoformat(parts[0]) if kind == INSTANT else date.fromisoformat(parts[0])


def _part(said: Any) -> int | Decimal:
    return Decimal(said[1]) if isinstance(said, list) else int(said)
