"""A report as one self-contained page: no scripts, nothing loaded from anywhere."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from provodka.dashboards.rendering.formatting import (
    blocks_of,
    cell_text,
    instant_text,
    percent_text,
    period_text,
    ratio_parts,
    shown_columns,
)
from provodka.dashboards.rendering.picture import NARROW, STYLE, WIDE, draw
from provodka.dashboards.rendering.totals import totals_of
from provodka.dashboards.results import Cell, Column, Ratio, ReportResult, Table
from provodka.foundation.i18n import _, language

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["render_html"]

HERE = Path(__file__).parent
MOST_CHARTS = 12


@dataclass(frozen=True, slots=True)
class PageCell:
    """A cell as the page shows it; `parts` are a ratio's numerator and denominator."""

    text: str
    parts: str = ""
    left: bool = False


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table as the page shows it: rows in blocks under what they have in common."""

    name: str
    title: str
    context: str
    columns: tuple[Column, ...]
    blocks: tuple[tuple[str, tuple[tuple[PageCell, ...], ...]], ...]
    totals: tuple[str, ...]
    notes: tuple[str, ...]


def render_html(result: ReportResult) -> str:
    """The whole page; its content security policy allows its own style sheet and nothing else."""
    css = STYLE.read_text(encoding="utf-8") + (HERE / "page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return _template().render(
        _=_,
        lang=language(),
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none';"
        " form-action 'none'",
        css=Markup(css),  # noqa: S704
        result=result,
        period=period_text(result),
        as_of=instant_text(result.as_of, result.query.zone),
        choices=_choices(result),
        charts=_charts(result),
        charts_left=_charts_left(result),
        tables=[_table(table, result) for table in result.tables],
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("page.html.jinja")


def _charts(result: ReportResult) -> list[dict[str, Markup | str]]:
    return [
        {
            "title": chart.title,
            "wide": Markup(draw(chart, WIDE)),  # noqa: S704
            "narrow": Markup(draw(chart, NARROW)),  # noqa: S704
        }
        for chart in result.charts[:MOST_CHARTS]
    ]


def _charts_left(result: ReportResult) -> str:
    left = len(result.charts) - MOST_CHARTS
    return _("Еще воронок, только в таблицах: {left}").format(left=left) if left > 0 else ""


def _choices(result: ReportResult) -> list[str]:
    """What the reader chose: filters, and an instant that had to be brought back."""
    query = result.query
    lines = [f"{name}: {value}" for name, value in sorted(query.where.items())]
    if query.as_of is not None and query.as_of > result.as_of:
        asked = instant_text(query.as_of, query.zone)
        lines.append(_("Запрошено на {asked}: позже данных еще нет").format(asked=asked))
    return lines


def _table(table: Table, result: ReportResult) -> PageTable:
    shown = shown_columns(table)
    totals = totals_of(table)
    texts = tuple(cell_text(totals[index], result.query.zone) if totals else "" for index in shown)
    blocks = tuple(
        (heading, tuple(_cells(row, shown, table, result) for row in rows))
        for heading, rows in blocks_of(table)
    )
    return PageTable(
        table.name,
        table.title,
        blocks[0][0] if len(blocks) == 1 else "",
        tuple(table.columns[index] for index in shown),
        blocks,
        (_("Всего"), *(text.replace("—", "") for text in texts[1:])) if totals else (),
        table.notes,
    )


def _cells(
    row: tuple[Cell, ...], shown: list[int], table: Table, result: ReportResult
) -> tuple[PageCell, ...]:
    return tuple(_cell(row[index], table.columns[index], result) for index in shown)


def _cell(cell: Cell, column: Column, result: ReportResult) -> PageCell:
    if isinstance(cell, Ratio) and cell.value is not None:
        return PageCell(percent_text(cell), ratio_parts(cell))
    return PageCell(cell_text(cell, result.query.zone), left=column.kind == "text")
