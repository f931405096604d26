"""The report `plan`: what was to be sold and what was, managers and departments side by side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row

from provodka.dashboards.reports.asking import Question, labels_of, names_of, question
from provodka.dashboards.reports.balances import agree
from provodka.dashboards.reports.definition import Report
from provodka.dashboards.reports.report_columns import (
    count,
    day,
    group,
    in_others,
    money,
    number,
    ratio,
    words,
)
from provodka.dashboards.reports.report_tables import Made, tabulated
from provodka.dashboards.results import Check, Column, Ratio, ReportQuery, ReportResult, Table
from provodka.foundation.i18n import _

__all__ = ["report"]

BREAKDOWNS = ("manager", "department", "day", "week", "month")
FILTERS = BREAKDOWNS[:2]
ONE_DAY = timedelta(days=1)


def report() -> Report:
    """The definition, in the language of this process."""
    return Report(
        "plan",
        _("План и факт"),
        _("Насколько выполнены планы продаж по отгрузке, оплате и выигранным сделкам"),
        BREAKDOWNS,
        {"plans": _plan_columns(), "facts": (_basis(), group(), *_fact_columns())},
        _compute,
        definition=_definition(),
        balances=_balance_names(),
        working=True,
        filters=FILTERS,
        views=("v_plan",),
    )


def _definition() -> tuple[str, ...]:
    return (
        _(
            "Планы, чей срок пересекается с периодом; каждый сравнивается с фактом за свой"
            " собственный срок до даты отчета. Основа плана: отгружено (проведенные отгрузки),"
            " оплачено (проведенные поступления) или выиграно (сделки, чье последнее закрытие —"
            " успех). Возвраты — отрицательные суммы своего периода. Только рубли."
        ),
        _(
            "Выполнение = факт / план; при нулевом плане не определено. План на дату = план ×"
            " прошедшие рабочие дни / рабочие дни срока, по календарю компании; день прошел,"
            " когда кончились его рабочие часы."
        ),
        _(
            "Менеджер факта — ответственный по сделке на момент события, если сделки нет —"
            " ответственный за клиента; отдел — его отдел тогда. План отдела включает подчиненные"
            " отделы. Факт по номенклатуре — по нынешним строкам отгрузок и сделок."
        ),
    )


def _balance_names() -> tuple[str, ...]:
    return (
        _("Отгружено по разрезам — столько же, сколько по всем отгрузкам"),
        _("Оплачено по разрезам — столько же, сколько по всем поступлениям"),
    )


def _basis() -> Column:
    return words("basis", _("Основа"), _("Отгружено, оплачено или выиграно"))


def _plan_columns() -> tuple[Column, ...]:
    return (
        day("first_day", _("С"), _("Первый день плана")),
        day("last_day", _("По"), _("Последний день плана")),
        _basis(),
        words("owner", _("Чей план"), _("Менеджер, отдел или вся компания")),
        words("item", _("Номенклатура"), _("По какой номенклатуре; пусто, если по всей")),
        money("plan_amount", _("План, ₽"), _("Сумма по плану"), total=False),
        money("fact_amount", _("Факт, ₽"), _("Сумма за срок плана до даты отчета"), total=False),
        number("plan_quantity", _("План, кол."), _("Количество по плану")),
        number("fact_quantity", _("Факт, кол."), _("Количество за срок плана до даты отчета")),
        ratio("done", _("Выполнение"), _("Факт из плана")),
        number("to_date", _("План на дату"), _("Доля плана по прошедшим рабочим дням")),
        ratio("pace", _("К плану на дату"), _("Факт из плана на дату")),
        ratio("days", _("Рабочие дни"), _("Прошло рабочих дней из всех")),
    )


def _fact_columns() -> tuple[Column, ...]:
    return (
        count("papers", _("Документов"), _("Отгрузок, поступлений или сделок за период")),
        money("amount", _("Сумма, ₽"), _("Их сумма с НДС")),
    )


def _compute(connection: Connection, query: ReportQuery) -> ReportResult:
    asked = question(connection, query, BREAKDOWNS, FILTERS)
    facts = asked.rows(connection, "plan", "plan_facts")
    [whole] = asked.rows(connection, "plan_balance")
    heading = (_basis(), *((group(),) if query.by else ()))
    labels = labels_of(connection, asked, {row.group for row in facts})
    names = _bases()
    made: Made = {
        "basis": lambda row: names[row.basis],
        "group": lambda row: labels[row.group],
    }
    return ReportResult(
        "plan",
        _("План и факт"),
        query,
        asked.at,
        (
            _plans(connection, asked),
            tabulated(
                "facts",
                _("Факт за период"),
                (*heading, *_fact_columns()),
                facts,
                made,
                in_others(whole.in_others),
            ),
        ),
        checks=() if query.where else _checks(facts, whole),
    )


def _bases() -> dict[str, str]:
    return {"shipped": _("Отгружено"), "paid": _("Оплачено"), "won": _("Выиграно")}


def _plans(connection: Connection, asked: Question) -> Table:
    rows = asked.rows(
        connection, "plan", "plan_told", "plan_rows", **_working_days(connection, asked)
    )
    known = _wanted(rows, asked)
    names = {
        kind: names_of(connection, kind, asked.at, {getattr(row, column) or "" for row in known})
        for kind, column in (
            ("employee", "manager"),
            ("department", "department"),
            ("product", "product"),
        )
    }
    bases = _bases()
    made: Made = {
        "basis": lambda row: bases[row.basis],
        "owner": lambda row: (
            names["employee"].get(row.manager or "")
            or names["department"].get(row.department or "")
            or _("Компания")
        ),
        "item": lambda row: names["product"].get(row.product or "", ""),
        "done": lambda row: Ratio(*_sides(row)),
        "to_date": _to_date,
        "pace": lambda row: Ratio(_sides(row)[0], _to_date(row)),
        "days": lambda row: Ratio(row.elapsed, row.working),
    }
    return tabulated("plans", _("Планы"), _plan_columns(), known, made)


def _wanted(rows: Sequence[Row[Any]], asked: Question) -> list[Row[Any]]:
    """The plans of the managers asked for, and of the departments with their managers."""
    managers, departments = (asked.parameters[f"only_{name}"] for name in FILTERS)
    return [
        row
        for row in rows
        if (managers is None or row.manager in managers)
        and (
            departments is None
            or row.department in departments
            or row.managers_department in departments
        )
    ]


def _sides(row: Row[Any]) -> tuple[Decimal, Decimal]:
    """Fact and plan in the plan's own measure."""
    if row.plan_amount is None:
        return Decimal(row.fact_quantity), Decimal(row.plan_quantity)
    return Decimal(row.fact_amount), Decimal(row.plan_amount)


def _to_date(row: Row[Any]) -> Decimal:
    plan = _sides(row)[1]
    return plan * row.elapsed / row.working if row.working else Decimal(0)


def _working_days(connection: Connection, asked: Question) -> dict[str, list[Any]]:
    """The company's working days around the plans of the period, with the ends of their hours."""
    company = asked.query.working.company
    [span] = asked.rows(connection, "plan_span")
    first, last = span.begins, span.ends
    found = []
    for offset in range((last - first).days + 1 if first else 0):
        hours = company.hours(first + offset * ONE_DAY)
        if hours:
            found.append((first + offset * ONE_DAY, hours[1].astimezone(UTC)))
    days: list[Any] = [one for one, _closes in found]
    closes: list[datetime] = [at for _day, at in found]
    return {"work_day": days, "work_closes": closes}


def _checks(facts: Sequence[Row[Any]], found: Row[Any]) -> tuple[Check, ...]:
    told = {
        basis: sum((row.amount for row in facts if row.basis == basis), Decimal(0))
        for basis in ("shipped", "paid")
    }
    first, second = _balance_names()
    return agree(first, told["shipped"], found.shipped), agree(second, told["paid"], found.paid)
