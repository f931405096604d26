"""The report `stage_time`: how long deals stand on stages, and how long they take to be won."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row

from provodka.dashboards.reports.as_of import BREAKDOWNS, FILTERS, settle
from provodka.dashboards.reports.balances import agree, nothing
from provodka.dashboards.reports.definition import Report
from provodka.dashboards.reports.funnel_columns import scenario_column, stage_column
from provodka.dashboards.reports.funnel_tables import Words
from provodka.dashboards.reports.report_columns import count, group, hours, number, ratio
from provodka.dashboards.reports.report_tables import keys_of
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

HORIZONS = (30, 90, 180)
DAY = 86_400
HUNDREDTH = Decimal("0.01")


def report() -> Report:
    """The definition, in the language of this process."""
    stay = (scenario_column(), group(context=True), stage_column(), *_stay_columns())
    return Report(
        "stage_time",
        _("Время на этапах"),
        _("Сколько сделки стоят на каждом этапе и за сколько выигрываются"),
        BREAKDOWNS,
        {
            "visits": stay,
            "whole": stay,
            "to_win": (scenario_column(), group(), *_win_columns()),
        },
        _compute,
        definition=_definition(),
        balances=_balance_names(),
        working=True,
        filters=FILTERS,
        views=("v_stage_visit",),
        reads=("deal", "employee", "department", "client"),
    )


def _definition() -> tuple[str, ...]:
    return (
        _(
            "Посещения — каждое пребывание на этапе, начатое за период; вместе — все пребывания"
            " сделки на этапе, если первое из них начато за период. Исключены удаленные сделки;"
            " история объединенной складывается с историей оставшейся."
        ),
        _(
            "Время — по часам и рабочее, по календарю ответственного при входе (если у него"
            " нет своего — компании). Незаконченные пребывания, а также прерванные объединением,"
            " считаются неполными наблюдениями: медиана и p90 — по Каплану — Мейеру, первое"
            " время, за которое ушли не меньше половины и 90 %. Если столько еще не ушло,"
            " значения нет. Среднее по одним законченным не считается никогда."
        ),
        _(
            "До успеха — от создания сделки, созданной за период, до входа в успешный конец;"
            " проигрыш — соперничающий исход (Аален — Йохансен), открытые — неполные наблюдения."
            " Доля за N дней — выигранные к N-му дню из всех; медиана — день, к которому выиграна"
            " половина всех созданных."
        ),
    )


def _balance_names() -> tuple[str, ...]:
    return (
        _("Посещений столько же, сколько входов в этапы за период"),
        _("Рабочее время не больше времени по часам"),
        _("Выиграно, проиграно и открыто вместе — все созданные"),
    )


def _stay_columns() -> tuple[Column, ...]:
    median, p90 = _("Медиана, ч"), _("p90, ч")
    half, most = _("За сколько уходит половина"), _("За сколько уходят 90 %")
    return (
        count("n", _("Всего"), _("Сколько наблюдений")),
        count("n_censored", _("Не кончены"), _("Из них еще не ушли с этапа к дате отчета")),
        hours("median", median, half),
        hours("p90", p90, most),
        hours(
            "median_working",
            _("Медиана, раб. ч"),
            _("{what}, рабочее время").format(what=half),
            working=True,
        ),
        hours(
            "p90_working",
            _("p90, раб. ч"),
            _("{what}, рабочее время").format(what=most),
            working=True,
        ),
    )


def _win_columns() -> tuple[Column, ...]:
    shares = (
        Column(
            f"won_{days}",
            _("За {days} дн., %").format(days=days),
            "number",
            _("Доля выигранных к этому дню, проигрыш — соперничающий исход"),
            "%",
        )
        for days in HORIZONS
    )
    return (
        count("n", _("Создано"), _("Созданы за период")),
        count("won", _("Выиграно"), _("Выиграны к дате отчета")),
        count("lost", _("Проиграно"), _("Проиграны к дате отчета")),
        count("n_censored", _("Открыто"), _("Еще открыты или ушли в другой сценарий")),
        ratio("won_share", _("Доля выигранных"), _("Выиграно из созданных")),
        *shares,
        number("median_days", _("Медиана, дн."), _("К какому дню выиграна половина"), _("дн.")),
    )


def _compute(connection: Connection, query: ReportQuery) -> ReportResult:
    asked = settle(connection, query)
    known = asked.rows(connection, "stages")
    stays = asked.rows(connection, "stage_time", **calendar_parameters(connection, asked))
    fates = asked.rows(connection, "time_to_win")
    entries = asked.rows(connection, "flow")
    born = sum(row.cohort for row in asked.rows(connection, "wins_told", "wins"))
    groups = {row.group for rows in (stays, fates) for row in rows}
    words = words_of(connection, asked, known, groups)
    order = {(row.scenario, row.stage): n for n, row in enumerate(known)}
    grouped = query.by is not None
    return ReportResult(
        "stage_time",
        _("Время на этапах"),
        query,
        asked.at,
        (
            _stays("visits", _("По посещениям этапа"), stays, words, order, grouped=grouped),
            _stays(
                "whole",
                _("По сделке: все посещения этапа вместе"),
                stays,
                words,
                order,
                grouped=grouped,
            ),
            _wins(fates, words, grouped=grouped),
        ),
        checks=_checks(stays, fates, entries, born, _open_stages(known)),
    )


def _open_stages(known: Sequence[Row[Any]]) -> set[tuple[str, str]]:
    return {(row.scenario, row.stage) for row in known if row.kind == "open"}


def _stays(
    name: str,
    title: str,
    rows: Sequence[Row[Any]],
    words: Words,
    order: dict[tuple[str, str], int],
    *,
    grouped: bool,
) -> Table:
    measures = {"visits": "visit", "whole": "whole"}
    found: dict[tuple[str, str, str], dict[str, Row[Any]]] = {}
    for row in rows:
        what, clock = row.measure.split()
        if what == measures[name]:
            found.setdefault((row.scenario, row.group, row.stage), {})[clock] = row
    cells = []
    ordered = sorted(
        found, key=lambda key: (words.scenario(key[0]), words.group(key[1]), order[key[0], key[2]])
    )
    for scenario, one, stage in ordered:
        told = found[scenario, one, stage]
        shown = (words.group(one),) if grouped else ()
        heading = (words.scenario(scenario), *shown, words.stage(scenario, stage))
        cells.append((*heading, *_stay(told["wall"], told["working"])))
    heads = (scenario_column(), *((group(context=True),) if grouped else ()), stage_column())
    keys = tuple(dict(zip(("scenario", "group", "stage"), key, strict=True)) for key in ordered)
    return Table(name, title, (*heads, *_stay_columns()), tuple(cells), keys=keys)


def _stay(wall: Row[Any], working: Row[Any]) -> tuple[Cell, ...]:
    curves = [kaplan_meier(row.times, row.ended, row.censored) for row in (wall, working)]
    censored = sum(wall.censored)
    times = (_hours(curve, left) for curve in curves for left in (0.5, 0.1))
    return (sum(wall.ended) + censored, censored, *times)


def _hours(curve: Curve, left: float) -> Decimal | None:
    seconds = curve.falls_to(left)
    return None if seconds is None else (Decimal(seconds) / 3600).quantize(HUNDREDTH)


def _wins(rows: Sequence[Row[Any]], words: Words, *, grouped: bool) -> Table:
    def key(row: Row[Any]) -> tuple[str, str]:
        return words.scenario(row.scenario), words.group(row.group)

    ordered = sorted(rows, key=key)
    cells = tuple(
        (words.scenario(row.scenario), *((words.group(row.group),) if grouped else ()), *_win(row))
        for row in ordered
    )
    columns = (scenario_column(), *((group(),) if grouped else ()), *_win_columns())
    title, keys = _("До успеха: от создания сделки"), tuple(keys_of(row) for row in ordered)
    return Table("to_win", title, columns, cells, keys=keys)


def _win(row: Row[Any]) -> tuple[Cell, ...]:
    won, lost, censored = sum(row.won), sum(row.lost), sum(row.censored)
    curve = aalen_johansen(row.times, row.won, row.lost, row.censored)
    shares = (Decimal(curve.at(days * DAY) * 100).quantize(HUNDREDTH) for days in HORIZONS)
    half = curve.rises_to(0.5)
    median = None if half is None else (Decimal(half) / DAY).quantize(HUNDREDTH)
    whole = won + lost + censored
    return (whole, won, lost, censored, Ratio(won, whole), *shares, median)


def _checks(
    stays: Sequence[Row[Any]],
    fates: Sequence[Row[Any]],
    entries: Sequence[Row[Any]],
    born: int,
    stages: set[tuple[str, str]],
) -> tuple[Check, ...]:
    first, second, third = _balance_names()
    entered = sum(row.entered + row.again for row in entries if (row.scenario, row.stage) in stages)
    visits = sum(_number(row) for row in stays if row.measure == "visit wall")
    wall = {_place(row): _length(row) for row in stays if row.measure == "visit wall"}
    longer = (
        row.stage
        for row in stays
        if row.measure == "visit working"
        and _length(row) > wall[_place(row)] + sum(row.ended) + sum(row.censored)
    )
    told = sum(sum(row.won) + sum(row.lost) + sum(row.censored) for row in fates)
    return agree(first, visits, entered), nothing(second, longer), agree(third, told, born)


def _number(row: Row[Any]) -> int:
    return int(sum(row.ended) + sum(row.censored))


def _place(row: Row[Any]) -> tuple[str, str, str]:
    return row.scenario, row.group, row.stage


def _length(row: Row[Any]) -> int:
    """Seconds of all observations together, to within half a second each."""
    counts = zip(row.times, row.ended, row.censored, strict=True)
    return sum(time * (ended + censored) for time, ended, censored in counts)
