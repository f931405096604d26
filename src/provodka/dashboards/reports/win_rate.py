"""The report `wins`: how many of the closed deals are won, and of those created, by then."""

from __future__ import annotations

from sqlalchemy import Connection

from provodka.dashboards.reports.as_of import BREAKDOWNS, FILTERS, group_labels, settle
from provodka.dashboards.reports.balances import agree, nothing
from provodka.dashboards.reports.definition import Report
from provodka.dashboards.reports.funnel import WinRate
from provodka.dashboards.reports.funnel_columns import group_column, scenario_column, win_columns
from provodka.dashboards.reports.report_columns import count, ratio
from provodka.dashboards.reports.report_tables import Made, tabulated
from provodka.dashboards.results import Column, Ratio, ReportQuery, ReportResult
from provodka.foundation.i18n import _

__all__ = ["report"]


def report() -> Report:
    """The definition, in the language of this process."""
    heading = scenario_column(), group_column()
    return Report(
        "wins",
        _("Доля выигранных"),
        _("Какая доля закрытых сделок выиграна, и как стоят сделки, созданные за период"),
        BREAKDOWNS,
        {"closed": (*heading, *_closed_columns()), "cohort": (*heading, *_cohort_columns())},
        _compute,
        definition=(
            _(
                "Доля выигранных = выиграно / (выиграно + проиграно), по дате последнего"
                " закрытия: сделка, открытая снова и к дате отчета не закрытая, не считается ни"
                " выигранной, ни проигранной. Возвраты из конца посчитаны отдельно."
            ),
            _(
                "По созданным: выиграно к дате отчета из всех созданных за период, рядом — доля"
                " еще открытых. Удаленные исключены; история объединенной — у оставшейся."
            ),
        ),
        balances=_balance_names(),
        filters=FILTERS,
        views=("v_stage_visit",),
        reads=("deal", "employee", "department", "client"),
    )


def _balance_names() -> tuple[str, ...]:
    return (
        _("Выиграно и проиграно по разрезам — столько же, сколько закрыто всего"),
        _("Выиграно, проиграно и открыто вместе не больше созданных"),
    )


def _closed_columns() -> tuple[Column, ...]:
    return win_columns()[:5]


def _cohort_columns() -> tuple[Column, ...]:
    return (
        count("cohort", _("Создано"), _("Созданы за период")),
        count("cohort_won", _("Выиграно"), _("Из них выиграны к дате отчета")),
        count("cohort_lost", _("Проиграно"), _("Из них проиграны к дате отчета")),
        count("cohort_open", _("Открыто"), _("Из них открыты на дату отчета")),
        ratio("cohort_rate", _("Доля выигранных"), _("Выиграно из созданных")),
        ratio("open_share", _("Доля открытых"), _("Открытые из созданных")),
    )


def _compute(connection: Connection, query: ReportQuery) -> ReportResult:
    asked = settle(connection, query)
    rows = asked.rows(connection, "wins_told", "wins")
    names = {row.scenario: row.scenario_name for row in asked.rows(connection, "stages")}
    labels = group_labels(connection, asked, {row.group for row in rows})
    made: Made = {
        "scenario": lambda row: names.get(row.scenario, row.scenario),
        "group": lambda row: labels[row.group],
        "win_rate": lambda row: Ratio(row.won, row.won + row.lost),
        "cohort_rate": lambda row: Ratio(row.cohort_won, row.cohort),
        "open_share": lambda row: Ratio(row.cohort_open, row.cohort),
    }
    heading = (scenario_column(), *((group_column(),) if query.by else ()))
    [closed] = asked.rows(connection, "wins_balance")
    first, second = _balance_names()
    rates = [WinRate(**row._mapping) for row in rows]
    foreign = sum(row.foreign_won for row in rates)
    notes = (_("В сумму не вошли выигранные в других валютах: {count}.").format(count=foreign),)
    return ReportResult(
        "wins",
        _("Доля выигранных"),
        query,
        asked.at,
        (
            tabulated(
                "closed",
                _("Закрытые за период"),
                (*heading, *_closed_columns()),
                rows,
                made,
                notes if foreign else (),
            ),
            tabulated(
                "cohort", _("Созданные за период"), (*heading, *_cohort_columns()), rows, made
            ),
        ),
        checks=(
            agree(first, sum(row.won + row.lost for row in rates), closed.closed),
            nothing(
                second,
                (
                    row.scenario
                    for row in rates
                    if row.cohort_won + row.cohort_lost + row.cohort_open > row.cohort
                ),
            ),
        ),
    )
