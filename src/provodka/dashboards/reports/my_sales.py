"""The report `my_sales`: the board of open deals, stage by stage, and the cards on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from provodka.dashboards.reports.as_of import BREAKDOWNS, FILTERS, AsOf, settle
from provodka.dashboards.reports.balances import agree
from provodka.dashboards.reports.definition import Report
from provodka.dashboards.reports.funnel_columns import group_column, scenario_column, stage_column
from provodka.dashboards.reports.report_columns import count, instant, money, number, words
from provodka.dashboards.reports.report_tables import Made, tabulated
from provodka.dashboards.reports.stage_words import words_of
from provodka.dashboards.results import Check, Column, ReportQuery, ReportResult
from provodka.foundation.i18n import _

__all__ = ["report"]

MOST = 1000


def report() -> Report:
    """The definition, in the language of this process."""
    heading = scenario_column(), group_column(context=True), stage_column()
    return Report(
        "my_sales",
        _("Мои продажи"),
        _("Какие сделки стоят на каждом этапе сейчас и какие из них просят внимания"),
        BREAKDOWNS,
        {"stages": (*heading, *_stage_columns()), "cards": (*heading, *_card_columns())},
        _compute,
        definition=(
            _(
                "Открытые сделки на тех этапах, где они стоят на дату отчета; период на состав не"
                " влияет. Сумма — при входе в этап, потенциал — потенциальная выручка, какой она"
                " была на дату отчета. Ждут — открытых задач нет; просрочено — срок хотя бы одной"
                " открытой задачи по сделке прошел. Воронка лежа: этапы слева направо, карточки —"
                " внутри этапа, крупные первыми."
            ),
        ),
        balances=(_balance_name(),),
        filters=FILTERS,
        views=("v_stage_visit", "v_task"),
        reads=("deal", "employee", "department", "client", "task"),
    )


def _balance_name() -> str:
    return _("Карточек столько же, сколько открытых посещений этапов")


def _stage_columns() -> tuple[Column, ...]:
    return (
        count("deals", _("Сделок"), _("Стоят на этапе")),
        money("amount", _("Сумма, ₽"), _("Их сумма с НДС, в рублях")),
        money("expected", _("Потенциал, ₽"), _("Их потенциальная выручка, в рублях")),
        number("days", _("На этапе, медиана"), _("Половина стоит не дольше"), _("дн.")),
        count("late", _("Просрочено"), _("Со сроком задачи в прошлом")),
        count("idle", _("Ждут"), _("Без открытых задач")),
    )


def _card_columns() -> tuple[Column, ...]:
    return (
        words("number", _("Сделка"), _("Номер сделки")),
        words("title", _("Предмет"), _("О чем сделка")),
        words("client", _("Клиент"), _("Чья сделка")),
        words("manager", _("Менеджер"), _("Ответственный при входе в этап")),
        money("amount", _("Сумма"), _("Сумма при входе в этап")),
        money("expected", _("Потенциал"), _("Потенциальная выручка на дату отчета")),
        instant("entered_at", _("На этапе с"), _("Когда вошла в этап")),
        number("days", _("На этапе"), _("Сколько стоит на этапе"), _("дн.")),
        instant("due_at", _("Ближайший срок"), _("Срок ближайшей открытой задачи")),
    )


def _compute(connection: Connection, query: ReportQuery) -> ReportResult:
    asked = settle(connection, query)
    stages = asked.rows(connection, "board", "board_stages")
    cards = asked.rows(connection, "board", "board_cards", most=MOST)
    known = asked.rows(connection, "stages")
    words_known = words_of(connection, asked, known, {row.group for row in stages})
    made: Made = {
        "scenario": lambda row: words_known.scenario(row.scenario),
        "group": lambda row: words_known.group(row.group),
        "stage": lambda row: words_known.stage(row.scenario, row.stage),
    }
    grouped = (group_column(context=True),) if query.by else ()
    heading = (scenario_column(), *grouped, stage_column())
    full = (_("Показаны первые {most} карточек.").format(most=MOST),)
    return ReportResult(
        "my_sales",
        _("Мои продажи"),
        query,
        asked.at,
        (
            tabulated("stages", _("Этапы"), (*heading, *_stage_columns()), stages, made),
            tabulated(
                "cards",
                _("Карточки"),
                (*heading, *_card_columns()),
                cards,
                made,
                full if len(cards) == MOST else (),
            ),
        ),
        checks=_checks(connection, asked, stages),
    )


def _checks(connection: Connection, asked: AsOf, stages: Sequence[Row[Any]]) -> tuple[Check, ...]:
    [found] = asked.rows(connection, "board_balance")
    return (agree(_balance_name(), sum(row.deals for row in stages), found.open),)
