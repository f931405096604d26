"""The report `leads`: how fast leads are qualified, and how fast they get a proposal."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row

from provodka.dashboards.reports.as_of import BREAKDOWNS, FILTERS, settle
from provodka.dashboards.reports.balances import agree
from provodka.dashboards.reports.definition import Report
from provodka.dashboards.reports.funnel_columns import scenario_column
from provodka.dashboards.reports.funnel_tables import Words
from provodka.dashboards.reports.report_columns import count, group, hours, number, ratio
from provodka.dashboards.reports.report_tables import keys_of, rounded
from provodka.dashboards.reports.stage_words import calendar_parameters, words_of
from provodka.dashboards.reports.survival import Curve, aalen_johansen, kaplan_meier
from provodka.dashboards.results import (
    Cell,
    Check,
    Column,
    Ratio,
    ReportQuery,
    ReportResult,
    Table,
)
from provodka.foundation.i18n import _

__all__ = ["report"]

DAYS = (1, 7, 30)
DAY, HOUR = 86_400, 3600


def report() -> Report:
    """The definition, in the language of this process."""
    return Report(
        "leads",
        _("Обращения"),
        _("За сколько обращение становится сделкой и за сколько клиент получает предложение"),
        BREAKDOWNS,
        {
            "conversion": (scenario_column(), group(), *_conversion_columns()),
            "proposal": (scenario_column(), group(), *_proposal_columns()),
        },
        _compute,
        definition=_definition(),
        balances=_balance_names(),
        working=True,
        filters=FILTERS,
        views=("v_stage_visit",),
    )


def _definition() -> tuple[str, ...]:
    return (
        _(
            "Обращение — сделка, созданная за период, с того, что было верно при ее первом"
            " входе в сценарий. Квалифицировано — впервые ушло дальше своего первого этапа или"
            " выиграно. Проигранное до этого — соперничающий исход (Аален — Йохансен), открытое —"
            " неполное наблюдение. Просрочено — еще не квалифицировано, и срок открытой задачи по"
            " нему прошел."
        ),
        _(
            "Время до КП — от создания обращения до первой принятой отправки КП, рабочее, по"
            " календарю ответственного; повторные отправки не считаются. Среди обращений, по"
            " которым КП составлено; неотправленные — неполные наблюдения до закрытия сделки или"
            " даты отчета (Каплан — Мейер)."
        ),
    )


def _balance_names() -> tuple[str, ...]:
    return (
        _("Квалифицированы, проиграны и открыты — вместе все созданные"),
        _("В оценках столько же обращений, сколько в подсчете"),
    )


def _conversion_columns() -> tuple[Column, ...]:
    meaning = _("Доля квалифицированных к этому дню, проигрыш — соперничающий исход")
    shares = (
        number(f"within_{days}", _("За {days} дн., %").format(days=days), meaning, "%")
        for days in DAYS
    )
    return (
        count("leads", _("Обращений"), _("Созданы за период")),
        count("qualified", _("Квалифицировано"), _("Ушли дальше первого этапа")),
        count("lost", _("Проиграно"), _("Проиграны до этого")),
        count("n_censored", _("Открыто"), _("Еще на первом этапе")),
        count("overdue", _("Просрочено"), _("Открыты, и срок задачи по ним прошел")),
        ratio("share", _("Доля"), _("Квалифицированы из созданных")),
        *shares,
        hours("median", _("Медиана, ч"), _("К какому часу квалифицирована половина")),
        hours(
            "median_working",
            _("Медиана, раб. ч"),
            _("К какому рабочему часу квалифицирована половина"),
            working=True,
        ),
    )


def _proposal_columns() -> tuple[Column, ...]:
    return (
        count("proposed", _("С предложением"), _("Обращения, по которым составлено КП")),
        count("sent", _("Отправлено"), _("КП принято к отправке хотя бы раз")),
        count("n_censored", _("Не отправлено"), _("КП составлено и не отправлено")),
        count("without", _("Без КП"), _("КП не составлено; исключены")),
        hours("median", _("Медиана, раб. ч"), _("За сколько получает половина"), working=True),
        hours("p90", _("p90, раб. ч"), _("За сколько получают 90 %"), working=True),
        hours("median_wall", _("Медиана, ч"), _("За сколько получает половина, по часам")),
    )


def _compute(connection: Connection, query: ReportQuery) -> ReportResult:
    asked = settle(connection, query)
    days = calendar_parameters(connection, asked)
    rows = asked.rows(connection, "leads", "leads_summary", **days)
    curves = asked.rows(connection, "leads", "leads_curves", **days)
    stages = asked.rows(connection, "stages")
    words = words_of(connection, asked, stages, {row.group for row in rows})
    found = {(row.scenario, row.group, row.measure): row for row in curves}
    born = sum(row.cohort for row in asked.rows(connection, "wins_told", "wins"))
    rows = sorted(rows, key=lambda row: (words.scenario(row.scenario), words.group(row.group)))
    grouped = query.by is not None
    return ReportResult(
        "leads",
        _("Обращения"),
        query,
        asked.at,
        (
            _table(rows, words, found, grouped=grouped),
            _proposals(rows, words, found, grouped=grouped),
        ),
        checks=_checks(rows, curves, born),
    )


Found = dict[tuple[str, str, str], Row[Any]]


def _heads(words: Words, row: Row[Any], *, grouped: bool) -> tuple[Cell, ...]:
    shown = (words.group(row.group),) if grouped else ()
    return (words.scenario(row.scenario), *shown)


def _columns(own: tuple[Column, ...], *, grouped: bool) -> tuple[Column, ...]:
    return (scenario_column(), *((group(),) if grouped else ()), *own)


def _table(rows: Sequence[Row[Any]], words: Words, found: Found, *, grouped: bool) -> Table:
    cells = tuple((*_heads(words, row, grouped=grouped), *_conversion(row, found)) for row in rows)
    columns = _columns(_conversion_columns(), grouped=grouped)
    keys = tuple(keys_of(row) for row in rows)
    return Table("conversion", _("До квалификации"), columns, cells, keys=keys)


def _conversion(row: Row[Any], found: Found) -> tuple[Cell, ...]:
    wall, working = (
        _incidence(found[row.scenario, row.group, f"conversion {clock}"])
        for clock in ("wall", "working")
    )
    shares = (rounded(wall.at(days * DAY) * 100) for days in DAYS)
    halves = (_in_hours(curve.rises_to(0.5)) for curve in (wall, working))
    share = Ratio(row.qualified, row.leads)
    counts = (row.leads, row.qualified, row.lost, row.open, row.overdue)
    return (*counts, share, *shares, *halves)


def _incidence(row: Row[Any]) -> Curve:
    return aalen_johansen(row.times, row.won, row.lost, row.censored)


def _proposals(rows: Sequence[Row[Any]], words: Words, found: Found, *, grouped: bool) -> Table:
    cells = tuple((*_heads(words, row, grouped=grouped), *_proposal(row, found)) for row in rows)
    columns = _columns(_proposal_columns(), grouped=grouped)
    keys = tuple(keys_of(row) for row in rows)
    return Table("proposal", _("До предложения (КП)"), columns, cells, keys=keys)


def _proposal(row: Row[Any], found: Found) -> tuple[Cell, ...]:
    counts = (row.proposed, row.sent, row.proposed - row.sent, row.leads - row.proposed)
    key = row.scenario, row.group
    if (*key, "proposal wall") not in found:
        return (*counts, None, None, None)
    working, wall = (
        kaplan_meier(one.times, one.won, one.censored)
        for one in (found[*key, f"proposal {clock}"] for clock in ("working", "wall"))
    )
    levels = (working.falls_to(0.5), working.falls_to(0.1), wall.falls_to(0.5))
    return (*counts, *map(_in_hours, levels))


def _in_hours(seconds: float | None) -> Decimal | None:
    return None if seconds is None else rounded(seconds / HOUR)


def _checks(rows: Sequence[Row[Any]], curves: Sequence[Row[Any]], born: int) -> tuple[Check, ...]:
    first, second = _balance_names()
    told = sum(row.qualified + row.lost + row.open for row in rows)
    measured = sum(
        int(sum(row.won) + sum(row.lost) + sum(row.censored))
        for row in curves
        if row.measure in ("conversion wall", "proposal wall")
    )
    counted = sum(row.leads + row.proposed for row in rows)
    return agree(first, told, born), agree(second, measured, counted)
