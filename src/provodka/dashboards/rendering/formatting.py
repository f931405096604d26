"""Numbers, sums and dates as people write them in the reader's language."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import TypeAlias

from provodka.dashboards.results import Cell, Ratio, ReportResult, Table
from provodka.foundation.i18n import _, language
from provodka.foundation.money import kopecks

__all__ = [
    "FIXED",
    "NOTHING",
    "blocks_of",
    "cell_text",
    "day_text",
    "instant_text",
    "number_text",
    "part_text",
    "percent_text",
    "period_text",
    "ratio_parts",
    "shown_columns",
]

Row: TypeAlias = tuple[Cell, ...]

NOTHING = "—"
THIN = "\u202f"
FIXED = "\u00a0"
SOURCE = "ru"


def number_text(value: int | Decimal, places: int = 0) -> str:
    """1 234 567,50: a narrow no-break space between thousands, a decimal comma, a true minus.

    In English it is 1,234,567.50.
    """
    exact = Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    written = f"{exact:,f}".replace("-", "\u2212")
    if language() != SOURCE:
        return written
    return written.replace(",", THIN).replace(".", ",")


def day_text(day: date) -> str:
    """22.11.2026; in English 2026-11-22, which nobody takes for another day."""
    return f"{day:%d.%m.%Y}" if language() == SOURCE else f"{day:%Y-%m-%d}"


def percent_text(ratio: Ratio) -> str:
    """45,5 %: one digit after the comma, halves up; a dash when there is nothing to divide by."""
    if ratio.value is None:
        return NOTHING
    return number_text(ratio.value * 100, 1) + FIXED + "%"


def ratio_parts(ratio: Ratio) -> str:
    """5 из 11: what the percentage was made of."""
    parts = {"part": part_text(ratio.numerator), "whole": part_text(ratio.denominator)}
    return _("{part} из {whole}").format(**parts).replace(" ", FIXED)


def instant_text(at: datetime, zone: tzinfo) -> str:
    """22.11.2026 14:05 in the reader's zone."""
    there = at.astimezone(zone)
    return f"{day_text(there)} {there:%H:%M}"


def part_text(part: int | Decimal) -> str:
    """A part of a ratio: a count, or a sum with its kopecks."""
    return number_text(kopecks(part), 2) if isinstance(part, Decimal) else number_text(part)


def period_text(result: ReportResult) -> str:
    """с 01.11.2026 по 30.11.2026: the last day counts; times are shown if not at midnight."""
    zone = result.query.zone
    since, until = (at.astimezone(zone) for at in (result.query.since, result.query.until))
    if any(
        (at.hour, at.minute, at.second, at.microsecond) != (0, 0, 0, 0) for at in (since, until)
    ):
        text = _("с {since} до {until}")
        ends = instant_text(since, zone), instant_text(until, zone)
    else:
        last = date.fromordinal(until.date().toordinal() - 1)
        text, ends = _("с {since} по {until}"), (day_text(since), day_text(last))
    return text.format(since=ends[0], until=ends[1])


def cell_text(cell: Cell, zone: tzinfo) -> str:
    """Any cell as text for people; a ratio with both its parts."""
    if cell is None:
        return NOTHING
    if isinstance(cell, Ratio):
        if cell.value is None:
            return NOTHING
        return f"{percent_text(cell)} ({ratio_parts(cell)})"
    if isinstance(cell, Decimal):
        return number_text(kopecks(cell), 2)
    if isinstance(cell, int):
        return number_text(cell)
    if isinstance(cell, datetime):
        return instant_text(cell, zone)
    return day_text(cell) if isinstance(cell, date) else cell


def shown_columns(table: Table) -> list[int]:
    """The columns to show to people: a context goes into headings if other text remains."""
    named = any(column.kind == "text" and not column.context for column in table.columns)
    return [n for n, column in enumerate(table.columns) if not (named and column.context)]


def blocks_of(table: Table) -> list[tuple[str, tuple[Row, ...]]]:
    """Runs of rows under one heading, what their hidden context says; empty if nothing is hidden.

    Rows of one context stand together already.
    """
    hidden = sorted(set(range(len(table.columns))) - set(shown_columns(table)))

    def heading(row: Row) -> str:
        return " · ".join(str(row[index]) for index in hidden)

    return [(said, tuple(rows)) for said, rows in groupby(table.rows, key=heading)]
