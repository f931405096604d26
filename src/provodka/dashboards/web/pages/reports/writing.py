"""The part of a report's page that is its answer: written once for each answer and kind of reader.

Drawing a picture, a link for each number and a table takes more than all else of the page, and
comes out the same for as long as the answer is the same.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from provodka.dashboards.reports.answers import version_of
from provodka.dashboards.reports.catalog import distrust
from provodka.dashboards.results import ReportResult
from provodka.dashboards.web.pages.filling import fill_part
from provodka.dashboards.web.pages.reports.asking import Asked, computed
from provodka.dashboards.web.pages.reports.documents import linked
from provodka.dashboards.web.pages.visit import Visit
from provodka.dashboards.web.people.masking import sees_names, sees_personal
from provodka.foundation.i18n import language

__all__ = ["Written", "written"]


@dataclass(frozen=True, slots=True)
class Written:
    """The answer as a page shows it, and whether there is a picture in it."""

    html: Markup
    pictures: bool


def written(visit: Visit, asked: Asked) -> Written:
    """The answer, as it was written for a reader who may see as much, or written now."""
    key = _key(visit, asked)
    found: Written | None = visit.backdrop.memory.get(key) if key else None
    if found is None:
        found = _written(visit, asked, computed(visit, asked))
        if key:
            visit.backdrop.memory.put(key, found, len(found.html))
    return found


def _key(visit: Visit, asked: Asked) -> Hashable:
    """All that the text depends on; `None` for an answer that is computed each time."""
    version = version_of(visit.connection, asked.report.name, asked.query)
    if not version:
        return None
    seen = sees_names(visit.visitor), sees_personal(visit.visitor), asked.narrowed is not None
    against = distrust(visit.connection, asked.report.name)
    words = tuple(sorted(asked.given.items()))
    return version, asked.shelved.name, words, seen, against, language()


def _written(visit: Visit, asked: Asked, result: ReportResult) -> Written:
    context = _context(asked, result)
    html = fill_part("reports_answer.html.jinja", context, visit)
    return Written(html, bool(context["charts"]))


def _context(asked: Asked, result: ReportResult) -> dict[str, Any]:
    from provodka.dashboards.rendering.formatting import instant_text, period_text
    from provodka.dashboards.web.pages.reports.board import boards_of
    from provodka.dashboards.web.pages.reports.charts import charts_of
    from provodka.dashboards.web.pages.reports.matrix import heat_of
    from provodka.dashboards.web.pages.reports.tables import shown_tables

    link = linked(asked, result.as_of)
    return {
        "report": asked.report,
        "result": result,
        "period": period_text(result),
        "as_of": instant_text(result.as_of, result.query.zone),
        "brought_back": asked.query.as_of is not None and asked.query.as_of > result.as_of,
        "boards": boards_of(result, link) if result.name == "my_sales" else (),
        "heat": heat_of(result) if result.name == "abc_xyz" else None,
        "charts": charts_of(result, link),
        "tables": shown_tables(result, link),
    }
