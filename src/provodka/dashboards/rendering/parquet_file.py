"""Parquet for programs: typed columns, sums as exact decimals, meanings beside each column."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from provodka.dashboards.results import Cell, Column, Ratio, ReportResult, Table

if TYPE_CHECKING:
    import pyarrow

__all__ = ["parquet_tables", "render_parquet"]

DIGITS = 38
PLACES = {"money": 2, "number": 6, "ratio": 12}
PARTS: tuple[tuple[str, Callable[[Ratio], int | Decimal | None]], ...] = (
    ("", lambda ratio: ratio.value),
    ("_numerator", lambda ratio: ratio.numerator),
    ("_denominator", lambda ratio: ratio.denominator),
)


@dataclass(frozen=True, slots=True)
class Field:
    """One column of the file: its name, where its values come from, and how they are kept."""

    name: str
    kind: str
    column: Column
    values: tuple[Cell, ...]


def render_parquet(result: ReportResult) -> bytes:
    """The report's first table as a Parquet file; the others come from `parquet_tables`."""
    return next(iter(parquet_tables(result).values()))


def parquet_tables(result: ReportResult) -> dict[str, bytes]:
    """One Parquet file a table, by the table's name, in the report's order.

    Sums are `decimal128` to the kopeck, measures to six places, times in UTC; a ratio takes
    three columns: value, numerator, denominator. The file says which report it is, as of when,
    and whether it may be trusted; each column its title, meaning and unit.
    """
    return {table.name: _file(result, table) for table in result.tables}


def _file(result: ReportResult, table: Table) -> bytes:
    import pyarrow
    import pyarrow.parquet

    fields = [
        field
        for index, column in enumerate(table.columns)
        for field in _fields(column, tuple(row[index] for row in table.rows))
    ]
    schema = pyarrow.schema(
        [
            pyarrow.field(field.name, _type(field.kind), metadata=_said(field.column))
            for field in fields
        ],
        metadata={
            "report": result.name,
            "table": table.name,
            "title": result.title,
            "as_of": result.as_of.isoformat(),
            "since": result.query.since.isoformat(),
            "until": result.query.until.isoformat(),
            "trusted": "yes" if result.trusted else "no",
            "why_not": "; ".join(
                f"{check.name}: {check.detail}" for check in result.checks if not check.ok
            ),
        },
    )
    columns = [[_kept(value, field.kind) for value in field.values] for field in fields]
    arrays = [
        pyarrow.array(values, type=kind) for values, kind in zip(columns, schema.types, strict=True)
    ]
    target = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(arrays, schema=schema), target)
    return target.getvalue()


def _fields(column: Column, cells: tuple[Cell, ...]) -> Iterable[Field]:
    if column.kind != "ratio":
        yield Field(column.key, column.kind, column, cells)
        return
    sums = any(isinstance(one, Ratio) and isinstance(one.numerator, Decimal) for one in cells)
    for suffix, part in PARTS:
        kind = ("money" if sums else "count") if suffix else "ratio"
        values = tuple(part(one) if isinstance(one, Ratio) else None for one in cells)
        yield Field(column.key + suffix, kind, column, values)


def _type(kind: str) -> pyarrow.DataType:
    import pyarrow

    if kind in PLACES:
        return pyarrow.decimal128(DIGITS, PLACES[kind])
    plain = {
        "text": pyarrow.string(),
        "count": pyarrow.int64(),
        "instant": pyarrow.timestamp("us", tz="UTC"),
        "day": pyarrow.date32(),
    }
    return plain[kind]


def _kept(value: Cell, kind: str) -> Any:
    if value is None or kind not in PLACES:
        return value
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return exact.quantize(Decimal(1).scaleb(-PLACES[kind]))


def _said(column: Column) -> dict[str, str]:
    return {"title": column.title, "meaning": column.meaning, "unit": column.unit}
