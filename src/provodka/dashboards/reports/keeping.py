"""Keep the report tables: refresh them by the journal, rebuild them, check them, say so.

`report.catalog` tells whoever reads the tables how fresh each report is, what it says and whether
it may be trusted. What a refresh has changed is checked with it; all balances of all reports once
a day, and after a rebuild.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.tables.report import catalog as catalog_table
from provodka.connectors.crm_store.tables.report_versions import VERSIONS
from provodka.dashboards.reports import answers, stage_visit, versions
from provodka.dashboards.reports.catalog import Report, reports
from provodka.dashboards.results import Check, ReportQuery
from provodka.foundation.i18n import _

__all__ = ["Compared", "check_all", "rebuild_all", "refresh_all"]

CHECKED_EVERY = timedelta(days=1)
CHECKED_DAYS = timedelta(days=92)
VERSION_CHAINS = """
SELECT count(*) FROM (
  SELECT valid_from AS since, valid_to AS until, lead(valid_from) OVER own AS following
  FROM {table} t
  WHERE CAST(:since AS bigint) IS NULL
    OR t.document IN (SELECT n.document FROM {table} n WHERE n.delta > :since)
  WINDOW own AS (PARTITION BY document ORDER BY delta)) chain
WHERE until < since OR following < until OR (until IS NULL AND following IS NOT NULL)
"""
VISIT_CHAINS = """
SELECT count(*) FROM (
  SELECT visit, entered_at, left_at, exit, lead(entered_at) OVER own AS following,
    lag(visit) OVER own AS previous
  FROM report.stage_visit
  WHERE CAST(:deals AS uuid[]) IS NULL OR deal = ANY (CAST(:deals AS uuid[]))
  WINDOW own AS (PARTITION BY deal ORDER BY visit)) chain
WHERE visit <> coalesce(previous, 0) + 1 OR left_at < entered_at OR following < left_at
  OR (left_at IS NULL) <> (exit = 'open') OR (left_at IS NULL AND following IS NOT NULL)
"""
DIFFERING = """
SELECT count(*) FROM (
  (TABLE {table} EXCEPT ALL TABLE {was}) UNION ALL (TABLE {was} EXCEPT ALL TABLE {table})) d
"""
COUNT = "SELECT count(*) FROM {table}"
NEWEST = "SELECT coalesce(max(delta), 0) FROM {table}"
UNTRUSTED = "SELECT count(*) FROM report.catalog WHERE NOT trusted"
TABLES = (
    "report.stage_visit",
    *(table.fullname for table in VERSIONS.values()),
    "report.buying_spell",
)
"""What is kept of reports; the others are computed from documents each time."""


@dataclass(frozen=True, slots=True)
class Compared:
    """How a rebuild came out: rows per table, and how many of them are not as they were."""

    rows: Mapping[str, int]
    differing: Mapping[str, int] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        """Whether the rebuilt rows are exactly those that the refreshes had made."""
        return not any(self.differing.values())


def refresh_all(connection: Connection) -> Counter[str]:
    """Bring all report tables up to the journal in the current transaction, check and publish.

    Counts `deltas` and `deals` of the stage visits, `versions`, and `untrusted` reports if any.
    """
    before = _newest(connection)
    visits = stage_visit.refresh(connection)
    followed = versions.follow(connection)
    own = sum(one.refresh(connection) for one in reports().values() if one.refresh)
    failing = _broken_visits(connection, visits.touched)
    written = {kind: before[kind] for kind, rows in followed.kinds.items() if rows}
    failing += _broken_versions(connection, written)
    _publish(connection, visits.until)
    answers.mark_stale(connection, everything=visits.reordered)
    if failing:
        _mark(connection, reports(), failing)
    counts = Counter(deltas=visits.deltas, deals=visits.deals, versions=followed.rows + own)
    return counts + Counter(untrusted=_number(connection, UNTRUSTED))


def check_all(connection: Connection, now: datetime, *, at_once: bool = False) -> Counter[str]:
    """Compute every report over the last quarter and publish whether its balances hold.

    Does nothing within a day of the last time unless told `at_once`. Counts `checked` and
    `untrusted`.
    """
    last: datetime | None = connection.execute(
        text("SELECT min(checked_at) FROM report.catalog")
    ).scalar()
    if last is not None and now - last < CHECKED_EVERY and not at_once:
        return Counter()
    chains = _broken_versions(connection, dict.fromkeys(VERSIONS))
    query = ReportQuery(now - CHECKED_DAYS, now)
    known = reports()
    for one in known.values():
        result = one.compute(connection, query)
        more = one.verify(connection) if one.verify else ()
        failing = [check for check in (*chains, *result.checks, *more) if not check.ok]
        _mark(connection, {one.name: one}, failing, checked=True)
    return Counter(checked=len(known), untrusted=_number(connection, UNTRUSTED))


def rebuild_all(connection: Connection) -> Compared:
    """Build all report tables anew in the current transaction and compare with what they were.

    The tables are first brought up to the journal. The transaction must be `REPEATABLE READ`, so
    that both readings see one journal.
    """
    refresh_all(connection)
    for table in TABLES:
        name = table.replace(".", "_")
        connection.exec_driver_sql(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS TABLE {table}")
    stage_visit.rebuild(connection)
    versions.rebuild(connection)
    for one in reports().values():
        if one.rebuild:
            one.rebuild(connection)
    differing = {table: _differing(connection, table) for table in TABLES}
    return Compared({table: _count(connection, table) for table in TABLES}, differing)


def _differing(connection: Connection, table: str) -> int:
    return _number(connection, DIFFERING.format(table=table, was=table.replace(".", "_")))


def _count(connection: Connection, table: str) -> int:
    return _number(connection, COUNT.format(table=table))


def _number(connection: Connection, statement: str, **given: Any) -> int:
    return int(connection.execute(text(statement), given).scalar_one())


def _newest(connection: Connection) -> dict[str, int]:
    """The last change that each table of versions knows."""
    statements = {kind: NEWEST.format(table=table.fullname) for kind, table in VERSIONS.items()}
    return {kind: _number(connection, statement) for kind, statement in statements.items()}


def _broken_versions(connection: Connection, since: Mapping[str, int | None]) -> list[Check]:
    """Checks that fail among documents of some kinds: all, or those changed after a place."""
    failing = {}
    for kind, place in since.items():
        name = VERSIONS[kind].fullname
        statement = VERSION_CHAINS.format(table=name)
        failing[name] = _number(connection, statement, since=place)
    name = _("Состояния документов идут подряд, без дыр и наложений")
    return [_failed(name, table, count) for table, count in failing.items() if count]


def _broken_visits(connection: Connection, deals: Iterable[UUID] | None) -> list[Check]:
    """The check of the chains of some deals, or of all of them, if it fails."""
    count = _number(connection, VISIT_CHAINS, deals=None if deals is None else list(deals))
    name = _("Посещения каждой сделки идут подряд, без дыр и наложений")
    return [_failed(name, "report.stage_visit", count)] if count else []


def _failed(name: str, table: str, count: int) -> Check:
    where = f"{table} ({count})"
    return Check(name, False, _("не сходится: {where}").format(where=where))


def _publish(connection: Connection, until: datetime) -> None:
    """What the reports are and how fresh: rows are added, never lose their trust here."""
    for one in reports().values():
        row = {**_told(one), "refreshed_at": func.now(), "complete_until": until}
        statement = insert(catalog_table).values(name=one.name, trusted=True, **row)
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=row))


def _told(one: Report) -> dict[str, Any]:
    columns = {
        table: [
            {
                "key": column.key,
                "title": column.title,
                "meaning": column.meaning,
                "unit": column.unit,
                "kind": column.kind,
            }
            for column in columns
        ]
        for table, columns in one.columns.items()
    }
    return {
        "title": one.title,
        "definition": "\n\n".join((one.answers, *one.definition)),
        "columns": columns,
        "breakdowns": list(one.breakdowns),
        "views": list(one.views),
    }


def _mark(
    connection: Connection,
    known: Mapping[str, Report],
    failing: Iterable[Check],
    *,
    checked: bool = False,
) -> None:
    why = "; ".join(f"{check.name}: {check.detail}" for check in failing)
    row: dict[str, Any] = {"trusted": not why, "why_not": why or None}
    if checked:
        row["checked_at"] = func.now()
    connection.execute(
        catalog_table.update().where(catalog_table.c.name.in_(list(known))).values(**row)
    )
