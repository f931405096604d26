"""`/reports/<name>`: the question, the picture, the tables, what the numbers mean and whether."""

from __future__ import annotations

from functools import partial
from typing import Any

from provodka.connectors.crm_store import audit
from provodka.dashboards.results import ReportResult
from provodka.dashboards.web.pages.answers import Answer, Shown
from provodka.dashboards.web.pages.declaring import Page
from provodka.dashboards.web.pages.reports.asking import Asked, asked_of, computed
from provodka.dashboards.web.pages.reports.documents import linked
from provodka.dashboards.web.pages.reports.export import FORMATS, send
from provodka.dashboards.web.pages.reports.shelf import SHELF, Shelved, beside
from provodka.dashboards.web.pages.visit import Visit

__all__ = ["pages"]


def pages() -> tuple[Page, ...]:
    """A page and its files for every report, those of the menu first."""
    return tuple(page for one in SHELF for page in _pages(one))


def _pages(one: Shelved) -> tuple[Page, ...]:
    name = f"report_{one.name}"
    return (
        Page(
            one.path,
            name,
            one.title,
            one.roles,
            partial(show, one),
            menu=one.menu,
            section="reports",
            icon=one.icon,
            seen=audit.SAW,
        ),
        Page(
            f"{one.path}/export",
            f"{name}_export",
            one.title,
            one.roles,
            partial(send, one),
            seen=audit.EXPORTED,
        ),
    )


def show(shelved: Shelved, visit: Visit) -> Answer:
    """The report as it is asked for."""
    asked = asked_of(visit, shelved)
    result = computed(visit, asked)
    return Shown("reports_report.html.jinja", _context(visit, asked, result))


def _context(visit: Visit, asked: Asked, result: ReportResult) -> dict[str, Any]:
    from provodka.dashboards.rendering.formatting import instant_text, period_text
    from provodka.dashboards.web.pages.reports.board import MOST_CARDS, boards_of
    from provodka.dashboards.web.pages.reports.charts import charts_of
    from provodka.dashboards.web.pages.reports.choices import breakdowns_of, fields_of
    from provodka.dashboards.web.pages.reports.matrix import heat_of
    from provodka.dashboards.web.pages.reports.periods import PERIODS
    from provodka.dashboards.web.pages.reports.tables import shown_tables

    link = linked(asked, result.as_of)
    return {
        "asked": asked,
        "report": asked.report,
        "result": result,
        "period": period_text(result),
        "as_of": instant_text(result.as_of, result.query.zone),
        "brought_back": asked.query.as_of is not None and asked.query.as_of > result.as_of,
        "periods": PERIODS,
        "breakdowns": breakdowns_of(asked),
        "fields": fields_of(visit.connection, asked),
        "boards": boards_of(result, link) if result.name == "my_sales" else (),
        "most_cards": MOST_CARDS,
        "heat": heat_of(result) if result.name == "abc_xyz" else None,
        "charts": charts_of(result, link),
        "tables": shown_tables(result, link),
        "family": [one for one in beside(asked.shelved) if visit.visitor.may(*one.roles)],
        "formats": FORMATS,
    }
