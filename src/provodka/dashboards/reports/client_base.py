"""The report `client_base`: how complete the base is, duplicates, clients left alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from provodka.dashboards.reports.asking import Question, labels_of, question
from provodka.dashboards.reports.balances import agree
from provodka.dashboards.reports.definition import Report
from provodka.dashboards.reports.report_columns import count, group, ratio, words
from provodka.dashboards.reports.report_tables import Made, tabulated
from provodka.dashboards.results import Check, Column, Ratio, ReportQuery, ReportResult, Table
from provodka.foundation.i18n import _

__all__ = ["report"]

BREAKDOWNS = ("manager", "department", "client_kind", "source", "month")
FILTERS = BREAKDOWNS[:4]


def report() -> Report:
    """The definition, in the language of this process."""
    return Report(
        "client_base",
        _("Качество базы клиентов"),
        _("Насколько заполнены карточки клиентов, сколько двойников и оставленных без внимания"),
        BREAKDOWNS,
        {"base": (group(), *_columns()), "fields": _field_columns()},
        _compute,
        definition=_definition(),
        balances=_balance_names(),
        filters=FILTERS,
        views=("v_client",),
    )


def _definition() -> tuple[str, ...]:
    return (
        _(
            "Клиенты, которые были в базе на дату отчета: созданы, не удалены, не объединены с"
            " другими. Период отчета на состав не влияет; разрез по месяцам — по созданию."
        ),
        _(
            "Обязательные поля юридического лица: название, ИНН, телефон, почта, ответственный;"
            " физического: имя, телефон, адрес доставки, ответственный. Заполненность — заполнено"
            " полей из обязательных."
        ),
        _(
            "Двойник — клиент, чей ИНН, телефон (по цифрам, 8 и +7 — одно) или почта (без учета"
            " регистра) есть еще у кого-то. Без плана — нет ни открытой задачи по клиенту или его"
            " сделке, ни запланированного взаимодействия."
        ),
    )


def _balance_names() -> tuple[str, ...]:
    return (
        _("Клиентов столько же, сколько живых карточек"),
        _("Заполненность по полям — та же, что по клиентам"),
    )


def _columns() -> tuple[Column, ...]:
    return (
        count("clients", _("Клиентов"), _("В базе на дату отчета")),
        count("legal_entities", _("Юридических"), _("Из них юридические лица")),
        count("individuals", _("Физических"), _("Из них физические лица")),
        ratio("filling", _("Заполненность"), _("Заполнено обязательных полей из всех")),
        ratio("complete", _("Полные"), _("Заполнены все обязательные поля")),
        count("twice_inn", _("Двойники по ИНН"), _("Тот же ИНН есть у другого клиента")),
        count("twice_phone", _("По телефону"), _("Тот же телефон есть у другого клиента")),
        count("twice_email", _("По почте"), _("Та же почта есть у другого клиента")),
        ratio("twice", _("Двойники, доля"), _("Клиенты с любым совпадением из всех")),
        count("unplanned", _("Без плана"), _("С клиентом ничего не запланировано")),
        count("nobodys", _("Без ответственного"), _("Ответственный менеджер не назначен")),
    )


def _field_columns() -> tuple[Column, ...]:
    return (
        words("client_kind", _("Вид клиента"), _("Юридические или физические лица")),
        words("field", _("Поле"), _("Обязательное поле карточки")),
        ratio("filled", _("Заполнено"), _("У скольких клиентов заполнено")),
    )


def _compute(connection: Connection, query: ReportQuery) -> ReportResult:
    asked = question(connection, query, BREAKDOWNS, FILTERS)
    rows = asked.rows(connection, "client_base", "client_base_summary")
    fields = asked.rows(connection, "client_base", "client_base_fields")
    labels = labels_of(connection, asked, {row.group for row in rows})
    made: Made = {
        "group": lambda row: labels[row.group],
        "filling": lambda row: Ratio(int(row.filled), int(row.required)),
        "complete": lambda row: Ratio(row.complete, row.clients),
        "twice": lambda row: Ratio(row.twice, row.clients),
    }
    heading = (group(),) if query.by else ()
    ordered = sorted(rows, key=lambda row: (labels[row.group], row.group))
    return ReportResult(
        "client_base",
        _("Качество базы клиентов"),
        query,
        asked.at,
        (
            tabulated("base", _("База клиентов"), (*heading, *_columns()), ordered, made),
            _fields(fields),
        ),
        checks=_checks(connection, asked, rows, fields),
    )


def _fields(rows: Sequence[Row[Any]]) -> Table:
    kinds = {"legal_entity": _("Юридические лица"), "individual": _("Физические лица")}
    names = {
        "name": _("Название или имя"),
        "inn": _("ИНН"),
        "phone": _("Телефон"),
        "email": _("Почта"),
        "address": _("Адрес доставки"),
        "manager": _("Ответственный"),
    }
    made: Made = {
        "client_kind": lambda row: kinds[row.client_kind],
        "field": lambda row: names[row.field],
        "filled": lambda row: Ratio(row.present, row.clients),
    }
    return tabulated("fields", _("Заполненность по полям"), _field_columns(), rows, made)


def _checks(
    connection: Connection,
    asked: Question,
    rows: Sequence[Row[Any]],
    fields: Sequence[Row[Any]],
) -> tuple[Check, ...]:
    first, second = _balance_names()
    filled = sum(int(row.filled) for row in rows)
    whole = agree(second, filled, sum(row.present for row in fields))
    if asked.query.where:
        return (whole,)
    [found] = asked.rows(connection, "client_base_balance")
    return agree(first, sum(row.clients for row in rows), found.clients), whole
