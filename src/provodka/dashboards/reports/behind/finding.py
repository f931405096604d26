"""Find the documents behind numbers: by the report's own facts, as of the report's instant.

A statement `reports/sql/behind_<what>.sql` follows the facts of the report and the set `number`
with a set `behind` of `nth`, `document`, `at` and `amount`: one row for each thing that a number
counts. Which row of the table is meant, `key_<name>` of `number` say, and which column, `wanted`.
All numbers of a table are found by one statement, for it is the facts that take the time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Connection, Row

from provodka.dashboards.reports.abc_xyz import given_of
from provodka.dashboards.reports.as_of import AsOf, Words, settle
from provodka.dashboards.reports.asking import Question, question
from provodka.dashboards.reports.behind.declared import SPELLS, Behind
from provodka.dashboards.reports.couriers import cutoff_of
from provodka.dashboards.reports.funnel_counted import REACHED, STOOD
from provodka.dashboards.reports.lost_clients import spells_of
from provodka.dashboards.reports.phone_calls import CALL_BACK_MINUTES
from provodka.dashboards.reports.stage_words import calendar_parameters
from provodka.dashboards.reports.task_discipline import days_of
from provodka.dashboards.results import ReportQuery

__all__ = ["KEYS", "Found", "Paper", "Place", "find", "find_all"]

KEYS = (
    *("scenario", "group", "stage", "direction", "basis", "client_kind", "field", "reason"),
    *("operator", "hour", "day", "courier", "client", "item", "key", "document"),
)
"""Every name that a row may be known by."""
STEP = "({step}, r{step}, r{before}, v{step})"
Place: TypeAlias = tuple[str, Mapping[str, str]]
"""Where a number stands in its table: the column, and what the row is known by."""


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
    """What one number of a table counts, `most` of it at the most."""
    return find_all(connection, behind, query, [(column, keys)], most)[0]


def find_all(
    connection: Connection,
    behind: Behind,
    query: ReportQuery,
    places: Sequence[Place],
    most: int,
) -> list[Found]:
    """What each of these numbers of one table counts, `most` of each at the most."""
    asked = _asked(connection, behind, query)
    more: dict[str, Any] = {**_numbers(places), "most": most}
    for name in behind.parameters:
        more |= _parameters(connection, asked, query, name)
    facts = behind.facts
    if facts == SPELLS:
        facts = spells_of(connection, query)
    if facts == ("cohort_walk",) and isinstance(asked, AsOf):
        more["written"] = _steps(connection, asked)
    rows = asked.rows(connection, *facts, "number", behind.own, "behind", **more)
    found = {row.nth: _found(row, asked.at) for row in rows}
    return [found.get(nth) or Found((), 0, None, asked.at) for nth in range(len(places))]


def _numbers(places: Sequence[Place]) -> dict[str, Any]:
    """The parameters of `number.sql`."""
    told: dict[str, Any] = {
        "nths": list(range(len(places))),
        "wanteds": [column for column, _keys in places],
    }
    return told | {f"keys_{name}": [keys.get(name, "") for _c, keys in places] for name in KEYS}


def _steps(connection: Connection, asked: AsOf) -> Words:
    """How far each deal came, step by step, for the walk and for what is behind it."""
    last = max((row.step or 0 for row in asked.rows(connection, "stages")), default=0)
    steps = range(1, max(last, 1) + 1)
    reached = (f"{REACHED}, {STOOD}".format(step=step) for step in steps)
    told = (STEP.format(step=step, before=step - 1) for step in steps)
    return ("$reached", ", ".join(reached)), ("$steps", ", ".join(told))


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


def _found(row: Row[Any], at: datetime) -> Found:
    told = zip(row.documents, row.moments, row.amounts, strict=True)
    return Found(tuple(Paper(*one) for one in told), row.whole, row.total, at)
