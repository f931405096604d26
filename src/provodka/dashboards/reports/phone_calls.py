"""The report `calls`: answered, missed and abandoned conversations, call-backs, waiting, talk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from provodka.dashboards.reports.asking import Question, labels_of, question
from provodka.dashboards.reports.balances import agree
from provodka.dashboards.reports.definition import Report
from provodka.dashboards.reports.report_columns import count, group, number, ratio, words
from provodka.dashboards.reports.report_tables import Made, tabulated
from provodka.dashboards.results import Check, Column, Ratio, ReportQuery, ReportResult, Table
from provodka.foundation.i18n import _

__all__ = ["report"]

BREAKDOWNS = (
    "operator",
    "department",
    "source",
    "client_kind",
    "hour",
    "day",
    "week",
    "month",
)
FILTERS = ("operator", "department", "source", "client_kind", "direction")
CALL_BACK_MINUTES = 30
BACK = f"{CALL_BACK_MINUTES} minutes"


def report() -> Report:
    """The definition, in the language of this process."""
    return Report(
        "calls",
        _("Звонки"),
        _("Сколько разговоров принято, пропущено и потеряно, кому перезвонили, сколько ждали"),
        BREAKDOWNS,
        {"calls": (_direction(), group(), *_columns()), "hours": _hour_columns()},
        _compute,
        definition=_definition(),
        balances=_balance_names(),
        filters=FILTERS,
        views=("v_call",),
    )


def _definition() -> tuple[str, ...]:
    return (
        _(
            "Один звонок — один разговор, сколько бы строк ни записала АТС. Период — по началу"
            " разговора, часы и дни — по поясу читающего. Принят — ответил сотрудник; пропущен —"
            " никто не ответил; потерян — звонивший сбросил, пока ждал."
        ),
        _(
            "Перезвонили — в течение {minutes} минут после пропущенного или потерянного был"
            " принятый исходящий звонок на тот же номер. Ожидание — у всех разговоров, медиана"
            " разговора — у принятых. Сотрудник — ответивший, его отдел — на момент звонка."
        ).format(minutes=CALL_BACK_MINUTES),
    )


def _balance_names() -> tuple[str, ...]:
    return (
        _("Разговоров столько же, сколько в таблице звонков за период"),
        _("Принято, пропущено, потеряно и прочие — вместе все"),
        _("У непринятых входящих нет времени разговора"),
    )


def _direction() -> Column:
    return words("direction", _("Направление"), _("Кто звонил"), context=True)


def _columns() -> tuple[Column, ...]:
    back = _("Перезвонили за {minutes} мин.").format(minutes=CALL_BACK_MINUTES)
    return (
        count("calls", _("Звонков"), _("Разговоры, начатые за период")),
        count("answered", _("Принято"), _("Ответил сотрудник")),
        count("missed", _("Пропущено"), _("Никто не ответил")),
        count("abandoned", _("Потеряно"), _("Звонивший сбросил, пока ждал")),
        count("other", _("Прочие"), _("Занято или сбой связи")),
        ratio("share", _("Доля принятых"), _("Принятые из всех")),
        ratio("back", back, _("Перезвонили из пропущенных и потерянных входящих")),
        number("wait_median", _("Ожидание, медиана"), _("Половина ждала не дольше"), _("с")),
        number("wait_p90", _("Ожидание, p90"), _("90 % ждали не дольше"), _("с")),
        number("talk_median", _("Разговор, медиана"), _("У принятых"), _("с")),
        number("talk_hours", _("Разговоры, ч"), _("Все время разговоров"), _("ч"), total=True),
    )


def _hour_columns() -> tuple[Column, ...]:
    return (
        words("operator", _("Сотрудник"), _("Ответивший; пусто, если никто")),
        count("hour", _("Час"), _("Час суток, с которого"), total=False),
        count("calls", _("Входящих"), _("Входящие разговоры, начатые в этот час")),
        count("answered", _("Принято"), _("Из них приняты")),
        number("wait_median", _("Ожидание, медиана"), _("Половина ждала не дольше"), _("с")),
        number("talk_hours", _("Разговоры, ч"), _("Время разговоров"), _("ч"), total=True),
        count("days", _("Дней"), _("В скольких днях периода они были"), total=False),
    )


def _compute(connection: Connection, query: ReportQuery) -> ReportResult:
    asked = question(connection, query, BREAKDOWNS, FILTERS)
    rows = asked.rows(connection, "calls", "calls_summary", back=BACK)
    checks: tuple[Check, ...] = ()
    if not query.where:
        checks = _checks(rows, asked.rows(connection, "calls_balance")[0])
    return ReportResult(
        "calls",
        _("Звонки"),
        query,
        asked.at,
        (_calls(connection, asked, rows), _hours(connection, asked)),
        checks=checks,
    )


def _calls(connection: Connection, asked: Question, rows: Sequence[Row[Any]]) -> Table:
    labels = labels_of(connection, asked, {row.group for row in rows})
    directions = {
        "incoming": _("Входящие звонки"),
        "outgoing": _("Исходящие звонки"),
        "internal": _("Внутренние звонки"),
    }
    made: Made = {
        "direction": lambda row: directions[row.direction],
        "group": lambda row: labels[row.group],
        "share": lambda row: Ratio(row.answered, row.calls),
        "back": lambda row: Ratio(row.called_back, row.unheard),
    }
    heading = (_direction(), *((group(),) if asked.query.by else ()))
    ordered = sorted(rows, key=lambda row: (row.direction, labels[row.group], row.group))
    return tabulated("calls", _("Звонки"), (*heading, *_columns()), ordered, made)


def _hours(connection: Connection, asked: Question) -> Table:
    return tabulated(
        "hours",
        _("Входящие по сотрудникам и часам"),
        _hour_columns(),
        asked.rows(connection, "calls", "calls_hours", back=BACK),
    )


def _checks(rows: Sequence[Row[Any]], found: Row[Any]) -> tuple[Check, ...]:
    first, second, third = _balance_names()
    calls = sum(row.calls for row in rows)
    parts = sum(row.answered + row.missed + row.abandoned + row.other for row in rows)
    return (
        agree(first, calls, found.calls),
        agree(second, parts, calls),
        agree(third, found.spoken_unanswered + found.negative, 0),
    )
