"""Find the documents behind one number: by the report's own facts, as of the report's instant.

A statement `reports/sql/behind_<what>.sql` follows the facts of the report with a set `behind` of
`document`, `at` and `amount`, one row for each thing that the number counts. Which row of the table
is meant, `:key_<name>` say, and which column, `:wanted`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from provodka.dashboards.reports.abc_xyz import given_of
from provodka.dashboards.reports.as_of import AsOf, settle
from provodka.dashboards.reports.asking import Question, question
from provodka.dashboards.reports.couriers import cutoff_of
from provodka.dashboards.reports.lost_clients import spells_of
from provodka.dashboards.reports.phone_calls import CALL_BACK_MINUTES
from provodka.dashboards.reports.stage_words import calendar_parameters
from provodka.dashboards.reports.task_discipline import days_of
from provodka.dashboards.results import ReportQuery
from provodka.dashboards.web.pages.reports.behind.declared import Behind

__all__ = ["KEYS", "Found", "Paper", "find"]

KEYS = (
    *("scenario", "group", "stage", "direction", "basis", "client_kind", "field", "reason"),
    *("operator", "hour", "day", "courier", "client", "item", "key", "document"),
)
"""Every name that a row may be known by."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One thing counted: which document, when it happened, how much it adds, if anything."""

    document: UUID
    at: datetime | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Found:
    """The first `papers` of `whole`, the newest first; `total` is the sum of all amounts."""

    papers: tuple[Paper, ...]
    whole: int
    total: Decimal | None
    at: datetime


def find(
    connection: Connection,
    behind: Behind,
    query: ReportQuery,
    column: str,
    keys: Mapping[str, str],
    most: int,
) -> Found:
    """What a number of a table counts, `most` of it at the most."""
    asked = _asked(connection, behind, query)
    given = {f"key_{name}": keys.get(name, "") for name in KEYS}
    more: dict[str, Any] = {**given, "wanted": column, "most": most}
    for name in behind.parameters:
        more |= _parameters(connection, asked, query, name)
    facts = behind.facts
    if facts == ("lost_spells",):
        facts = (spells_of(connection, query),)
    rows = asked.rows(connection, *facts, behind.own, "behind", **more)
    return _found(rows, asked.at)


def _asked(connection: Connection, behind: Behind, query: ReportQuery) -> AsOf | Question:
    if behind.breakdowns is None:
        return settle(connection, query)
    where = {name: value for name, value in query.where.items() if name in behind.filters}
    by = query.by if query.by in behind.breakdowns else None
    plain = replace(query, where=where, by=by)
    return question(connection, plain, behind.breakdowns, behind.filters)


def _parameters(
    connection: Connection, asked: AsOf | Question, query: ReportQuery, name: str
) -> dict[str, Any]:
    """What the facts have to be told besides the question."""
    if name == "calendar" and isinstance(asked, AsOf):
        return calendar_parameters(connection, asked)
    if name == "calendar":
        return days_of(query, asked.at)
    if name == "cutoff":
        return {"cutoff": cutoff_of(query)}
    if name == "back":
        return {"back": f"{CALL_BACK_MINUTES} minutes"}
    if name == "abc":
        return given_of(query)
    item_kind = query.where.get("item_kind")
    return {"scope": name, "item_kind": item_kind and item_kind.lower()}


def _found(rows: Sequence[Row[Any]], at: datetime) -> Found:
    papers = tuple(Paper(row.document, row.at, row.amount) for row in rows)
    whole, total = (rows[0].whole, rows[0].total) if rows else (0, None)
    return Found(papers, whole, total, at)
