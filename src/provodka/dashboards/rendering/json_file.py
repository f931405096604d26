"""JSON for machines: stable keys, ISO times, sums as strings, ratios with both parts."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from provodka.dashboards.results import Cell, Ratio, ReportResult, Table

__all__ = ["render_json"]


def render_json(result: ReportResult) -> str:
    """The whole result; sums are strings, exact to the kopeck; a ratio is an object.

    A ratio's `value` is a string of at most 28 digits, or null when its denominator is 0.
    """
    query = result.query
    document = {
        "report": result.name,
        "title": result.title,
        "since": query.since.isoformat(),
        "until": query.until.isoformat(),
        "as_of": result.as_of.isoformat(),
        "by": query.by,
        "where": dict(query.where),
        "horizon_days": query.horizon_days,
        "trusted": result.trusted,
        "tables": [_table(table) for table in result.tables],
        "checks": [
            {"name": check.name, "ok": check.ok, "detail": check.detail} for check in result.checks
        ],
        "notes": list(result.notes),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _table(table: Table) -> dict[str, Any]:
    keys = [column.key for column in table.columns]
    return {
        "name": table.name,
        "title": table.title,
        "columns": [
            {
                "key": column.key,
                "title": column.title,
                "kind": column.kind,
                "meaning": column.meaning,
                "unit": column.unit,
            }
            for column in table.columns
        ],
        "rows": [dict(zip(keys, map(_value, row), strict=True)) for row in table.rows],
        "notes": list(table.notes),
    }


def _value(cell: Cell) -> Any:
    if isinstance(cell, Ratio):
        value = None if cell.value is None else str(cell.value)
        parts = {"numerator": _value(cell.numerator), "denominator": _value(cell.denominator)}
        return {"value": value, **parts}
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return cell.isoformat() if isinstance(cell, datetime | date) else cell
