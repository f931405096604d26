"""The report `funnel`: how far deals come, where they are lost, how many are won."""

from __future__ import annotations

from sqlalchemy import Connection

from provodka.dashboards.reports.as_of import BREAKDOWNS, FILTERS, group_labels, settle
from provodka.dashboards.reports.definition import Report
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
    balance_names,
    funnel_charts,
    funnel_checks,
    funnel_tables,
)
from provodka.dashboards.results import ReportQuery, ReportResult
from provodka.foundation.i18n import _

__all__ = ["report"]


def report() -> Report:
    """The definition, in the language of this process."""
    heading = scenario_column(), group_column()
    return Report(
        "funnel",
        _("Воронка продаж"),
        _("Сколько сделок доходит до каждого этапа, где они теряются и сколько выигрывается"),
        BREAKDOWNS,
        {
            "cohort": (*heading, stage_column(), *cohort_columns(30)),
            "flow": (*heading, stage_column(), *flow_columns()),
            "wins": (*heading, *win_columns()),
            "excluded": (scenario_column(), *gone_columns()),
            "balance": (scenario_column(), stage_column(), *balance_columns()),
        },
        _compute,
        definition=(
            _(
                "Поток за период: «вошли впервые» — разные сделки, чей первый вход в этап попал в"
                " период, «вошли снова» — остальные входы. Отношение двух потоков может превысить"
                " 100 % и конверсией не называется."
            ),
            _(
                "Когорта — сделки, созданные за период. Достигли этапа те, чей высший порядок не"
                " ниже порядка этапа: успех достигает всех, неудача не прибавляет, возврат не"
                " отнимает. Миновали = достигли − были. Конверсия = достигли этапа / достигли"
                " предыдущего; «не более» прибавляет открытые сделки; «за H дней» — среди тех, у"
                " кого эти дни прошли."
            ),
            _(
                "Доля выигранных = выиграно / (выиграно + проиграно) по дате последнего закрытия."
                " Удаленные сделки исключены и посчитаны, история объединенной — у оставшейся."
            ),
        ),
        balances=balance_names(),
        filters=FILTERS,
        views=("v_stage_visit",),
        reads=("deal", "employee", "department", "client"),
    )


def _compute(connection: Connection, query: ReportQuery) -> ReportResult:
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
