"""`/reports/<name>/documents`: the documents behind one number of a report, as many as it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from provodka.connectors.crm_store import audit
from provodka.dashboards.reports.answer_store import fingerprint
from provodka.dashboards.reports.behind.declared import OWN, Behind, behind_of
from provodka.dashboards.reports.long_questions import unless_long
from provodka.dashboards.reports.report_columns import count
from provodka.dashboards.results import Cell, Column, ReportResult
from provodka.dashboards.web.pages.answers import Answer, Shown
from provodka.dashboards.web.pages.declaring import Page
from provodka.dashboards.web.pages.reports.asking import Asked, asked_of
from provodka.dashboards.web.pages.reports.periods import instant_of
from provodka.dashboards.web.pages.reports.shelf import SHELF, Shelved
from provodka.dashboards.web.pages.reports.tables import Link, shown_tables
from provodka.dashboards.web.pages.visit import Visit
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from provodka.dashboards.reports.behind.finding import Found

__all__ = ["KEY", "MOST_IN_A_FILE", "linked", "pages"]

KEY = "k."
"""Before the name of a row's key in an address."""
AT = "at"
"""The instant that the number was counted as of."""
MOST_IN_A_FILE = 10_000
FILES = ("csv", "xlsx")


def pages() -> tuple[Page, ...]:
    """The documents of every report, and their files."""
    return tuple(page for one in SHELF for page in _pages(one))


def _pages(one: Shelved) -> tuple[Page, ...]:
    name = f"report_{one.name}_documents"
    path = f"{one.path}/documents"
    return (
        Page(path, name, one.title, one.roles, partial(show, one), seen=audit.SAW),
        Page(
            f"{path}/export",
            f"{name}_export",
            one.title,
            one.roles,
            partial(send, one),
            seen=audit.EXPORTED,
        ),
    )


def linked(asked: Asked, at: datetime) -> Link:
    """Where each cell of this question's tables leads: see `tables.Link`.

    `at` is the instant that the tables show: their documents are found as of the same one.
    """

    def link(table: str, column: str, keys: Mapping[str, str], cell: Cell) -> str:
        behind = behind_of(asked.report.name, table)
        if behind is not None and behind.has(column, cell) and keys:
            own = {f"{KEY}{name}": keys[name] for name in behind.keys if keys.get(name)}
            place = {"table": table, "column": column, AT: at.isoformat()}
            return asked.link("/documents", **place, **own)
        return _own(asked.report.name, table, column, keys, asked)

    return link


def show(shelved: Shelved, visit: Visit) -> Answer:
    """The first of them, how many there are in all, and what they come to."""
    from provodka.dashboards.rendering.formatting import period_text
    from provodka.dashboards.reports.behind.kept import MOST_PAPERS
    from provodka.dashboards.web.pages.reports.behind.naming import chosen_of

    number, found = _found(shelved, visit, MOST_PAPERS)
    asked, result = number.asked, number.result(visit, found)
    words = {name: value for name, value in visit.query.items() if name[:2] == KEY and value}
    words |= {"table": number.table, "column": number.column, AT: visit.query.get(AT, "")}
    context = {
        "asked": asked,
        "result": result,
        "whole": found.whole,
        "total": found.total if number.sums else None,
        "most": MOST_PAPERS,
        "in_file": MOST_IN_A_FILE,
        "back": asked.link(),
        "period": period_text(result),
        "chosen": chosen_of(visit, asked, number.keys),
        "files": {one: asked.link("/documents/export", format=one, **words) for one in FILES},
        "tables": shown_tables(result, _to_document),
    }
    return Shown("reports_documents.html.jinja", context)


def send(shelved: Shelved, visit: Visit) -> Answer:
    """The same list as a file, up to ten thousand of them."""
    from provodka.dashboards.web.pages.reports.export import file_of, format_of

    wanted = format_of(visit)
    number, found = _found(shelved, visit, MOST_IN_A_FILE)
    return file_of(number.result(visit, found), wanted)


@dataclass(frozen=True, slots=True)
class Number:
    """The number that was clicked: of which question, in which table, row and column."""

    asked: Asked
    behind: Behind
    table: str
    column: str
    keys: Mapping[str, str]

    @property
    def kind(self) -> str:
        """What the documents are."""
        return self.behind.kind_of(self.column, self.keys, self.asked.query)

    @property
    def counted(self) -> Column:
        """The column; the bar before the first stage stands for the cohort and has none."""
        for column in self.asked.report.columns.get(self.table, ()):
            if column.key == self.column:
                return column
        return count(self.column, _("Создано"), _("Созданы за период"))

    @property
    def sums(self) -> bool:
        """Whether the number is a sum of its documents, not their count alone."""
        return self.counted.kind in ("money", "number")

    def result(self, visit: Visit, found: Found) -> ReportResult:
        """The documents as a table."""
        from provodka.dashboards.web.pages.reports.behind.telling import told

        return told(visit, self.asked, self.counted, self.kind, found)


def _found(shelved: Shelved, visit: Visit, most: int) -> tuple[Number, Found]:
    """The number that an address names and its documents: as they were kept, or found now."""
    from provodka.dashboards.reports.behind.finding import find
    from provodka.dashboards.reports.behind.kept import is_awaited

    asked = asked_of(visit, shelved)
    number = _wanted(_as_counted(asked, visit), visit)
    kept = _kept(asked, number, visit, most)
    if kept:
        return number, kept
    title = _("Список за числом отчета «{title}»").format(title=asked.report.title)
    awaited = is_awaited(visit.connection, asked.report.name, fingerprint(asked.query))
    with unless_long(visit.connection, title, awaited=awaited):
        query = number.asked.query
        found = find(visit.connection, number.behind, query, number.column, number.keys, most)
    return number, found


def _kept(asked: Asked, number: Number, visit: Visit, most: int) -> Found | None:
    """The list beside the answer that the number stands in, if it holds as many as are wanted."""
    from provodka.dashboards.reports.behind.kept import MOST_PAPERS, kept_list

    at = instant_of(visit.query.get(AT), visit.backdrop.zone)
    if at is None:
        return None
    answer = asked.report.name, fingerprint(asked.query), at
    place = number.column, number.keys
    found = kept_list(visit.connection, number.behind, answer, number.table, place)
    return found if found and (most <= MOST_PAPERS or found.whole == len(found.papers)) else None


def _as_counted(asked: Asked, visit: Visit) -> Asked:
    """The question as of the instant of the number, though more has become known since."""
    at = instant_of(visit.query.get(AT), visit.backdrop.zone)
    return replace(asked, query=replace(asked.query, as_of=at)) if at else asked


def _wanted(asked: Asked, visit: Visit) -> Number:
    table, column = visit.query.get("table", ""), visit.query.get("column", "")
    behind = behind_of(asked.report.name, table)
    hidden = asked.narrowed is not None and asked.narrowed.hides(asked.report, table)
    if behind is None or column not in behind.columns or hidden:
        raise ConfigurationError(
            asked.report.title,
            found=_("за числом «{table}.{column}» документов нет").format(
                table=table, column=column
            ),
            expected=_("число из таблицы отчета"),
            next_step=_("вернитесь к отчету и выберите число"),
            code="unknown_number",
        )
    keys = {name: _plain(visit.query.get(f"{KEY}{name}", "")) for name in behind.keys}
    return Number(asked, behind, table, column, keys)


def _plain(value: str) -> str:
    return "".join(sign for sign in value if sign.isprintable())


def _own(report: str, table: str, column: str, keys: Mapping[str, str], asked: Asked) -> str:
    """The page of the document that a row is, from the column that names it."""
    if report == "abc_xyz" and table == "classes":
        kind, key = "client" if asked.query.by == "client" else "product", keys.get("key", "")
        return document_path(kind, key) if column == "name" else ""
    kind, name = OWN.get((report, table), ("", ""))
    if not kind or column not in NAMING or not keys.get(name):
        return ""
    if table == "goods" and column != kind.replace("product", "item"):
        return ""
    return document_path(kind, keys[name])


NAMING = frozenset({"number", "subject", "client", "item", "name"})
"""Columns that name the document of a row."""


def document_path(kind: str, key: str) -> str:
    """The address of a document's own page; empty without a key."""
    return f"/documents/{quote(kind, safe='')}/{quote(key, safe='')}" if key else ""


def _to_document(kind: str, column: str, keys: Mapping[str, str], _cell: Cell) -> str:
    """In a list of documents the table is named after their kind."""
    return document_path(kind, keys.get("document", "")) if column == "number" else ""
