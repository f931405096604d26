"""`/reports/<name>`: the question, the picture, the tables, what the numbers mean and whether."""

from __future__ import annotations

from functools import partial

from provodka.connectors.crm_store import audit
from provodka.dashboards.web.pages.answers import Answer, Shown
from provodka.dashboards.web.pages.declaring import Page
from provodka.dashboards.web.pages.reports.asking import asked_of
from provodka.dashboards.web.pages.reports.export import FORMATS, send
from provodka.dashboards.web.pages.reports.shelf import SHELF, Shelved, beside
from provodka.dashboards.web.pages.reports.writing import written
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
    from provodka.dashboards.web.pages.reports.choices import breakdowns_of, fields_of
    from provodka.dashboards.web.pages.reports.periods import PERIODS

    asked = asked_of(visit, shelved)
    context = {
        "asked": asked,
        "report": asked.report,
        "written": written(visit, asked),
        "periods": PERIODS,
        "breakdowns": breakdowns_of(asked),
        "fields": fields_of(visit, asked),
        "family": [one for one in beside(asked.shelved) if visit.visitor.may(*one.roles)],
        "formats": FORMATS,
    }
    return Shown("reports_report.html.jinja", context)
