"""What a report is: its words, its columns, its balances, and how it is computed and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from provodka.dashboards.results import Check, Column, ReportQuery, ReportResult

__all__ = ["Report"]


@dataclass(frozen=True, slots=True)
class Report:
    """One report, as `catalog.MODULES` lists it; texts are in the language of this process.

    `definition` says in paragraphs how each number is counted, exactly enough to count it again.
    `columns` are those of each table by its name, in order, with a breakdown chosen. `balances`
    name the checks that `compute` puts into every result. `refresh` brings the report's own
    tables up to the journal, inside the transaction of all refreshes, and returns how many rows
    it wrote; `rebuild` makes them anew. `verify` checks the whole of what is stored, for the
    catalog of reports; a report without one is verified by its refreshed base tables alone.
    `working` reports count working time or days.
    `views` are the ready-made views of schema `report` for BI tools. `reads` are the kinds of
    documents that it is computed from, all of them unless named.
    """

    name: str
    title: str
    answers: str
    breakdowns: tuple[str, ...]
    columns: Mapping[str, tuple[Column, ...]]
    compute: Callable[[Connection, ReportQuery], ReportResult]
    definition: tuple[str, ...] = ()
    balances: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    working: bool = False
    views: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    refresh: Callable[[Connection], int] | None = None
    rebuild: Callable[[Connection], int] | None = None
    verify: Callable[[Connection], Sequence[Check]] | None = None
