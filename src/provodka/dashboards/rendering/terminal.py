"""A report in a terminal: tables with lines, bars of characters."""

from __future__ import annotations

import io

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from provodka.dashboards.rendering.formatting import (
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


def render_table(result: ReportResult, *, width: int = 120, colour: bool = False) -> str:
    """The report as text of at most `width` columns; `colour` adds ANSI escapes."""
    target = io.StringIO()
    console = Console(
        file=target,
        width=width,
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        highlight=False,
    )
    print_report(result, console)
    return target.getvalue()


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
    shown = shown_columns(table)
    drawn = RichTable(
        title=escape(table.title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD
    )
    for index in shown:
        column = table.columns[index]
        left = column.kind == "text"
        drawn.add_column(escape(column.title), justify="left" if left else "right")
    blocks = blocks_of(table)
    for heading, rows in blocks:
        if len(blocks) > 1 and heading:
            drawn.add_section()
            drawn.add_row(f"[bold]{escape(heading)}[/]")
        for row in rows:
            drawn.add_row(*(_cell(table.columns[n], row[n], result) for n in shown))
    if len(blocks) == 1 and blocks[0][0]:
        drawn.title = escape(f"{table.title}. {blocks[0][0]}")
    console.print(drawn)
    if not table.rows:
        console.print(_("Нет данных за этот период."))
    for line in table.notes:
        console.print(f"[dim]{escape(line)}[/]")


def _cell(column: Column, cell: Cell, result: ReportResult) -> str:
    if isinstance(cell, Ratio) and cell.value is not None:
        parts = f"{cell.numerator}/{cell.denominator}"
        return f"{percent_text(cell)} [dim]{parts}[/]"
    text = cell_text(cell, result.query.zone)
    return escape(text) if column.kind == "text" else text
