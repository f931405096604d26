"""Ask the report tables a question as of an instant: dimensions, filters, names, statements.

A statement of `sql/` reads facts with one column per dimension and writes `$group` where the
breakdown's value belongs and `$wanted` where the filters do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, TextClause, or_, select, text

from provodka.connectors.crm_store.tables.report_versions import VERSIONS
from provodka.dashboards.reports import stage_visit
from provodka.dashboards.reports.as_of import read_whole
from provodka.dashboards.reports.as_then import as_then
from provodka.dashboards.reports.namesakes import named_table, namesakes
from provodka.dashboards.reports.working_time import expanded
from provodka.dashboards.results import ReportQuery
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["GRAINS", "Dimension", "Question", "labels_of", "names_of", "question"]

SQL = Path(__file__).parent / "sql"
GRAINS = {"hour": "HH24:00", "day": "YYYY-MM-DD", "week": 'IYYY-"W"IW', "month": "YYYY-MM"}
"""Breakdowns by time, of a fact's `happened`, in the reader's zone."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """A breakdown: `kind` is the document whose name people know it by, `values` the known ones."""

    kind: str = ""
    values: tuple[str, ...] = ()


DIMENSIONS = {
    "manager": Dimension("employee"),
    "executor": Dimension("employee"),
    "operator": Dimension("employee"),
    "courier": Dimension("employee"),
    "department": Dimension("department"),
    "client": Dimension("client"),
    "item": Dimension("product"),
    "client_kind": Dimension(values=("legal_entity", "individual")),
    "direction": Dimension(values=("incoming", "outgoing", "internal")),
    "queue": Dimension(),
    "source": Dimension(),
    "scenario": Dimension("scenario"),
    "kind": Dimension(),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A question bound to an instant: `by` is among `breakdowns`, filters are keys of documents.

    `past` says that the instant was asked for and is not the newest there is.
    """

    query: ReportQuery
    at: datetime
    breakdowns: tuple[str, ...]
    filters: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    past: bool = False

    def rows(self, connection: Connection, *names: str, **more: Any) -> Sequence[Row[Any]]:
        """The rows of `sql/<name>.sql`, several joined to one statement, for this question.

        `more` are parameters of its own.
        """
        statement = _statement(names, self.breakdowns, self.filters, self.past)
        return read_whole(connection, statement, {**self.parameters, **more})

    def few(self, connection: Connection, *names: str, **more: Any) -> Sequence[Row[Any]]:
        """As `rows`, for a statement that looks single things up by indexes."""
        statement = _statement(names, self.breakdowns, self.filters, self.past)
        return connection.execute(statement, {**self.parameters, **more}).all()


def question(
    connection: Connection,
    query: ReportQuery,
    breakdowns: tuple[str, ...],
    filters: tuple[str, ...] | None = None,
) -> Question:
    """Check the question and fix its instant: not later than the report tables are complete.

    Filters are the breakdowns that are not grains of time unless named. Raises
    `ConfigurationError` for an unknown breakdown or filter, a name that no one bears, an empty
    period, or tables that were never refreshed.
    """
    allowed = tuple(name for name in breakdowns if name not in GRAINS)
    filters = allowed if filters is None else filters
    _check(query, breakdowns, filters)
    known = stage_visit.complete_until(connection)
    if known is None:
        raise ConfigurationError(
            "report",
            found=_("таблицы отчетов еще ни разу не построены"),
            expected=_("хотя бы одно обновление отчетов"),
            next_step=_("запустите provodka sync"),
            code="never_refreshed",
        )
    at = known if query.as_of is None else min(query.as_of, known)
    parameters = {
        "as_of": at,
        "since": query.since,
        "until": query.until,
        "by": query.by,
        "zone": str(query.zone),
        **{f"only_{name}": _keys(connection, name, query.where.get(name)) for name in filters},
    }
    return Question(query, at, breakdowns, filters, parameters, past=at < known)


def labels_of(connection: Connection, asked: Question, groups: set[str]) -> dict[str, str]:
    """What people call each value of the breakdown, names as of the instant."""
    by = asked.query.by or ""
    found = names_of(connection, DIMENSIONS[by].kind, asked.at, groups) if by in DIMENSIONS else {}
    known = {
        "": _("(не указано)") if by else "",
        "legal_entity": _("Юридические лица"),
        "individual": _("Физические лица"),
        "incoming": _("Входящие звонки"),
        "outgoing": _("Исходящие звонки"),
        "internal": _("Внутренние звонки"),
    }
    return {group: found.get(group) or known.get(group, group) for group in groups}


@lru_cache(maxsize=128)
def _statement(
    names: tuple[str, ...],
    breakdowns: tuple[str, ...],
    filters: tuple[str, ...],
    past: bool,
) -> TextClause:
    body = "".join((SQL / f"{name}.sql").read_text(encoding="utf-8") for name in names)
    body = as_then(body) if past else body
    cases = " ".join(f"WHEN '{one}' THEN {_value(one)}" for one in breakdowns)
    group = f"coalesce(CASE CAST(:by AS text) {cases} END, '')" if cases else "CAST('' AS text)"
    wanted = " AND ".join(
        f"(CAST(:only_{one} AS text[]) IS NULL"
        f" OR coalesce(f.{one}::text, '') = ANY (CAST(:only_{one} AS text[])))"
        for one in filters
    )
    return text(expanded(body.replace("$group", group).replace("$wanted", wanted or "true")))


def _value(name: str) -> str:
    if name in GRAINS:
        return f"to_char(f.happened AT TIME ZONE :zone, '{GRAINS[name]}')".replace(":00", "\\:00")
    return f"f.{name}::text"


def _check(query: ReportQuery, breakdowns: Sequence[str], filters: Sequence[str]) -> None:
    unknown = sorted(set(query.where) - set(filters))
    if unknown:
        raise _wrong("where", ", ".join(unknown), filters)
    if query.by is not None and query.by not in breakdowns:
        raise _wrong("by", query.by, breakdowns)
    if query.since >= query.until:
        found = _("период с {since} до {until} пуст").format(since=query.since, until=query.until)
        raise ConfigurationError(
            "report", found=found, expected=_("начало раньше конца"), code="empty_period"
        )


def _wrong(where: str, found: str, allowed: Sequence[str]) -> ConfigurationError:
    return ConfigurationError(
        f"report --{where}",
        found=found,
        expected=_("одно из: {allowed}").format(allowed=", ".join(allowed) or "—"),
        code="unknown_value",
    )


def _keys(connection: Connection, name: str, wanted: str | None) -> list[str] | None:
    """The keys of all namesakes, the keys given, parted by commas, or the plain value.

    `None` for no filter.
    """
    if wanted is None:
        return None
    dimension = DIMENSIONS[name]
    if dimension.values and wanted not in dimension.values:
        raise _wrong(f"where {name}", wanted, dimension.values)
    if not dimension.kind:
        return [wanted]
    return namesakes(connection, dimension.kind, wanted, name)


def names_of(connection: Connection, kind: str, at: datetime, keys: set[str]) -> dict[str, str]:
    """The names of documents of a kind as of an instant, by key."""
    if not kind:
        return {}
    if kind == "scenario":
        return dict(connection.execute(text("SELECT code, name FROM crm.scenario")).all())
    table, key = named_table(kind)
    query = select(key, table.c.name).where(key.in_([UUID(one) for one in keys - {""}]))
    if kind in VERSIONS:
        query = query.where(
            table.c.valid_from <= at,
            or_(table.c.valid_to.is_(None), table.c.valid_to > at),
        )
    return {str(row[0]): row[1] for row in connection.execute(query)}
