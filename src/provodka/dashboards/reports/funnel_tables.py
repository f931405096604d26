"""The funnel's values as tables, pictures and checks for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TypeVar

from provodka.dashboards.reports.as_of import AsOf
from provodka.dashboards.reports.balances import nothing
from provodka.dashboards.reports.funnel import (
    CohortStep,
    FlowStep,
    Funnel,
    Gone,
    StageBalance,
    WinRate,
)
from provodka.dashboards.reports.funnel_columns import (
    balance_columns,
    cohort_columns,
    flow_columns,
    gone_columns,
    group_column,
    scenario_column,
    stage_column,
    win_columns,
)
from provodka.dashboards.results import Bar, Cell, Chart, Check, Column, Ratio, Table
from provodka.foundation.i18n import _

Row = TypeVar("Row", bound=CohortStep | FlowStep | WinRate)

__all__ = ["Words", "balance_names", "funnel_charts", "funnel_checks", "funnel_tables"]


@dataclass(frozen=True, slots=True)
class Words:
    """What people call the scenarios, stages and groups of one report."""

    scenarios: dict[str, str]
    stages: dict[tuple[str, str], str]
    groups: dict[str, str]

    @classmethod
    def of(cls, found: Funnel, groups: dict[str, str]) -> Words:
        """The names that the report's own stages give."""
        return cls(
            {stage.scenario: stage.scenario_name for stage in found.stages},
            {(stage.scenario, stage.code): stage.name for stage in found.stages},
            groups,
        )

    def scenario(self, code: str) -> str:
        """A scenario's name; its code if none is known."""
        return self.scenarios.get(code, code)

    def stage(self, scenario: str, code: str) -> str:
        """A stage's name; its code if none is known."""
        return self.stages.get((scenario, code), code)

    def group(self, value: str) -> str:
        """A breakdown's value as people call it."""
        return self.groups.get(value, value)

    def order(self, row: CohortStep | FlowStep | WinRate) -> tuple[str, ...]:
        """Sorting by what people see, namesakes apart."""
        return self.scenario(row.scenario), row.scenario, self.group(row.group), row.group


def funnel_tables(found: Funnel, words: Words, asked: AsOf) -> tuple[Table, ...]:
    """Cohort, flow, win rate, left out, balance: each from the same values."""
    grouped = asked.query.by is not None
    return (
        _cohort(found, words, asked, grouped=grouped),
        _flow(found, words, grouped=grouped),
        _wins(found, words, grouped=grouped),
        _gone(found, words),
        _balance(found, words),
    )


def funnel_charts(found: Funnel, words: Words) -> tuple[Chart, ...]:
    """One funnel per scenario and group, from the cohort's rows."""
    charts = []
    for _key, rows in groupby(sorted(found.cohort, key=words.order), key=words.order):
        steps = list(rows)
        first = steps[0]
        names = words.scenario(first.scenario), words.group(first.group)
        title = " · ".join(filter(None, names))
        bars = [Bar(_("Создано сделок"), first.cohort, None)]
        bars += [_bar(step, words, found) for step in steps]
        charts.append(Chart(title, tuple(bars)))
    return tuple(charts)


def balance_names() -> tuple[str, ...]:
    """The balances of the funnel, in the order of its checks."""
    return (
        _("Баланс этапов: входы равны сумме выходов"),
        _("Посещения каждой сделки идут подряд, без дыр и наложений"),
        _("Достигших дальнего этапа не больше, чем достигших ближнего"),
        _("Выиграно, проиграно и открыто вместе не больше созданных"),
    )


def funnel_checks(found: Funnel) -> tuple[Check, ...]:
    """The balances that must hold for the report to be trusted."""
    failing = (
        (row.stage for row in found.balance if row.entries != row.exits),
        (row.stage for row in found.balance if row.broken),
        (
            later.stage
            for first, later in pairwise(found.cohort)
            if (first.scenario, first.group) == (later.scenario, later.group)
            and later.reached > first.reached
        ),
        (
            row.scenario
            for row in found.wins
            if row.cohort_won + row.cohort_lost + row.cohort_open > row.cohort
        ),
    )
    return tuple(nothing(*pair) for pair in zip(balance_names(), failing, strict=True))


def _bar(step: CohortStep, words: Words, found: Funnel) -> Bar:
    won = any(
        (stage.scenario, stage.code, stage.kind) == (step.scenario, step.stage, "won")
        for stage in found.stages
    )
    ratio = step.conversion or Ratio(step.reached, step.cohort)
    return Bar(words.stage(step.scenario, step.stage), step.reached, ratio, won)


def _cohort(found: Funnel, words: Words, asked: AsOf, *, grouped: bool) -> Table:
    def cells(row: CohortStep) -> tuple[Cell, ...]:
        return (
            words.stage(row.scenario, row.stage),
            row.reached,
            row.conversion,
            row.upper,
            row.pending,
            row.within,
            row.visited,
            row.skipped,
            row.of_cohort,
        )

    return Table(
        "cohort",
        _("Когортная воронка: сделки, созданные за период"),
        _columns(cohort_columns(asked.query.horizon_days), grouped=grouped),
        _rows(found.cohort, words, cells, grouped=grouped),
        (
            _(
                "Конверсия — достигшие этапа из достигших предыдущего; не более — если до этапа"
                " дойдут и все еще открытые сделки."
            ),
            *_left_out(found, _("созданных за период"), "created"),
        ),
        _keys(found.cohort, words),
    )


def _flow(found: Funnel, words: Words, *, grouped: bool) -> Table:
    def cells(row: FlowStep) -> tuple[Cell, ...]:
        return words.stage(row.scenario, row.stage), row.entered, row.again, row.ratio

    return Table(
        "flow",
        _("Поток за период: входы в этапы"),
        _columns(flow_columns(), grouped=grouped),
        _rows(found.flow, words, cells, grouped=grouped),
        (
            _("Соотношение сравнивает разные сделки и может превышать 100 %: это не конверсия."),
            *_left_out(found, _("вошедших в этапы за период"), "entered"),
        ),
        _keys(found.flow, words),
    )


def _wins(found: Funnel, words: Words, *, grouped: bool) -> Table:
    def cells(row: WinRate) -> tuple[Cell, ...]:
        return (
            row.won,
            row.lost,
            row.rate,
            row.won_amount,
            row.reopened,
            row.cohort,
            row.cohort_rate,
            row.open_share,
        )

    foreign = sum(row.foreign_won for row in found.wins)
    amounts = _("В сумму не вошли выигранные в других валютах: {count}.").format(count=foreign)
    return Table(
        "wins",
        _("Доля выигранных"),
        _columns(win_columns(), grouped=grouped, staged=False),
        _rows(found.wins, words, cells, grouped=grouped),
        (
            _(
                "Выиграно и проиграно — по дате последнего закрытия; открытая снова сделка"
                " закрытой не считается."
            ),
            *((amounts,) if foreign else ()),
            *_left_out(found, _("закрытых за период"), "closed"),
        ),
        _keys(found.wins, words),
    )


def _gone(found: Funnel, words: Words) -> Table:
    def cells(row: Gone) -> tuple[Cell, ...]:
        return (
            words.scenario(row.scenario),
            row.created_deleted,
            row.created_merged,
            row.entered_deleted,
            row.entered_merged,
            row.closed_deleted,
            row.closed_merged,
        )

    return Table(
        "excluded",
        _("Исключенные сделки"),
        (scenario_column(), *gone_columns()),
        tuple(cells(row) for row in found.gone),
        (_("История объединенной сделки учтена у той, что осталась."),),
        tuple({"scenario": row.scenario} for row in found.gone),
    )


def _balance(found: Funnel, words: Words) -> Table:
    def cells(row: StageBalance) -> tuple[Cell, ...]:
        return (
            words.scenario(row.scenario),
            words.stage(row.scenario, row.stage),
            row.entries,
            row.advanced,
            row.back,
            row.won,
            row.lost,
            row.transferred,
            row.deleted,
            row.merged,
            row.open,
        )

    order = {(stage.scenario, stage.code): n for n, stage in enumerate(found.stages)}
    rows = sorted(found.balance, key=lambda row: order.get((row.scenario, row.stage), len(order)))
    return Table(
        "balance",
        _("Баланс этапов за период"),
        (scenario_column(), stage_column(), *balance_columns()),
        tuple(cells(row) for row in rows),
        (
            _(
                "Все входы в этап за период, сколько бы раз ни вошла сделка, вместе с исключенными,"
                " и что с ними стало к дате отчета."
            ),
        ),
        tuple({"scenario": row.scenario, "stage": row.stage} for row in rows),
    )


def _left_out(found: Funnel, what: str, prefix: str) -> tuple[str, ...]:
    deleted = sum(getattr(row, f"{prefix}_deleted") for row in found.gone)
    merged = sum(getattr(row, f"{prefix}_merged") for row in found.gone)
    said = _("Исключено из {what}: удаленных {deleted}, объединенных {merged}.")
    return (said.format(what=what, deleted=deleted, merged=merged),)


def _columns(own: tuple[Column, ...], *, grouped: bool, staged: bool = True) -> tuple[Column, ...]:
    return (
        scenario_column(),
        *((group_column(context=staged),) if grouped else ()),
        *((stage_column(),) if staged else ()),
        *own,
    )


def _rows(
    rows: Iterable[Row], words: Words, cells: Callable[[Row], tuple[Cell, ...]], *, grouped: bool
) -> tuple[tuple[Cell, ...], ...]:
    def row_of(row: Row) -> tuple[Cell, ...]:
        shown = (words.group(row.group),) if grouped else ()
        return (words.scenario(row.scenario), *shown, *cells(row))

    return tuple(row_of(row) for row in sorted(rows, key=words.order))


def _keys(rows: Iterable[Row], words: Words) -> tuple[dict[str, str], ...]:
    """What each row of `_rows` stands for, in the same order."""
    names = ("scenario", "group", "stage")
    return tuple(
        {name: getattr(row, name) for name in names if hasattr(row, name)}
        for row in sorted(rows, key=words.order)
    )
