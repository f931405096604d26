"""The report `removed`: deleted and merged deals, whose numbers the other reports leave out."""

from __future__ import annotations

from sqlalchemy import Connection

from provodka.dashboards.reports.as_of import BREAKDOWNS, FILTERS, group_labels, settle
from provodka.dashboards.reports.balances import agree
from provodka.dashboards.reports.definition import Report
from provodka.dashboards.reports.funnel_columns import group_column, scenario_column, stage_column
from provodka.dashboards.reports.report_columns import instant, money, words
from provodka.dashboards.reports.report_tables import Made, tabulated
from provodka.dashboards.results import Column, ReportQuery, ReportResult
from provodka.foundation.i18n import _

__all__ = ["report"]


def report() -> Report:
    """The definition, in the language of this process."""
    return Report(
        "removed",
        _("Удаленные и объединенные сделки"),
        _("Какие сделки исчезли за период, с какого этапа, кто их убрал и что осталось"),
        BREAKDOWNS,
        {"removed": (scenario_column(), group_column(), *_columns())},
        _compute,
        definition=(
            _(
                "Надгробие удаленной сделки хранится: до удаления она видна на любую дату, после"
                " него исключена и посчитана. История объединенной сделки складывается с историей"
                " той, что осталась. Сумма — при входе в последний этап."
            ),
        ),
        balances=(_balance_name(),),
        filters=FILTERS,
        views=("v_stage_visit",),
        reads=("deal", "employee", "department", "client"),
    )


def _balance_name() -> str:
    return _("Исключены ровно удаленные и объединенные, у которых никого не осталось")


def _columns() -> tuple[Column, ...]:
    return (
        words("number", _("Сделка"), _("Номер сделки")),
        words("title", _("Предмет"), _("О чем сделка")),
        stage_column(),
        words("exit_then", _("Что стало"), _("Удалена или объединена с другой")),
        words("survivor", _("Осталась"), _("Номер сделки, с которой объединена")),
        instant("at", _("Когда"), _("Когда удалена или объединена")),
        words("origin", _("Кто"), _("Кто убрал: человек, правило, система")),
        money("amount", _("Сумма, ₽"), _("Сумма сделки при входе в последний этап")),
    )


def _compute(connection: Connection, query: ReportQuery) -> ReportResult:
    asked = settle(connection, query)
    rows = asked.rows(connection, "removed")
    stages = asked.rows(connection, "stages")
    scenarios = {row.scenario: row.scenario_name for row in stages}
    named = {(row.scenario, row.stage): row.name for row in stages}
    labels = group_labels(connection, asked, {row.group for row in rows})
    ways = {"deleted": _("удалена"), "merged": _("объединена")}
    made: Made = {
        "scenario": lambda row: scenarios.get(row.scenario, row.scenario),
        "group": lambda row: labels[row.group],
        "stage": lambda row: named.get((row.scenario, row.stage), row.stage),
        "exit_then": lambda row: ways[row.exit_then],
        "number": lambda row: row.number or str(row.deal),
        "title": lambda row: row.title or "",
        "survivor": lambda row: row.survivor or "",
        "origin": lambda row: row.origin or "",
    }
    heading = (scenario_column(), *((group_column(),) if query.by else ()))
    [found] = asked.rows(connection, "removed_balance")
    title = _("Удаленные и объединенные сделки")
    return ReportResult(
        "removed",
        title,
        query,
        asked.at,
        (tabulated("removed", title, (*heading, *_columns()), rows, made),),
        checks=(agree(_balance_name(), found.gone, found.excluded + found.united),),
    )
