"""Ask the visits a question as of an instant: parameters, statements, names of what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, TextClause, text

from provodka.dashboards.reports.namesakes import namesakes
from provodka.dashboards.reports.stage_visit import complete_until
from provodka.dashboards.reports.working_time import expanded
from provodka.dashboards.results import ReportQuery
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["BREAKDOWNS", "FILTERS", "AsOf", "group_labels", "read_whole", "settle"]

SQL = Path(__file__).parent / "sql"
ASKED = {
    "removed": "SELECT deal FROM report.stage_visit WHERE exit IN ('deleted', 'merged')",
    "": """SELECT deal FROM report.stage_visit
      WHERE entered_at >= :since AND entered_at < :until AND entered_at <= :as_of
      UNION SELECT deal FROM report.stage_visit
      WHERE visit = 1 AND deal_created_at >= :since AND deal_created_at < :until""",
}
"""Which deals a statement is about, by how its name begins; those of the period otherwise."""
SOME = "v.deal = ANY (ARRAY(SELECT deal FROM touched))"
ALL = "true"
GROUP = """coalesce(CASE :by
  WHEN 'manager' THEN v.responsible::text
  WHEN 'department' THEN v.department::text
  WHEN 'source' THEN v.source
  WHEN 'client_kind' THEN v.client_kind
END, '')"""
WANTED = """((CAST(:managers AS uuid[]) IS NULL OR v.responsible = ANY (CAST(:managers AS uuid[])))
  AND (CAST(:departments AS uuid[]) IS NULL OR v.department = ANY (CAST(:departments AS uuid[])))
  AND (CAST(:source AS text) IS NULL OR coalesce(v.source, '') = :source)
  AND (CAST(:client_kind AS text) IS NULL OR coalesce(v.client_kind, '') = :client_kind))"""
FIRST = """SELECT DISTINCT ON (subject, scenario) subject, scenario, grp, wanted
  FROM live ORDER BY subject, scenario, entered_at, deal, visit"""
WHOLE = "whole_"
"""How statements are called that are about all visits and know of no groups."""
PLAIN = "SELECT DISTINCT subject, scenario, grp, wanted FROM live"
"""First visits where all are alike: nothing is broken down, nothing left out."""
FOR_SETS = text("""SELECT set_config('enable_nestloop', 'off', true),
  set_config('work_mem', '64MB', true), set_config('jit', 'off', true)""")
FOR_ALL = text("""SELECT set_config('parallel_tuple_cost', '0.01', true),
  set_config('parallel_setup_cost', '100', true), set_config('hash_mem_multiplier', '8', true)""")
"""For statements over all visits: several processes may read them."""
AS_USUAL = text("SELECT set_config('enable_nestloop', 'on', true)")
BEGINNING = text("""SELECT least((SELECT min(entered_at) FROM report.stage_visit),
  (SELECT min(deal_created_at) FROM report.stage_visit WHERE visit = 1))""")
BREAKDOWNS = ("manager", "department", "source", "client_kind")
FILTERS = (*BREAKDOWNS, "scenario")
NAMED = {"manager": "employee", "department": "department"}


Words = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AsOf:
    """A question bound to an instant that will not change any more.

    `whole` says that its period is all that there is.
    """

    query: ReportQuery
    at: datetime
    parameters: Mapping[str, Any]
    whole: bool = False

    @property
    def plain(self) -> bool:
        """Whether nothing is broken down by what was true at an entry, or left out for it."""
        return self.query.by is None and not set(self.query.where) - {"scenario"}

    @property
    def bare(self) -> bool:
        """Whether all is asked of all deals: nothing broken down or left out, no period."""
        return self.whole and self.query.by is None and not self.query.where

    def rows(
        self, connection: Connection, *names: str, written: Words = (), **more: Any
    ) -> Sequence[Row[Any]]:
        """The rows of one statement of `sql/`, computed over the visits as of the instant.

        Several names are joined to one statement; `written` are pairs of a mark in it and what
        stands there, `more` are parameters of its own.
        """
        if names[0].startswith(WHOLE):
            connection.execute(FOR_ALL)
        statement = _statement(names, self.whole, self.plain, written)
        return read_whole(connection, statement, {**self.parameters, **more})


def read_whole(
    connection: Connection, statement: TextClause, given: Mapping[str, Any]
) -> Sequence[Row[Any]]:
    """All rows of a statement over intermediate results.

    The planner knows nothing of how many rows those have, and would join them one by one: it is
    told to join whole sets for this statement.
    """
    connection.execute(FOR_SETS)
    rows = connection.execute(statement, dict(given)).all()
    connection.execute(AS_USUAL)
    return rows


def settle(connection: Connection, query: ReportQuery) -> AsOf:
    """Check the question and fix its instant: not later than the visits are complete.

    Raises `ConfigurationError` for an unknown breakdown or filter, a name that no one bears,
    an empty period, or visits that were never refreshed.
    """
    _check(query)
    known = complete_until(connection)
    if known is None:
        raise ConfigurationError(
            "report.stage_visit",
            found=_("посещения этапов еще ни разу не построены"),
            expected=_("хотя бы одно обновление отчетов"),
            next_step=_("запустите provodka sync"),
            code="never_refreshed",
        )
    at = known if query.as_of is None else min(query.as_of, known)
    where = query.where
    parameters = {
        "as_of": at,
        "since": query.since,
        "until": query.until,
        "by": query.by,
        "horizon": f"{query.horizon_days * 24} hours",
        "scenario": _scenario(connection, where.get("scenario")),
        "managers": _keys(connection, "manager", where.get("manager")),
        "departments": _keys(connection, "department", where.get("department")),
        "source": where.get("source"),
        "client_kind": where.get("client_kind"),
    }
    beginning = connection.execute(BEGINNING).scalar()
    whole = beginning is not None and query.since <= beginning and at < query.until
    return AsOf(query, at, parameters, whole)


def group_labels(connection: Connection, asked: AsOf, groups: set[str]) -> dict[str, str]:
    """What people call each group: names of employees and departments as of the instant."""
    by = asked.query.by
    labels = {"": _("(не указано)") if by else ""}
    kinds = {"legal_entity": _("Юридические лица"), "individual": _("Физические лица")}
    if by in NAMED:
        labels |= _names(connection, NAMED[by], asked.at, groups - {""})
    return {group: labels.get(group) or kinds.get(group, group) for group in groups}


@lru_cache(maxsize=128)
def _statement(names: tuple[str, ...], whole: bool, plain: bool, written: Words) -> TextClause:
    begin = "as_of_whole" if names[0].startswith(WHOLE) else "as_of"
    body = "".join((SQL / f"{part}.sql").read_text(encoding="utf-8") for part in (begin, *names))
    about = next(asked for named, asked in ASKED.items() if names[0].startswith(named))
    marks = {
        "$asked": about,
        "$kept": "NOT MATERIALIZED" if whole else "MATERIALIZED",
        "$touched": ALL if whole else SOME,
        "$group": "CAST('' AS text)" if plain else GROUP,
        "$wanted": ALL if plain else WANTED,
        "$first": PLAIN if plain else FIRST,
        **dict(written),
    }
    for mark, stands in marks.items():
        body = body.replace(mark, stands)
    return text(expanded(body))


def _check(query: ReportQuery) -> None:
    unknown = sorted(set(query.where) - set(FILTERS))
    if unknown:
        raise _wrong("where", ", ".join(unknown), FILTERS)
    if query.by is not None and query.by not in BREAKDOWNS:
        raise _wrong("by", query.by, BREAKDOWNS)
    kind = query.where.get("client_kind")
    if kind not in (None, "legal_entity", "individual"):
        raise _wrong("where client_kind", str(kind), ("legal_entity", "individual"))
    if query.since >= query.until:
        found = _("период с {since} до {until} пуст").format(since=query.since, until=query.until)
        raise ConfigurationError(
            "report", found=found, expected=_("начало раньше конца"), code="empty_period"
        )


def _wrong(where: str, found: str, allowed: Sequence[str]) -> ConfigurationError:
    return ConfigurationError(
        f"report --{where}",
        found=found,
        expected=_("одно из: {allowed}").format(allowed=", ".join(allowed)),
        code="unknown_value",
    )


def _scenario(connection: Connection, wanted: str | None) -> str | None:
    if wanted is None:
        return None
    rows = connection.execute(text("SELECT code, name FROM crm.scenario ORDER BY code")).all()
    for code, name in rows:
        if wanted in (code, name):
            return str(code)
    raise _wrong("where scenario", wanted, [row.code for row in rows])


def _keys(connection: Connection, filter: str, wanted: str | None) -> list[UUID] | None:
    """The documents that bear a name (all namesakes), or those with the keys, parted by commas."""
    if wanted is None:
        return None
    return [UUID(key) for key in namesakes(connection, NAMED[filter], wanted, filter)]


def _names(connection: Connection, kind: str, at: datetime, keys: set[str]) -> dict[str, str]:
    rows = connection.execute(
        text(
            "SELECT DISTINCT ON (document) document::text AS key, after ->> 'name' AS name"
            " FROM hub.delta"
            " WHERE document = ANY (CAST(:keys AS uuid[])) AND kind = :kind AND part = ''"
            " AND after IS NOT NULL"
            " ORDER BY document, at <= :at DESC,"
            " CASE WHEN at <= :at THEN id END DESC, id"
        ),
        {"keys": sorted(keys), "kind": kind, "at": at},
    )
    return {row.key: row.name for row in rows}
