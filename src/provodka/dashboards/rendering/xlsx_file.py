"""A workbook as an accountant expects it: typed cells, frozen headers, filters, totals."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from provodka.dashboards.rendering.formatting import instant_text, number_text, period_text
from provodka.dashboards.rendering.totals import totals_of
from provodka.dashboards.results import Cell, Column, Ratio, ReportResult, Table
from provodka.foundation.i18n import _

__all__ = ["render_xlsx"]

FORMATS = {
    "count": "#,##0",
    "money": "#,##0.00",
    "number": "#,##0.00",
    "percent": "0.0%",
    "instant": "dd.mm.yyyy hh:mm",
    "day": "dd.mm.yyyy",
    "text": "@",
}
EXACT_DIGITS = 15
MOST_ROWS = 1_000_000
"""A sheet holds 1 048 576 lines, and its heading, total and notes want theirs."""
SHOWN = {"percent": 6, "instant": 16, "day": 10}
"""Characters of a cell whose format says how many, whatever its value."""
WIDEST, NARROWEST = 60, 9
RED = "#D63939"
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


@dataclass(frozen=True, slots=True)
class Spread:
    """One spreadsheet column: title, number format, and where its value comes from."""

    title: str
    format: str
    column: Column
    index: int
    part: str = ""

    def value(self, row: tuple[Cell, ...]) -> Cell:
        """The cell of a row that goes into this column; `None` leaves it empty."""
        cell = row[self.index]
        if not isinstance(cell, Ratio):
            return cell
        return {"": cell.value, "n": cell.numerator, "d": cell.denominator}[self.part]


def render_xlsx(result: ReportResult) -> bytes:
    """One sheet per table and one that says what the workbook shows.

    Text is always text, never a formula or a link. Sums have Russian number formats (the
    spreadsheet writes separators of its own locale) and are exact to 15 digits, what the
    format can hold; longer ones are written as text. Times are in the report's zone. The
    dates of creation are the report's instant, so that the same report is the same file.
    Totals follow the filter. A report that is not to be trusted opens on the reason why.
    """
    import xlsxwriter

    target = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(target, options) as book:
        created = result.as_of.astimezone(result.query.zone).replace(tzinfo=None)
        book.set_properties({"title": result.title, "created": created})
        for table in map(_fitting, result.tables):
            sheet = _Sheet(book, table, result.query.zone).write()
            if not result.trusted:
                sheet.set_tab_color(RED)
        _about(book, result)
    return target.getvalue()


def _fitting(table: Table) -> Table:
    """The table itself, or as much of it as a sheet holds, with the totals of all its rows."""
    if len(table.rows) <= MOST_ROWS:
        return table
    counts = {"most": number_text(MOST_ROWS), "whole": number_text(len(table.rows))}
    told = _("Первые {most} строк из {whole}; все — в CSV или Parquet.").format(**counts)
    return replace(
        table,
        rows=table.rows[:MOST_ROWS],
        notes=(told, *table.notes),
        whole=len(table.rows),
        sums=totals_of(table),
    )


class _Sheet:
    def __init__(self, book: Any, table: Table, zone: tzinfo) -> None:
        self.table, self.zone = table, zone
        self.sheet = book.add_worksheet(_sheet_name(table, book))
        self.heading = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#EEF1F4"}
        )
        self.formats = {kind: book.add_format({"num_format": f}) for kind, f in FORMATS.items()}
        self.totals = {
            kind: book.add_format({"num_format": f, "bold": True, "top": 1})
            for kind, f in FORMATS.items()
        }
        self.spreads = list(_spread(table))

    def write(self) -> Any:
        """Fill the sheet; returns it."""
        rows, width = self.table.rows, len(self.spreads)
        for place, spread in enumerate(self.spreads):
            self.sheet.write_string(0, place, spread.title, self.heading)
            self.sheet.set_column(place, place, self._width(spread))
        for line, row in enumerate(rows, 1):
            self._line(line, row, self.formats)
        self.sheet.freeze_panes(1, 1)
        if rows:
            self.sheet.autofilter(0, 0, len(rows), width - 1)
        totals = totals_of(self.table)
        if totals:
            self._total(len(rows) + 1, (_("Всего"), *totals[1:]))
        for offset, note in enumerate(self.table.notes):
            self.sheet.write_string(len(rows) + 3 + offset, 0, note)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(0)
        return self.sheet

    def _line(self, line: int, row: tuple[Cell, ...], formats: dict[str, Any]) -> None:
        for place, spread in enumerate(self.spreads):
            _write(self.sheet, line, place, spread.value(row), formats[spread.format], self.zone)

    def _total(self, line: int, totals: tuple[Cell, ...]) -> None:
        """The last line: sums of the rows that the filter shows, as long as they are all here."""
        self._line(line, totals, self.totals)
        if self.table.sums:
            return
        for place, spread in enumerate(self.spreads):
            total = spread.value(totals)
            if isinstance(total, int | Decimal) and not _is_long(total):
                column = _letters(place)
                formula = f"=SUBTOTAL(109,{column}2:{column}{line})"
                style = self.totals[spread.format]
                self.sheet.write_formula(line, place, formula, style, total)

    def _width(self, spread: Spread) -> int:
        longest = max((_length(spread, spread.value(row)) for row in self.table.rows), default=0)
        words = max(len(word) for word in spread.title.split())
        return min(WIDEST, max(NARROWEST, longest + 3, words + 3))


def _length(spread: Spread, value: Cell) -> int:
    """How many characters a cell takes in its format."""
    if value is None or spread.format in SHOWN:
        return SHOWN.get(spread.format, 0)
    if isinstance(value, int | Decimal):
        return len(number_text(value, 0 if spread.format == "count" else 2))
    return len(str(value))


def _spread(table: Table) -> Iterable[Spread]:
    for index, column in enumerate(table.columns):
        if column.kind != "ratio":
            yield Spread(column.heading, column.kind, column, index)
            continue
        yield Spread(_("{title}, %").format(title=column.title), "percent", column, index)
        whole = "money" if _of_sums(table, index) else "count"
        for part, title in (("n", _("{title}: числитель")), ("d", _("{title}: знаменатель"))):
            yield Spread(title.format(title=column.title), whole, column, index, part)


def _letters(place: int) -> str:
    """A column's name: A, B … Z, AA …"""
    before, last = divmod(place, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


def _of_sums(table: Table, index: int) -> bool:
    ratios = [row[index] for row in table.rows]
    return any(isinstance(one, Ratio) and isinstance(one.numerator, Decimal) for one in ratios)


def _write(sheet: Any, line: int, place: int, value: Cell, style: Any, zone: tzinfo) -> None:
    if value is None or value == "":
        sheet.write_blank(line, place, None, style)
    elif isinstance(value, str):
        sheet.write_string(line, place, value, style)
    elif isinstance(value, datetime):
        local = value.astimezone(zone).replace(tzinfo=None)
        sheet.write_datetime(line, place, local, style)
    elif isinstance(value, date):
        sheet.write_datetime(line, place, value, style)
    elif isinstance(value, Ratio):
        sheet.write_string(line, place, f"{value.numerator}/{value.denominator}", style)
    else:
        _number(sheet, line, place, value, style)


def _number(sheet: Any, line: int, place: int, value: int | Decimal, style: Any) -> None:
    exact = Decimal(value)
    if _is_long(exact):
        sheet.write_string(line, place, f"{exact:f}", style)
    else:
        sheet.write_number(line, place, exact, style)


def _is_long(value: int | Decimal) -> bool:
    """Whether it is a sum with more digits than a spreadsheet can hold."""
    told = Decimal(value).as_tuple()
    money = isinstance(told.exponent, int) and -2 <= told.exponent <= 0
    return money and len(told.digits) > EXACT_DIGITS


def _sheet_name(table: Table, book: Any) -> str:
    """Excel's rules: 31 characters, none of []:*?/\\, no two alike.

    Of titles that begin alike, the later one is told by what stands behind its colon.
    """
    first, _colon, rest = (_legal(part) for part in table.title.partition(":"))
    taken = {sheet.get_name().casefold() for sheet in book.worksheets()}
    name = first[:31] or table.name
    if name.casefold() in taken and rest:
        name = f"{first.split()[0]} · {rest}"[:31]
    return name if name.casefold() not in taken else f"{name[:28]} {len(taken) + 1}"


def _legal(words: str) -> str:
    return words.translate(FORBIDDEN).strip(" '")


def _about(book: Any, result: ReportResult) -> None:
    sheet = book.add_worksheet(_("Об отчете"))
    bold, red = (book.add_format({"bold": True, **more}) for more in ({}, {"font_color": RED}))
    failing = {check.name for check in result.checks if not check.ok}
    if failing:
        failing.add(_("Доверять"))
        sheet.set_tab_color(RED)
        sheet.activate()
    query = result.query
    lines = [
        (_("Отчет"), result.title),
        (_("Период"), period_text(result)),
        (_("Данные на"), instant_text(result.as_of, query.zone)),
        (_("Доверять"), _("да") if result.trusted else _("нет: проверка не сошлась")),
        *sorted(query.where.items()),
        *((check.name, check.detail) for check in result.checks),
        *((_("Примечание"), note) for note in result.notes),
        ("", ""),
        *(
            (
                f"{table.title} · {column.title}",
                ", ".join(filter(None, (column.meaning, column.unit))),
            )
            for table in result.tables
            for column in table.columns
        ),
    ]
    for number, (name, value) in enumerate(lines):
        sheet.write_string(number, 0, name, bold)
        sheet.write_string(number, 1, value, red if name in failing else None)
    sheet.set_column(0, 0, 48)
    sheet.set_column(1, 1, 70)
