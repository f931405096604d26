"""Services and goods rendered: what was shipped, in what quantity, for how much, with what VAT."""

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
    in_others,
    money,
    number,
    words,
)
from provodka.dashboards.reports.report_tables import Made, tabulated
from provodka.dashboards.results import Check, Column, ReportQuery, ReportResult, Table
from provodka.foundation.i18n import _

__all__ = ["report"]

BREAKDOWNS = ("month", "week", "day", "client")
FILTERS = ("item", "client", "client_kind")


def report() -> Report:
    """The definition, in the language of this process."""
    return Report(
        "goods_rendered",
        _("Оказанные услуги и отпущенные товары"),
        _("Что отпущено, сколько, на какую сумму и с каким НДС"),
        BREAKDOWNS,
        {"goods": (group(), *_columns())},
        _compute,
        definition=_definition(),
        balances=_balance_names(),
        filters=FILTERS,
        views=("v_shipment_line",),
    )


def _definition() -> tuple[str, ...]:
    return (
        _(
            "Строки проведенных реализаций с датой в периоде, по номенклатуре и виду клиента на"
            " день реализации. Сумма — с НДС, каким бы ни был документ. Возвраты уменьшают свой"
            " период. Только рубли: сколько реализаций в валюте исключено, сказано под таблицей."
            " Итог сходится с суммами самих документов до копейки."
        ),
        _("На момент T — реализации с датой до T, какими они тогда были."),
    )


def _balance_names() -> tuple[str, ...]:
    return (
        _("Сумма по строкам — сумма реализаций за период, до копейки"),
        _("Сумма строк каждой реализации — ее сумма"),
    )


def _columns() -> tuple[Column, ...]:
    return (
        words("item", _("Номенклатура"), _("Товар, услуга или возвратная тара")),
        words("item_kind", _("Вид"), _("Товар, услуга, возвратная тара")),
        words("client_kind", _("Вид клиента"), _("На день реализации")),
        number("quantity", _("Количество"), _("В единицах номенклатуры")),
        words("unit", _("Ед."), _("Единица измерения")),
        money("amount", _("Сумма"), _("С НДС")),
        money("vat", _("В том числе НДС"), _("НДС строк")),
        count("shipments", _("Документов"), _("Реализаций с этой строкой"), total=False),
    )


def _compute(connection: Connection, query: ReportQuery) -> ReportResult:
    asked = question(connection, query, BREAKDOWNS, FILTERS)
    rows = asked.rows(connection, "goods_rendered", "goods_rendered_rows")
    found = asked.rows(connection, "goods_rendered", "goods_rendered_balance")[0]
    checks = () if query.where else _checks(rows, found)
    title = _("Оказанные услуги и отпущенные товары")
    table = _table(connection, asked, rows, in_others(found.in_others))
    return ReportResult("goods_rendered", title, query, asked.at, (table,), checks=checks)


def _table(
    connection: Connection, asked: Question, rows: Sequence[Row[Any]], notes: tuple[str, ...]
) -> Table:
    labels = labels_of(connection, asked, {row.grp for row in rows})
    kinds = {"legal_entity": _("Юридические лица"), "individual": _("Физические лица")}
    goods = {"goods": _("товар"), "service": _("услуга"), "returnable": _("возвратная тара")}
    made: Made = {
        "group": lambda row: labels[row.grp],
        "client_kind": lambda row: kinds[row.client_kind],
        "item_kind": lambda row: goods[row.item_kind],
    }
    heading = (group(),) if asked.query.by else ()
    title = _("Номенклатура")
    return tabulated("goods", title, (*heading, *_columns()), rows, made, notes)


def _checks(rows: Sequence[Row[Any]], found: Row[Any]) -> tuple[Check, ...]:
    first, second = _balance_names()
    total = sum((row.amount for row in rows), Decimal(0))
    return agree(first, total, found.amount), nothing(second, found.odd or ())
