"""Bars, stacks and lines as plain options of ECharts: no functions, nothing but data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from provodka.dashboards.rendering.formatting import number_text
from provodka.dashboards.results import Cell, Ratio, Table
from provodka.dashboards.web.pages.reports.tables import Link
from provodka.foundation.i18n import _

__all__ = ["MOST_BARS", "PALETTE", "Drawing", "Entry", "bars", "columns", "entries", "lines"]

MOST_BARS = 30
PALETTE = ("#12806d", "#d9902f", "#c2503e", "#4f74c4", "#8a63b0", "#77838f", "#2f93b5")
LONGEST_LABEL, NARROW_LABEL = 170, 120
LETTER = 8
"""Pixels that a letter takes, more or less: a label has as much room as the longest name needs."""
NARROW = 480
TWO_LINES: Mapping[str, Any] = {
    "fontSize": 11,
    "lineHeight": 13,
    "height": 26,
    "overflow": "break",
    "lineOverflow": "truncate",
}
VALUE: Mapping[str, Any] = {
    "type": "value",
    "splitNumber": 4,
    "minInterval": 1,
    "axisLabel": {"hideOverlap": True},
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart with its title and its words for those who do not see it; `size` is a style."""

    title: str
    options: Mapping[str, Any]
    said: str
    size: str = "m"
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a table by the names of its columns, with the addresses behind its cells."""

    cells: Mapping[str, Cell]
    keys: Mapping[str, str]
    table: Table
    link: Link

    def number(self, column: str) -> int | Decimal:
        """A cell as a number: of a ratio its percents, nothing is nought."""
        cell = self.cells.get(column)
        if isinstance(cell, Ratio):
            return 0 if cell.value is None else round(cell.value * 100, 1)
        return cell if isinstance(cell, int | Decimal) else 0

    def href(self, column: str) -> str:
        """The address behind a cell, empty for none."""
        cell = self.cells.get(column)
        return self.link(self.table.name, column, self.keys, cell)

    def words(self, column: str) -> str:
        """A cell of text."""
        return str(self.cells.get(column) or _("(не указано)"))


@dataclass(slots=True)
class Series:
    """One colour of a picture: its name and its numbers, each with an address."""

    name: str
    column: str
    data: list[dict[str, Any]] = field(default_factory=list)


def entries(table: Table, link: Link) -> list[Entry]:
    """The rows of a table."""
    names = [column.key for column in table.columns]
    keys = table.keys or ({},) * len(table.rows)
    return [
        Entry(dict(zip(names, row, strict=True)), own, table, link)
        for row, own in zip(table.rows, keys, strict=True)
    ]


def bars(
    title: str,
    found: Sequence[Entry],
    labels: Sequence[str],
    counted: Mapping[str, str],
    *,
    stacked: bool = False,
    upright: bool = False,
    said: Mapping[int, str] | None = None,
) -> Drawing:
    """Bars of some columns (their words by their keys), one group a row.

    They lie on their side, the first row at the top, unless `upright` as time is drawn. `said` are
    labels of the bars by the row's number, else the numbers themselves are.
    """
    shown, names = list(found[:MOST_BARS]), list(labels[:MOST_BARS])
    if upright:
        shown, names = list(found[-MOST_BARS:]), list(labels[-MOST_BARS:])
    series = [
        _series(name, column, shown, stacked, upright, said) for column, name in counted.items()
    ]
    options = _upright(names, series) if upright else _lying(names, series)
    return Drawing(
        title, options, _said(title, names, series), _size(len(names), upright), _left(found)
    )


def lines(
    title: str, points: Sequence[str], named: Mapping[str, Sequence[int | Decimal | None]]
) -> Drawing:
    """One line a name over the same points; what is not known is a gap."""
    series = [
        {"name": name, "type": "line", "data": list(values), "symbolSize": 8, "step": False}
        for name, values in list(named.items())[: len(PALETTE)]
    ]
    options = {
        **_frame(series, right=24),
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": list(points), "boundaryGap": False},
        "yAxis": {"type": "value"},
    }
    left = len(named) - len(series)
    said = _("Еще линий, только в таблице: {left}").format(left=left) if left > 0 else ""
    return Drawing(title, options, _said(title, points, series), "m", said)


def columns(
    title: str, names: Sequence[str], named: Mapping[str, Sequence[int | Decimal]]
) -> Drawing:
    """Stacked columns of plain numbers over time."""
    series = [
        {
            "name": name,
            "type": "bar",
            "stack": "whole",
            "barMaxWidth": 26,
            "data": [{"value": one} for one in values],
        }
        for name, values in named.items()
    ]
    return Drawing(title, _upright(names, series), _said(title, names, series))


def _upright(names: Sequence[str], series: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        **_frame(series, right=16),
        "xAxis": {"type": "category", "data": list(names), "axisTick": {"show": False}},
        "yAxis": VALUE,
    }


def _lying(names: Sequence[str], series: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    label = {"width": _width(names, LONGEST_LABEL), "overflow": "truncate"}
    category = {"type": "category", "data": list(names), "axisTick": {"show": False}}
    narrow = {
        "xAxis": {"splitNumber": 2},
        "yAxis": {"axisLabel": {**TWO_LINES, "width": _width(names, NARROW_LABEL)}},
        "grid": {"right": 88},
    }
    return {
        **_frame(series, right=96),
        "xAxis": VALUE,
        "yAxis": {**category, "inverse": True, "axisLabel": label},
        "media": [
            {"query": {"maxWidth": NARROW}, "option": narrow},
            {"option": {"xAxis": {"splitNumber": 4}, "yAxis": {"axisLabel": label}}},
        ],
    }


def _width(names: Sequence[str], most: int) -> int:
    return min(most, LETTER * max(map(len, names), default=1))


def _frame(series: Sequence[Mapping[str, Any]], *, right: int) -> dict[str, Any]:
    several = len(series) > 1
    top = 40 if several else 12
    return {
        "color": list(PALETTE),
        "grid": {"left": 8, "right": right, "top": top, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "legend": {"top": 0, "left": 0, "show": several, "type": "scroll"},
        "series": list(series),
    }


def _series(
    name: str,
    column: str,
    found: Sequence[Entry],
    stacked: bool,
    upright: bool,
    said: Mapping[int, str] | None,
) -> dict[str, Any]:
    data = []
    for number, one in enumerate(found):
        point: dict[str, Any] = {"value": one.number(column), "href": one.href(column)}
        told = (said or {}).get(number) or _written(one.number(column))
        point["label"] = {"formatter": _harmless(told)}
        data.append(point)
    where = "top" if upright else "right"
    label = {"show": not stacked, "position": where, "textBorderWidth": 0}
    stack = {"stack": "whole"} if stacked else {}
    return {"name": name, "type": "bar", "barMaxWidth": 26, "data": data, "label": label, **stack}


def _written(number: int | Decimal) -> str:
    whole = number == int(number)
    return number_text(number, 0 if whole else 2)


def _harmless(label: str) -> str:
    """ECharts fills in braces in labels: none of what is said may be taken for them."""
    return label.replace("{", "(").replace("}", ")")


def _said(title: str, names: Sequence[str], series: Sequence[Mapping[str, Any]]) -> str:
    told = ", ".join(str(one["name"]) for one in series)
    return _("{title}: {what}; по строкам: {rows}. Те же числа — в таблице ниже.").format(
        title=title, what=told, rows=number_text(len(names))
    )


def _size(rows: int, upright: bool) -> str:
    if upright:
        return "m"
    return "s" if rows <= 3 else "m" if rows <= 10 else "l" if rows <= 18 else "xl"


def _left(found: Sequence[Entry]) -> str:
    if len(found) <= MOST_BARS:
        return ""
    said = _("На рисунке {most} строк из {rows}, остальные в таблице.")
    return said.format(most=MOST_BARS, rows=number_text(len(found)))
