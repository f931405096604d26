"""A report in a terminal: tables with lines, bars of characters.

A table that is too wide goes on below itself, its rows named again, rather than lose a word.
"""

from __future__ import annotations

import io
import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable
from rich.text import Text

from provodka.dashboards.rendering.formatting import (
    FIXED,
    blocks_of,
    cell_text,
    instant_text,
    number_text,
    percent_text,
    period_text,
    shown_columns,
)
from provodka.dashboards.results import Cell, Chart, Column, Ratio, ReportResult, Table
from provodka.foundation.i18n import _

__all__ = ["print_report", "render_table"]

BAR = 30
USUAL_WIDTH = 120
GAP = 2
EDGE = 1
NAMED = 0.6
"""The most of the width that the names of rows may take in each part."""
LONE = re.compile(r"(?<=\b\w) | (?=\S$)")


def render_table(result: ReportResult, *, width: int | None = None, colour: bool = False) -> str:
    """The report as text of at most `width` columns; `colour` adds ANSI escapes.

    `width` is that of the terminal if nothing is said, and 120 where there is none.
    """
    target = io.StringIO()
    console = Console(
        file=target,
        width=width or _terminal_width(),
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        highlight=False,
    )
    print_report(result, console)
    return target.getvalue()


def _terminal_width() -> int:
    usual = (USUAL_WIDTH, 0)
    return shutil.get_terminal_size(usual).columns if sys.stdout.isatty() else USUAL_WIDTH


def print_report(result: ReportResult, console: Console) -> None:
    """Print a report onto a console, as wide as it is."""
    zone = result.query.zone
    stamp = _("Данные на {at}").format(at=instant_text(result.as_of, zone))
    console.print(f"[bold]{escape(result.title)}[/] {escape(period_text(result))}. {stamp}.")
    for chart in result.charts:
        console.print()
        console.print(_chart(chart))
    for table in result.tables:
        console.print()
        _print_table(table, result, console)
    console.print()
    for note in result.notes:
        console.print(escape(note))
    for check in result.checks:
        mark = "[green]✓[/]" if check.ok else "[bold red]✗[/]"
        console.print(f"{mark} {escape(check.name)}: {escape(check.detail)}")
    if not result.trusted:
        console.print(f"[bold red]{_('Отчету нельзя доверять: проверка не сошлась.')}[/]")


def _chart(chart: Chart) -> RichTable:
    grid = RichTable.grid(padding=(0, 2))
    grid.title = escape(chart.title)
    grid.title_justify = "left"
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, width=BAR)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    widest = max((bar.value for bar in chart.bars), default=0)
    for bar in chart.bars:
        length = round(BAR * bar.value / widest) if widest else 0
        drawn = "█" * max(length, 1 if bar.value else 0)
        colour = "green" if bar.won else "blue"
        share = percent_text(bar.ratio) if bar.ratio else ""
        grid.add_row(escape(bar.label), f"[{colour}]{drawn}[/]", number_text(bar.value), share)
    return grid


def _print_table(table: Table, result: ReportResult, console: Console) -> None:
    if not table.rows:
        console.print(f"[bold]{escape(table.title)}[/]")
        console.print(_("Нет данных за этот период."))
    else:
        _print_rows(table, result, console)
    for line in table.notes:
        console.print(f"[dim]{escape(line)}[/]")


def _print_rows(table: Table, result: ReportResult, console: Console) -> None:
    blocks = blocks_of(table)
    title = table.title
    if len(blocks) == 1 and blocks[0][0]:
        title, blocks = f"{title}. {blocks[0][0]}", [("", blocks[0][1])]
    widths = _widths(table, result, console.width)
    for part in _parts(table, widths, console.width):
        drawn = _frame(title, [(table.columns[n], widths[n]) for n in part])
        for heading, rows in blocks:
            if heading:
                drawn.add_section()
                drawn.add_row(f"[bold]{escape(heading)}[/]")
            for row in rows:
                drawn.add_row(*(_cell(table.columns[n], row[n], result) for n in part))
        console.print(drawn)
        title = _("{title} (продолжение)").format(title=table.title)


def _frame(title: str, columns: Sequence[tuple[Column, int]]) -> RichTable:
    """A table without rows; columns come with their widths."""
    drawn = RichTable(
        title=escape(title),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 0, 0, 1),
    )
    for column, width in columns:
        left = column.kind == "text"
        drawn.add_column(
            escape(column.heading),
            justify="left" if left else "right",
            width=width,
            overflow="fold",
        )
    return drawn


def _widths(table: Table, result: ReportResult, room: int) -> dict[int, int]:
    """The width of each column shown: natural if all fit, else as narrow as words allow."""
    natural, narrow = {}, {}
    for index in shown_columns(table):
        column = table.columns[index]
        told = [Text.from_markup(_cell(column, row[index], result)).cell_len for row in table.rows]
        content = max(told, default=0)
        natural[index] = max(content, cell_len(column.heading))
        narrow[index] = max(content, *map(cell_len, LONE.sub(FIXED, column.heading).split(" ")))
        if column.kind == "text":
            narrow[index] = min(narrow[index], room * 2 // 5)
    return natural if _taken(natural.values()) <= room else narrow


def _parts(table: Table, widths: Mapping[int, int], room: int) -> list[list[int]]:
    """Columns for as many tables as it takes; what names the rows stands in each."""
    shown = list(widths)
    names = list(takewhile(lambda index: table.columns[index].kind == "text", shown))
    if _taken(widths[index] for index in names) > room * NAMED:
        names = names[:1]
    parts: list[list[int]] = [list(names)]
    for index in shown[len(names) :]:
        tried = [*parts[-1], index]
        if len(parts[-1]) > len(names) and _taken(widths[n] for n in tried) > room:
            parts.append([*names, index])
        else:
            parts[-1] = tried
    return parts


def _taken(widths: Iterable[int]) -> int:
    """How wide a table of such columns is, its edges included."""
    return EDGE + sum(width + GAP for width in widths)


def _cell(column: Column, cell: Cell, result: ReportResult) -> str:
    if isinstance(cell, Ratio) and cell.value is not None:
        parts = f"{cell.numerator}/{cell.denominator}"
        return f"{percent_text(cell)} [dim]{parts}[/]"
    text = cell_text(cell, result.query.zone)
    return escape(text) if column.kind == "text" else text
