"""Orders handled: received, confirmed, delivered, cancelled, and calls, by operator and day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from provodka.dashboards.reports.asking import Question, labels_of, question
from provodka.dashboards.reports.balances import agree
from provodka.dashboards.reports.definition import Report
from provodka.dashboards.reports.report_columns import (
    count,
    day,
    group,
    hours,
    money,
    ratio,
    words,
)
from provodka.dashboards.reports.report_tables import Made, tabulated
from provodka.dashboards.results import Check, Column, Ratio, ReportQuery, ReportResult, Table
from provodka.foundation.i18n import _

__all__ = ["report"]

BREAKDOWNS = ("operator", "client_kind", "day", "week", "month")
FILTERS = ("operator", "client_kind")
CALLS_A_DAY = 300
"""The yardstick of a water company: so many calls an operator handles in a day."""


def report() -> Report:
    """The definition, in the language of this process."""
    return Report(
        "orders_handled",
        _("Обработанные заказы"),
        _("Сколько заказов принято, подтверждено, доставлено и отменено, и как быстро"),
        BREAKDOWNS,
        {"orders": (group(), *_columns(), _amount()), "days": _day_columns()},
        _compute,
        definition=_definition(),
        balances=_balance_names(),
        filters=FILTERS,
        views=("v_order",),
    )


def _definition() -> tuple[str, ...]:
    return (
        _(
            "Каждое событие заказа — в свой день и у оператора, который заказ принял: принят,"
            " подтвержден (назначены экспедитор и дата), доставлен, отменен. Время обработки — от"
            " приема до подтверждения (или доставки, если подтверждения не записано); медиана и"
            " p90 — по обработанным, сколько их, сказано рядом."
        ),
        _(
            "Звонки — принятые разговоры сотрудника с клиентами. Мерка — {calls} звонков оператора"
            " в день. На момент T — события до T по их собственным датам."
        ).format(calls=CALLS_A_DAY),
    )


def _balance_names() -> tuple[str, ...]:
    return (
        _("Принято столько же, сколько заказов за период"),
        _("Доставлено столько же, сколько выполненных за период"),
        _("Принятые за период: доставлены, отменены или еще открыты — вместе все"),
        _("Строк по дням столько же событий, сколько всего"),
        _("Ни один заказ не завершен раньше, чем принят"),
    )


def _columns() -> tuple[Column, ...]:
    return (
        count("received", _("Принято"), _("Заказы, принятые в периоде")),
        count("confirmed", _("Подтверждено"), _("Назначены экспедитор и дата")),
        count("delivered", _("Доставлено"), _("Выполнены в периоде")),
        count("cancelled", _("Отменено"), _("Отменены в периоде")),
        hours("median", _("Обработка, медиана"), _("Половина обработана не дольше")),
        hours("p90", _("Обработка, p90"), _("90 % обработаны не дольше")),
        count("handled", _("Обработано"), _("По скольким посчитано время")),
        count("calls", _("Звонков"), _("Принятые разговоры с клиентами")),
    )


def _amount() -> Column:
    return money("amount", _("Сумма принятых"), _("С НДС, без залога за тару"))


def _day_columns() -> tuple[Column, ...]:
    load = _("Звонки из {calls} в день").format(calls=CALLS_A_DAY)
    return (
        day("day", _("День"), _("По поясу читающего")),
        words("operator", _("Оператор"), _("Кто принял заказ или звонок; пусто, если неизвестно")),
        *(one for one in _columns() if one.key != "handled"),
        ratio("load", load, _("Мерка загрузки оператора")),
    )


def _compute(connection: Connection, query: ReportQuery) -> ReportResult:
    asked = question(connection, query, BREAKDOWNS, FILTERS)
    rows = asked.rows(connection, "orders_handled", "orders_handled_rows")
    days = asked.rows(connection, "orders_handled", "orders_handled_days")
    checks: tuple[Check, ...] = ()
    if not query.where:
        checks = _checks(rows, days, asked.rows(connection, "orders_handled_balance")[0])
    return ReportResult(
        "orders_handled",
        _("Обработанные заказы"),
        query,
        asked.at,
        (_orders(connection, asked, rows), _days(days)),
        checks=checks,
    )


def _orders(connection: Connection, asked: Question, rows: Sequence[Row[Any]]) -> Table:
    labels = labels_of(connection, asked, {row.grp for row in rows})
    made: Made = {"group": lambda row: labels[row.grp]}
    heading = (group(),) if asked.query.by else ()
    columns = (*heading, *_columns(), _amount())
    return tabulated("orders", _("Заказы"), columns, rows, made)


def _days(rows: Sequence[Row[Any]]) -> Table:
    made: Made = {"load": lambda row: Ratio(row.calls, CALLS_A_DAY)}
    return tabulated("days", _("По операторам и дням"), _day_columns(), rows, made)


def _checks(
    rows: Sequence[Row[Any]], days: Sequence[Row[Any]], found: Row[Any]
) -> tuple[Check, ...]:
    names = _balance_names()
    cohort = found.cohort_delivered + found.cohort_cancelled + found.cohort_open
    return (
        agree(names[0], sum(row.received for row in rows), found.received),
        agree(names[1], sum(row.delivered for row in rows), found.delivered),
        agree(names[2], cohort, found.received),
        agree(names[3], _events(days), _events(rows)),
        agree(names[4], found.reversed, 0),
    )


def _events(rows: Sequence[Row[Any]]) -> int:
    return sum(
        row.received + row.confirmed + row.delivered + row.cancelled + row.calls for row in rows
    )
