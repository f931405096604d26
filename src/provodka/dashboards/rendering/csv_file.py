"""CSV for a Russian Excel: UTF-8 with a mark, semicolons, decimal commas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal

from provodka.dashboards.rendering.formatting import instant_text, period_text
from provodka.dashboards.rendering.spreadsheet_text import harmless
from provodka.dashboards.results import Cell, Column, Ratio, ReportResult, Table
from provodka.foundation.i18n import _

__all__ = ["render_csv"]

BOM = "\ufeff"
PERCENT = Decimal("0.01")


def render_csv(result: ReportResult) -> bytes:
    """Every table one under another, a blank line between; each begins with its title.

    A ratio takes three columns: percent with two digits, numerator, denominator. Numbers have
    no spaces between thousands, so that Excel reads them as numbers.
    """
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    zone = result.query.zone
    writer.writerow([harmless(result.title), period_text(result)])
    writer.writerow([_("Данные на"), instant_text(result.as_of, zone)])
    if not result.trusted:
        writer.writerow([_("Доверять"), _("нет: проверка не сошлась")])
    for table in result.tables:
        writer.writerow([])
        writer.writerow([harmless(table.title)])
        writer.writerow([title for column in table.columns for title in _titles(column)])
        writer.writerows(_line(table, row, zone) for row in table.rows)
        writer.writerows([harmless(note)] for note in table.notes)
    writer.writerow([])
    writer.writerows(_notices(result))
    return (BOM + target.getvalue()).encode("utf-8")


def _notices(result: ReportResult) -> Iterable[list[str]]:
    for note in result.notes:
        yield [harmless(note)]
    for check in result.checks:
        yield [_("Проверка"), harmless(check.name), harmless(check.detail)]


def _titles(column: Column) -> list[str]:
    if column.kind != "ratio":
        return [harmless(column.heading)]
    return [
        _("{title}, %").format(title=column.title),
        _("{title}: числитель").format(title=column.title),
        _("{title}: знаменатель").format(title=column.title),
    ]


def _line(table: Table, row: tuple[Cell, ...], zone: tzinfo) -> list[str]:
    return [
        text
        for column, cell in zip(table.columns, row, strict=True)
        for text in _texts(column, cell, zone)
    ]


def _texts(column: Column, cell: Cell, zone: tzinfo) -> list[str]:
    if column.kind == "ratio":
        return _ratio(cell) if isinstance(cell, Ratio) else ["", "", ""]
    return [_text(cell, zone)]


def _ratio(ratio: Ratio) -> list[str]:
    value = ratio.value
    percent = "" if value is None else (value * 100).quantize(PERCENT, rounding=ROUND_HALF_UP)
    return [str(part).replace(".", ",") for part in (percent, ratio.numerator, ratio.denominator)]


def _text(cell: Cell, zone: tzinfo) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return instant_text(cell, zone)
    if isinstance(cell, int | Decimal):
        return f"{cell:f}".replace(".", ",") if isinstance(cell, Decimal) else str(cell)
    return harmless(cell) if isinstance(cell, str) else f"{cell:%d.%m.%Y}"
