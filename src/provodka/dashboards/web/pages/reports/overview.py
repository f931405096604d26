"""`/reports`: what each report answers, up to when it is complete, whether it may be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from provodka.dashboards.reports.catalog import reports
from provodka.dashboards.reports.definition import Report
from provodka.dashboards.web.pages.answers import Answer, Shown
from provodka.dashboards.web.pages.declaring import Page
from provodka.dashboards.web.pages.reports.narrowing import narrowing_of
from provodka.dashboards.web.pages.reports.shelf import READERS, SHELF, Shelved
from provodka.dashboards.web.pages.visit import Visit
from provodka.foundation.i18n import _, marked

__all__ = ["Listed", "listed", "pages"]

KEPT = text("SELECT name, complete_until, trusted, why_not FROM report.catalog")
FAMILIES = {
    "funnel": marked("Сделки"),
    "sales": marked("Продажи"),
    "work": marked("Работа"),
    "water": marked("Доставка"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A report on the list; `complete_until` is `None` before its first refresh."""

    shelved: Shelved
    title: str
    answers: str
    complete_until: datetime | None
    trusted: bool
    why_not: str
    breakdowns: tuple[str, ...]
    filters: tuple[str, ...]


def pages() -> tuple[Page, ...]:
    """The list of all reports."""
    return (
        Page(
            "/reports",
            "reports",
            marked("Отчеты"),
            READERS,
            show,
            menu=marked("Все отчеты"),
            section="reports",
            icon="report",
        ),
    )


def show(visit: Visit) -> Answer:
    """The reports that this visitor may open, by families."""
    known = listed(visit)
    families = [
        (_(title), [one for one in known if one.shelved.family == family])
        for family, title in FAMILIES.items()
    ]
    return Shown(
        "reports_list.html.jinja",
        {
            "families": [(title, found) for title, found in families if found],
            "distrusted": [one for one in known if not one.trusted],
        },
    )


def listed(visit: Visit) -> list[Listed]:
    """The reports that this visitor may open, in the order of the shelf."""
    narrowed = narrowing_of(visit.connection, visit.visitor)
    kept = {row.name: row for row in visit.connection.execute(KEPT)}
    known = reports()
    return [
        _one(one, known[one.name], kept.get(one.name))
        for one in SHELF
        if visit.visitor.may(*one.roles) and (narrowed is None or narrowed.fits(known[one.name]))
    ]


def _one(shelved: Shelved, report: Report, kept: Row[Any] | None) -> Listed:
    return Listed(
        shelved,
        report.title,
        report.answers,
        kept.complete_until if kept else None,
        kept.trusted if kept else True,
        (kept.why_not or "") if kept else "",
        report.breakdowns,
        report.filters,
    )
