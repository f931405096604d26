"""The report `invoices`: issued, appeared in accounting, paid, overdue, shipped, differing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row

from provodka.dashboards.reports.asking import Question, labels_of, question
from provodka.dashboards.reports.balances import agree, nothing
from provodka.dashboards.reports.definition import Report
from provodka.dashboards.reports.report_columns import (
    count,
    group,
    hours,
    instant,
    money,
    ratio,
    words,
)
from provodka.dashboards.reports.report_tables import Made, tabulated
from provodka.dashboards.results import Check, Column, Ratio, ReportQuery, ReportResult, Table
from provodka.foundation.i18n import _

__all__ = ["report"]

BREAKDOWNS = ("manager", "department", "client", "client_kind", "source", "day", "week", "month")
FILTERS = BREAKDOWNS[:5]
MOST = 500


def report() -> Report:
    """The definition, in the language of this process."""
    return Report(
        "invoices",
        _("Счета на оплату"),
        _("Сколько счетов выставлено, попало в бухгалтерию, оплачено, просрочено и отгружено"),
        BREAKDOWNS,
        {"invoices": (group(), *_columns()), "differences": _difference_columns()},
        _compute,
        definition=_definition(),
        balances=_balance_names(),
        filters=FILTERS,
        views=("v_invoice",),
    )


def _definition() -> tuple[str, ...]:
    return (
        _(
            "Счета с датой в периоде, какими они были на дату отчета: проведенные, не удаленные,"
            " в рублях; остальные посчитаны отдельно. Менеджер — ответственный по сделке счета на"
            " его дату, если сделки нет — ответственный за клиента."
        ),
        _(
            "В бухгалтерии — счет записан там (или пришел оттуда); время до этого — от создания"
            " счета в хабе. Оплачен — оплачено не меньше суммы; частично — меньше, но больше"
            " нуля; просрочен — не оплачен полностью, а день «оплатить до» прошел."
        ),
        _(
            "Расхождения с бухгалтерией — по нынешнему состоянию, до копейки: сумма 1С берется"
            " из открытого вопроса по счету, а без него — из последнего согласованного состояния."
        ),
    )


def _balance_names() -> tuple[str, ...]:
    return (
        _("Счетов и их сумма — как в таблице счетов за период"),
        _("Оплачены, частично и не оплачены — вместе все"),
        _("Оплачено и отгружено по счету — как по его платежам и отгрузкам"),
    )


def _columns() -> tuple[Column, ...]:
    return (
        count("issued", _("Выставлено"), _("Счета с датой в периоде")),
        money("amount", _("На сумму, ₽"), _("Сумма счетов с НДС")),
        ratio("entered", _("В бухгалтерии"), _("Записаны в бухгалтерии из выставленных")),
        hours("entered_median", _("За, медиана"), _("Половина записана не позже чем через")),
        hours("entered_p90", _("За, p90"), _("90 % записаны не позже чем через")),
        count("troubled", _("С вопросом"), _("Записаны с расхождением или отказано")),
        count("paid", _("Оплачено"), _("Оплачены полностью")),
        count("partly", _("Частично"), _("Оплачены частично")),
        count("unpaid", _("Не оплачено"), _("Оплат нет")),
        money("paid_amount", _("Оплачено, ₽"), _("Оплачено по этим счетам")),
        ratio("paid_share", _("Доля оплаченного"), _("Оплачено из суммы счетов")),
        count("overdue", _("Просрочено"), _("День «оплатить до» прошел")),
        money("overdue_amount", _("Просрочено, ₽"), _("Не оплачено по просроченным")),
        count("shipped", _("Отгружено"), _("Отгружены полностью")),
        money("shipped_amount", _("Отгружено, ₽"), _("Отгружено по этим счетам")),
        count("deleted", _("Удалены"), _("Исключены")),
        count("unposted", _("Не проведены"), _("Исключены")),
        count("foreign_invoices", _("В валюте"), _("Исключены: не в рублях")),
    )


def _difference_columns() -> tuple[Column, ...]:
    return (
        words("number", _("Номер"), _("Номер счета")),
        instant("date", _("Дата"), _("Дата счета")),
        words("client", _("Клиент"), _("Кому выставлен")),
        money("amount", _("У нас, ₽"), _("Сумма счета в хабе")),
        money("their_amount", _("В 1С, ₽"), _("Сумма счета в бухгалтерии")),
        money("difference", _("Разница, ₽"), _("У нас минус в 1С")),
        words("note", _("Что сказала бухгалтерия"), _("Расхождения или причина отказа")),
    )


def _compute(connection: Connection, query: ReportQuery) -> ReportResult:
    asked = question(connection, query, BREAKDOWNS, FILTERS)
    rows = asked.rows(connection, "invoices", "invoices_summary")
    differing = asked.rows(connection, "invoices", "invoices_differences", most=MOST + 1)
    labels = labels_of(connection, asked, {row.group for row in rows})
    made: Made = {
        "group": lambda row: labels[row.group],
        "entered": lambda row: Ratio(row.entered, row.issued),
        "paid_share": lambda row: Ratio(Decimal(row.paid_amount), Decimal(row.amount)),
    }
    heading = (group(),) if query.by else ()
    ordered = sorted(rows, key=lambda row: (labels[row.group], row.group))
    title = _("Расхождения с бухгалтерией")
    return ReportResult(
        "invoices",
        _("Счета на оплату"),
        query,
        asked.at,
        (
            tabulated("invoices", _("Счета"), (*heading, *_columns()), ordered, made),
            _differences(title, differing),
        ),
        checks=_checks(connection, asked, rows),
    )


def _differences(title: str, rows: Sequence[Row[Any]]) -> Table:
    """As many as a person can look through; that there are more is said."""
    more = (_("Показаны первые {most}, их больше.").format(most=MOST),)
    notes = more if len(rows) > MOST else ()
    return tabulated("differences", title, _difference_columns(), rows[:MOST], notes=notes)


def _checks(connection: Connection, asked: Question, rows: Sequence[Row[Any]]) -> tuple[Check, ...]:
    first, second, third = _balance_names()
    issued = sum(row.issued for row in rows)
    states = agree(second, sum(row.paid + row.partly + row.unpaid for row in rows), issued)
    papers = asked.rows(connection, "invoices_papers")
    settled = nothing(third, (row.number for row in papers))
    if asked.query.where:
        return states, settled
    [found] = asked.rows(connection, "invoices_balance")
    whole = agree(first, issued, found.issued)
    if whole.ok:
        whole = agree(first, sum((row.amount for row in rows), Decimal(0)), found.amount)
    return whole, states, settled
