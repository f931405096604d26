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

from provodka.dashboards.reports.stage_visit import complete_until
from provodka.dashboards.reports.working_time import expanded
from provodka.dashboards.results import ReportQuery
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["BREAKDOWNS", "FILTERS", "AsOf", "group_labels", "read_whole", "settle"]

SQL = Path(__file__).parent / "sql"
BREAKDOWNS = ("manager", "department", "source", "client_kind")
FILTERS = (*BREAKDOWNS, "scenario")
NAMED = {"manager": "employee", "department": "department"}


@dataclass(frozen=True, slots=True)
class AsOf:
    """A question bound to an instant that will not change any more."""

    query: ReportQuery
    at: datetime
    parameters: Mapping[str, Any]

    def rows(self, connection: Connection, *names: str, **more: Any) -> Sequence[Row[Any]]:
        """The rows of one statement of `sql/`, computed over the visits as of the instant.

        Several names are joined to one statement; `more` are parameters of its own.
        """
        return read_whole(connection, _statement(*names), {**self.parameters, **more})


def read_whole(
    connection: Connection, statement: TextClause, given: Mapping[str, Any]
) -> Sequence[Row[Any]]:
    """All rows of a statement over intermediate results.

    The planner knows nothing of how many rows those have, and would join them one by one: it is
    told to join whole sets for this statement.
    """
    connection.execute(text("SELECT set_config('enable_nestloop', 'off', true)"))
    rows = connection.execute(statement, dict(given)).all()
    connection.execute(text("SELECT set_config('enable_nestloop', 'on', true)"))
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
        "horizon": f"{query.horizon_days} days",
        "scenario": _scenario(connection, where.get("scenario")),
        "managers": _keys(connection, "manager", where.get("manager")),
        "departments": _keys(connection, "department", where.get("department")),
        "source": where.get("source"),
        "client_kind": where.get("client_kind"),
    }
    return AsOf(query, at, parameters)


def group_labels(connection: Connection, asked: AsOf, groups: set[str]) -> dict[str, str]:
    """What people call each group: names of employees and departments as of the instant."""
    by = asked.query.by
    labels = {"": _("(не указано)") if by else ""}
    kinds = {"legal_entity": _("Юридические лица"), "individual": _("Физические лица")}
    if by in NAMED:
        labels |= _names(connection, NAMED[by], asked.at, groups - {""})
    return {group: labels.get(group) or kinds.get(group, group) for group in groups}


@lru_cache
def _statement(*names: str) -> TextClause:
    parts = [(SQL / f"{part}.sql").read_text(encoding="utf-8") for part in ("as_of", *names)]
    return text(expanded("".join(parts)))


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
    try:
        return [UUID(one) for one in wanted.split(",")]
    except ValueError:
        pass
    found = connection.execute(
        text(
            "SELECT DISTINCT document FROM hub.delta WHERE kind = :kind AND part = ''"
            " AND lower(after ->> 'name') = lower(:name)"
        ),
        {"kind": NAMED[filter], "name": wanted.strip()},
    )
    keys = list(found.scalars())
    if not keys:
        raise ConfigurationError(
            f"report --where {filter}",
            found=_("имени «{name}» нет в журнале").format(name=wanted),
            expected=_("имя, как в справочнике, или ключ"),
            code="unknown_name",
        )
    return keys


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
