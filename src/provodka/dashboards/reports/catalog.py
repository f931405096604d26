"""Every report by its name: what it answers, its columns, how to compute it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from provodka.dashboards.reports.as_of import BREAKDOWNS, group_labels, settle
from provodka.dashboards.reports.funnel import compute_funnel
from provodka.dashboards.reports.funnel_columns import (
    balance_columns,
    cohort_columns,
    flow_columns,
    gone_columns,
    group_column,
    scenario_column,
    stage_column,
    win_columns,
)
from provodka.dashboards.reports.funnel_tables import (
    Words,
    funnel_charts,
    funnel_checks,
    funnel_tables,
)
from provodka.dashboards.results import Column, ReportQuery, ReportResult
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["Report", "reports", "run"]


@dataclass(frozen=True, slots=True)
class Report:
    """One report: its name, title, what it answers, breakdowns, and the columns of each table."""

    name: str
    title: str
    answers: str
    breakdowns: tuple[str, ...]
    columns: Mapping[str, tuple[Column, ...]]
    compute: Callable[[Connection, ReportQuery], ReportResult]


def reports() -> dict[str, Report]:
    """All reports by name, in the language of this process."""
    funnel = Report(
        "funnel",
        _("Воронка продаж"),
        _("Сколько сделок доходит до каждого этапа, где они теряются и сколько выигрывается"),
        BREAKDOWNS,
        {
            "cohort": (scenario_column(), group_column(), stage_column(), *cohort_columns(30)),
            "flow": (scenario_column(), group_column(), stage_column(), *flow_columns()),
            "wins": (scenario_column(), group_column(), *win_columns()),
            "excluded": (scenario_column(), *gone_columns()),
            "balance": (scenario_column(), stage_column(), *balance_columns()),
        },
        _funnel,
    )
    return {funnel.name: funnel}


def run(connection: Connection, name: str, query: ReportQuery) -> ReportResult:
    """Compute a report; the same query with the same `as_of` gives an equal result.

    Reads only. An `as_of` later than the last refresh is brought back to it, and the result
    says which instant it shows. Raises `ConfigurationError` for an unknown report, breakdown
    or filter, and when nothing was refreshed yet.
    """
    known = reports()
    if name not in known:
        raise ConfigurationError(
            _("отчет «{name}»").format(name=name),
            found=_("такого отчета нет"),
            expected=_("один из: {names}").format(names=", ".join(known)),
            code="unknown_report",
        )
    return known[name].compute(connection, query)


def _funnel(connection: Connection, query: ReportQuery) -> ReportResult:
    asked = settle(connection, query)
    found = compute_funnel(connection, asked)
    words = Words.of(found, group_labels(connection, asked, found.groups))
    return ReportResult(
        "funnel",
        _("Воронка продаж"),
        query,
        asked.at,
        funnel_tables(found, words, asked),
        funnel_charts(found, words),
        funnel_checks(found),
    )
