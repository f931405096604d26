"""Couriers: stops assigned at the day's cut-off and what became of them, goods and cash."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row

from provodka.dashboards.reports.asking import Question, labels_of, question
from provodka.dashboards.reports.balances import agree, nothing
from provodka.dashboards.reports.courier_columns import (
    cash_columns,
    goods_columns,
    reason_columns,
    stop_columns,
)
from provodka.dashboards.reports.definition import Report
from provodka.dashboards.reports.report_columns import group
from provodka.dashboards.reports.report_tables import Made, tabulated
from provodka.dashboards.results import Check, Ratio, ReportQuery, ReportResult, Table
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["cutoff_of", "report"]

BREAKDOWNS = ("courier", "client_kind", "day", "week", "month")
FILTERS = ("courier", "client_kind")
CUTOFF = "09:00"
CLOCK = re.compile(r"([01]?\d|2[0-3]):[0-5]\d")


def report() -> Report:
    """The definition, in the language of this process."""
    return Report(
        "couriers",
        _("Экспедиторы"),
        _("Что назначено, что доставлено вовремя, что и почему нет, сколько денег и товара"),
        BREAKDOWNS,
        {
            "stops": (group(), *stop_columns()),
            "reasons": reason_columns(),
            "goods": goods_columns(),
            "cash": cash_columns(),
        },
        _compute,
        definition=_definition(),
        balances=_balance_names(),
        filters=(*FILTERS, "cutoff"),
        views=("v_delivery", "v_delivery_line"),
    )


def _definition() -> tuple[str, ...]:
    return (
        _(
            "Основа — остановки, которые были назначены на день к отсечке ({cutoff} того дня по"
            " поясу читающего; --where cutoff=08:30): кому и на какое время тогда. Перенесена — на"
            " другой день, и считается снова в том дне; передана — другому экспедитору. Вовремя —"
            " приехал не позже обещанного (или до конца дня). Заведенные после отсечки того же дня"
            " в основу не входят; сколько их, сказано под таблицей."
        ).format(cutoff=CUTOFF),
        _(
            "С первого раза — выполненные из первых выездов. Вовремя и полностью — приехал вовремя"
            " и отдал все, что вез. Товар и деньги — у экспедитора, который выполнил, в день"
            " приезда, физические и юридические лица отдельно; залог за тару в сумму не входит, а"
            " в деньги входит. Ожидалось и получено должны сойтись на каждой остановке; каждая"
            " разница перечислена."
        ),
        _("На момент T — переносы и приезды до T по журналу переносов и их датам."),
    )


def _balance_names() -> tuple[str, ...]:
    return (
        _("Вовремя, поздно, не удались, перенесены, переданы, сняты и ждут — вместе все"),
        _("Сумма товара по строкам — сумма остановок"),
        _("Разница денег вся перечислена"),
        _("Денег получено столько, сколько ожидалось"),
    )


def _compute(connection: Connection, query: ReportQuery) -> ReportResult:
    where = {name: value for name, value in query.where.items() if name != "cutoff"}
    asked = question(connection, replace(query, where=where), BREAKDOWNS, FILTERS)
    cutoff = cutoff_of(query)
    rows = asked.rows(connection, "couriers", "couriers_rows", cutoff=cutoff)
    reasons = asked.rows(connection, "couriers", "couriers_reasons", cutoff=cutoff)
    [left_out] = asked.rows(connection, "couriers_left_out", cutoff=cutoff)
    done = _plain(asked)
    goods = done.rows(connection, "couriers_done", "couriers_goods")
    cash = done.rows(connection, "couriers_done", "couriers_cash")
    checks: tuple[Check, ...] = ()
    if not where:
        found = asked.rows(connection, "couriers_done", "couriers_balance")[0]
        checks = _checks(rows, goods, cash, found)
    note = _("Заведено в тот же день после отсечки и в основу не вошло: {count}")
    stops = _stops(connection, asked, rows, (note.format(count=left_out.stops),))
    tables = (stops, _reasons(reasons), _goods(goods), _cash(cash))
    return ReportResult("couriers", _("Экспедиторы"), query, asked.at, tables, checks=checks)


def _plain(asked: Question) -> Question:
    """The same question without the breakdown: rows are by courier already."""
    return replace(asked, breakdowns=())


def cutoff_of(query: ReportQuery) -> str:
    """At what hour a day's stops are counted; `ConfigurationError` for what is no time."""
    said = query.where.get("cutoff", CUTOFF)
    if not CLOCK.fullmatch(said):
        raise ConfigurationError(
            "report --where cutoff",
            found=f"«{said}»",
            expected=_("время вида 09:00"),
            code="unknown_value",
        )
    return said


def _stops(
    connection: Connection, asked: Question, rows: Sequence[Row[Any]], notes: tuple[str, ...]
) -> Table:
    labels = labels_of(connection, asked, {row.grp for row in rows})
    made: Made = {
        "group": lambda row: labels[row.grp],
        "first_rate": lambda row: Ratio(row.first_done, row.first_attempts),
        "perfect_rate": lambda row: Ratio(row.perfect, row.stops),
    }
    heading = (group(),) if asked.query.by else ()
    return tabulated("stops", _("Остановки"), (*heading, *stop_columns()), rows, made, notes)


def _reasons(rows: Sequence[Row[Any]]) -> Table:
    words = {
        "client_absent": _("клиента не было"),
        "client_asked": _("клиент просил перенести"),
        "courier_late": _("экспедитор не успел"),
        "refused": _("отказ"),
        "other": _("другое"),
    }
    made: Made = {"reason": lambda row: words.get(row.reason, _("не сказана"))}
    return tabulated("reasons", _("Почему не удались"), reason_columns(), rows, made)


def _goods(rows: Sequence[Row[Any]]) -> Table:
    kinds = {"legal_entity": _("Юридические лица"), "individual": _("Физические лица")}
    tare = _("тара (залог)")
    made: Made = {
        "client_kind": lambda row: kinds[row.client_kind],
        "item_kind": lambda row: tare if row.item_kind == "returnable" else _("товар"),
    }
    return tabulated("goods", _("Доставлено"), goods_columns(), rows, made)


def _cash(rows: Sequence[Row[Any]]) -> Table:
    return tabulated("cash", _("Разницы денег"), cash_columns(), rows)


def _checks(
    rows: Sequence[Row[Any]], goods: Sequence[Row[Any]], cash: Sequence[Row[Any]], found: Row[Any]
) -> tuple[Check, ...]:
    names = _balance_names()
    outcomes = ("on_time", "late", "failed", "rescheduled", "reassigned", "cancelled", "waiting")
    parts = sum(getattr(row, name) for row in rows for name in outcomes)
    sold = sum((row.amount for row in goods if row.item_kind != "returnable"), Decimal(0))
    differences = sum((row.difference for row in cash), Decimal(0))
    return (
        agree(names[0], parts, sum(row.stops for row in rows)),
        agree(names[1], sold, found.amount),
        agree(names[2], differences, found.taken - found.due),
        agree(names[3], found.taken, found.due)
        if found.taken != found.due
        else nothing(names[3], (row.number for row in cash)),
    )
