"""Lost clients: who bought and has not for three calendar months, who came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row

from provodka.dashboards.reports.asking import Question, labels_of, question
from provodka.dashboards.reports.balances import agree
from provodka.dashboards.reports.definition import Report
from provodka.dashboards.reports.lost_clients_kept import (
    SCOPES,
    ZONE,
    is_kept,
    rebuild,
    refresh,
    verify,
)
from provodka.dashboards.reports.report_columns import count, group, instant, money, ratio, words
from provodka.dashboards.reports.report_tables import Made, tabulated
from provodka.dashboards.reports.stage_visit import complete_until
from provodka.dashboards.results import Check, Column, Ratio, ReportQuery, ReportResult, Table
from provodka.foundation.i18n import _

__all__ = ["report", "spells_of"]

BREAKDOWNS = ("client_kind",)
KEPT = ("lost_kept",)
SINCE = ("lost_then_bought", "lost_spells", "lost_then")
ANEW = ("lost_bought", "lost_spells", "lost_facts")
LATELY = timedelta(days=31)
"""Since when few of the buyers have changed."""


def report() -> Report:
    """The definition, in the language of this process."""
    return Report(
        "lost_clients",
        _("Потерянные клиенты"),
        _("Кто покупал и три календарных месяца не покупает, кто вернулся"),
        BREAKDOWNS,
        {
            "payers": (group(), *_columns()),
            "points": (group(), *_columns()),
            "lost_payers": _list_columns("payer"),
            "lost_points": _list_columns("point"),
        },
        _compute,
        definition=_definition(),
        balances=_balance_names(),
        filters=(*BREAKDOWNS, "item_kind"),
        refresh=refresh,
        rebuild=rebuild,
        verify=verify,
        views=("v_buying_spell",),
        reads=("order", "client", "product", "delivery_point"),
    )


def _definition() -> tuple[str, ...]:
    return (
        _(
            "Считаются выполненные заказы, в которых есть товар (услуги и возвратная тара не"
            " считаются; --where item_kind=вода оставляет один род). Отмененные не считаются."
            " Последняя покупка — L; клиент потерян в L + 3 календарных месяца, если за это время"
            " не купил снова. 30 ноября и 3 месяца — последний день февраля."
        ),
        _(
            "Дата потери не сдвигается: возвращение — отдельное событие и потерю не стирает. Доля —"
            " потерянные за период из бывших действующими на его начало. Купившие один раз — в"
            " своем столбце. Объединенные двойники — один клиент. Отдельно по плательщикам и по"
            " точкам доставки. У потерянного показан будущий заказ, если он есть."
        ),
        _("На момент T считаются покупки до T по их собственным датам, и загруженные из прошлого."),
        _(
            "Отрезки покупок за все время хранятся готовыми; что каждый заказ — в одном из них,"
            " проверяется раз в сутки, а для прошедших моментов и отборов — при каждой постройке."
        ),
    )


def _balance_names() -> tuple[str, ...]:
    return (
        _("Были действующими, начали и вернулись, минус потерянные — действующие в конце"),
        _("Каждый выполненный заказ — ровно в одном отрезке покупок"),
        _("Никто из потерянных не покупал до даты потери"),
        _("Объединенных клиентов среди строк нет"),
    )


def _columns() -> tuple[Column, ...]:
    return (
        count("active_before", _("Было"), _("Действующие к началу периода"), total=True),
        count("begun", _("Новые"), _("Первая покупка в периоде")),
        count("returned", _("Вернулись"), _("Первая покупка после потери, в периоде")),
        count("lost", _("Потеряно"), _("Дата потери в периоде")),
        count("one_time", _("Из них разовые"), _("Потеряны после единственной покупки")),
        count("active_after", _("Стало"), _("Действующие к концу периода")),
        ratio("rate", _("Доля потерь"), _("Потеряно из бывших действующими на начало")),
    )


def _list_columns(scope: str) -> tuple[Column, ...]:
    point = words("point", _("Точка"), _("Адрес доставки"))
    return (
        words("client", _("Клиент"), _("Кто потерян")),
        *((point,) if scope == "point" else ()),
        words("client_kind", _("Вид клиента"), _("При последней покупке")),
        count("orders", _("Покупок"), _("Сколько раз купил до потери"), total=False),
        money("amount", _("На сумму"), _("На сколько купил до потери, с НДС")),
        instant("last_at", _("Последняя покупка"), _("Когда выполнен последний заказ")),
        instant("lost_at", _("Потерян"), _("Последняя покупка и три календарных месяца")),
        words("one_time", _("Разовый"), _("Покупка была единственной")),
        instant("returned_at", _("Вернулся"), _("Первая покупка после потери; пусто, если нет")),
        instant("ahead", _("Будущий заказ"), _("На когда заказано; пусто, если не заказано")),
    )


def _compute(connection: Connection, query: ReportQuery) -> ReportResult:
    item_kind = query.where.get("item_kind")
    asked = question(connection, _without(query, "item_kind"), BREAKDOWNS, BREAKDOWNS)
    tables: list[Table] = []
    lists: list[Table] = []
    checks: list[Check] = []
    spells = spells_of(connection, query)
    kept = spells != ANEW
    balance = "lost_kept_balance" if kept else "lost_balance"
    for scope in SCOPES:
        given = {"scope": scope, "item_kind": item_kind and item_kind.lower()}
        rows = asked.rows(connection, *spells, "lost_summary", **given)
        tables.append(_summary(connection, asked, rows, scope))
        lists.append(_list(asked.rows(connection, *spells, "lost_list", **given), scope))
        found = asked.rows(connection, *spells, balance, **given)[0]
        checks += _checks(rows, found, scope, kept=kept)
    title = _("Потерянные клиенты")
    return ReportResult(
        "lost_clients", title, query, asked.at, (*tables, *lists), checks=tuple(checks)
    )


def spells_of(connection: Connection, query: ReportQuery) -> tuple[str, ...]:
    """The statements with the spells of buying: those that are kept, if they answer the question.

    Of an instant that has passed lately, the buyers that have changed since are computed from their
    orders as they stood then; of an older one, and for a part of the goods, all are.
    """
    known = complete_until(connection)
    asked_whole = query.where.get("item_kind") is None and str(query.zone) == ZONE
    if not asked_whole or not is_kept(connection):
        return ANEW
    if query.as_of is None or known is None or query.as_of >= known:
        return KEPT
    return SINCE if query.as_of > known - LATELY else ANEW


def _without(query: ReportQuery, *names: str) -> ReportQuery:
    kept = {name: value for name, value in query.where.items() if name not in names}
    return replace(query, where=kept)


def _title(scope: str) -> str:
    return _("Плательщики") if scope == "payer" else _("Точки доставки")


def _summary(
    connection: Connection, asked: Question, rows: Sequence[Row[Any]], scope: str
) -> Table:
    labels = labels_of(connection, asked, {row.grp for row in rows})
    made: Made = {
        "group": lambda row: labels[row.grp],
        "rate": lambda row: Ratio(row.lost, row.active_before),
    }
    heading = (group(),) if asked.query.by else ()
    return tabulated(f"{scope}s", _title(scope), (*heading, *_columns()), rows, made)


def _list(rows: Sequence[Row[Any]], scope: str) -> Table:
    kinds = {"legal_entity": _("юридическое лицо"), "individual": _("физическое лицо")}
    made: Made = {
        "client_kind": lambda row: kinds.get(row.client_kind or "", ""),
        "one_time": lambda row: _("да") if row.one_time else "",
        "orders": lambda row: int(row.orders),
    }
    title = _("Потеряны за период: {who}").format(who=_title(scope).lower())
    return tabulated(f"lost_{scope}s", title, _list_columns(scope), rows, made)


def _checks(rows: Sequence[Row[Any]], found: Row[Any], scope: str, *, kept: bool) -> list[Check]:
    """That each order is in one spell of those that are kept is told by `verify`, once a day."""
    names = [f"{_title(scope)}: {name}" for name in _balance_names()]
    came = sum(row.active_before + row.begun + row.returned - row.lost for row in rows)
    return [
        agree(names[0], came, sum(row.active_after for row in rows)),
        *(() if kept else (agree(names[1], int(found.in_spells), found.orders),)),
        agree(names[2], found.bought_meanwhile, 0),
        agree(names[3], found.merged, 0),
    ]
