"""The report `tasks`: executive discipline, which tasks were done by their time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from provodka.dashboards.reports.asking import labels_of, question
from provodka.dashboards.reports.balances import agree
from provodka.dashboards.reports.definition import Report
from provodka.dashboards.reports.report_columns import count, group, hours, instant, ratio, words
from provodka.dashboards.reports.report_tables import Made, tabulated
from provodka.dashboards.reports.working_time import working_parameters
from provodka.dashboards.results import Check, Column, Ratio, ReportQuery, ReportResult
from provodka.foundation.i18n import _

__all__ = ["days_of", "report"]

BREAKDOWNS = ("executor", "department", "client_kind", "kind", "day", "week", "month")
MOST = 500


def report() -> Report:
    """The definition, in the language of this process."""
    return Report(
        "tasks",
        _("Исполнительская дисциплина"),
        _("Какие задачи сделаны в срок, какие с опозданием и какие просрочены"),
        BREAKDOWNS,
        {"discipline": (group(), *_columns()), "late": _late_columns()},
        _compute,
        definition=_definition(),
        balances=_balance_names(),
        working=True,
        filters=BREAKDOWNS[:4],
        views=("v_task",),
    )


def _definition() -> tuple[str, ...]:
    return (
        _(
            "Дисциплина = в срок / (в срок + с опозданием + просрочены) среди задач, чей срок"
            " пришелся на период. Отмененные, удаленные и те, чей срок еще не наступил, исключены"
            " и посчитаны отдельно."
        ),
        _(
            "Срок, который считается, — первый, который наступил прежде, чем его перенесли;"
            " если такого нет — последний. Перенос истекшего срока опоздания не отменяет."
            " Первоначальный и нынешний сроки показаны рядом."
        ),
        _(
            "Отвечает тот, кто был исполнителем к сроку, а если он в этот день отсутствовал —"
            " его замещающий. Опоздание — в рабочих часах его календаря; у просроченных — до"
            " даты отчета. Невыполненная, но закрытая задача считается по времени закрытия."
        ),
    )


def _balance_names() -> tuple[str, ...]:
    return (
        _("Все задачи срока — сумма по состояниям"),
        _("У каждой задачи со сроком считается ровно один срок"),
    )


def _columns() -> tuple[Column, ...]:
    return (
        count("due", _("Срок в периоде"), _("Задачи, чей срок пришелся на период")),
        count("on_time", _("В срок"), _("Закончены не позже срока")),
        count("late", _("С опозданием"), _("Закончены позже срока")),
        count("overdue", _("Просрочены"), _("Срок прошел, задача открыта")),
        ratio("share", _("Дисциплина"), _("В срок из законченных и просроченных")),
        count("failed", _("Не выполнены"), _("Закончены безуспешно; уже учтены слева")),
        count("moved", _("Срок перенесен"), _("Нынешний срок не равен первоначальному")),
        count("moved_late", _("После срока"), _("Перенесены, когда срок уже прошел")),
        hours(
            "delay_median", _("Опоздание, медиана"), _("Половина опозданий не больше"), working=True
        ),
        hours("delay_p90", _("Опоздание, p90"), _("90 % опозданий не больше"), working=True),
        count("ahead", _("Впереди"), _("Срок еще не наступил; исключены")),
        count("cancelled", _("Отменены"), _("Исключены")),
        count("deleted", _("Удалены"), _("Исключены")),
    )


def _late_columns() -> tuple[Column, ...]:
    return (
        words("executor", _("Исполнитель"), _("Кто отвечал к сроку")),
        words("subject", _("Задача"), _("Что надо было сделать")),
        words("state", _("Состояние"), _("С опозданием или просрочена")),
        instant("original_due", _("Первый срок"), _("Первоначальный срок")),
        instant("counted_due", _("Срок"), _("Срок, который считается")),
        instant("current_due", _("Нынешний срок"), _("Срок на дату отчета")),
        instant("finished", _("Закончена"), _("Когда закончена; пусто, если открыта")),
        hours("delay", _("Опоздание"), _("От срока до конца или даты отчета"), working=True),
    )


def _compute(connection: Connection, query: ReportQuery) -> ReportResult:
    asked = question(connection, query, BREAKDOWNS, BREAKDOWNS[:4])
    days = days_of(query, asked.at)
    rows = asked.rows(connection, "tasks", "tasks_summary", **days)
    late = asked.rows(connection, "tasks", "tasks_late", most=MOST, **days)
    labels = labels_of(connection, asked, {row.group for row in rows})
    grouped = (group(),) if query.by else ()
    states = {"late": _("с опозданием"), "overdue": _("просрочена")}
    made: Made = {
        "group": lambda row: labels[row.group],
        "share": lambda row: Ratio(row.on_time, row.on_time + row.late + row.overdue),
    }
    named: Made = {"state": lambda row: states[row.state]}
    longest = (_("Показаны самые опоздавшие: {most}.").format(most=MOST),)
    return ReportResult(
        "tasks",
        _("Исполнительская дисциплина"),
        query,
        asked.at,
        (
            tabulated(
                "discipline",
                _("Исполнительская дисциплина"),
                (*grouped, *_columns()),
                sorted(rows, key=lambda row: labels[row.group]),
                made,
            ),
            tabulated(
                "late",
                _("Опоздавшие и просроченные"),
                _late_columns(),
                late,
                named,
                longest if len(late) == MOST else (),
            ),
        ),
        checks=_checks(rows, asked.rows(connection, "tasks_terms")[0]),
    )


def days_of(query: ReportQuery, at: datetime) -> dict[str, Any]:
    """The working calendars of a question's days, up to the instant that it shows."""
    first = min(query.since, at).date()
    return working_parameters(query.working, first, max(at, query.until).date())


def _checks(rows: Sequence[Row[Any]], terms: Row[Any]) -> tuple[Check, ...]:
    states = ("on_time", "late", "overdue", "ahead", "cancelled", "deleted")
    first, second = _balance_names()
    told = sum(getattr(row, state) for row in rows for state in states)
    return agree(first, told, sum(row.due for row in rows)), agree(second, terms.terms, terms.tasks)
