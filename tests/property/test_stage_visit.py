"""Visits: whole or in pieces, incremental or rebuilt, and as a naive reading has them."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine
from tests.contract.dashboards.conftest import complete
from tests.contract.dashboards.histories import (
    ENDS,
    RANKS,
    day,
    forget_everything,
    write_deltas,
    write_scenarios,
)
from tests.contract.dashboards.visits import StageVisit, read_visits
from tests.property.naive_funnel import NaiveFunnel
from tests.property.stage_histories import (
    Change,
    NaiveVisit,
    busy_changes,
    changes,
    naive_visits,
    tell,
)

from provodka.dashboards.reports import stage_visit
from provodka.dashboards.reports.as_of import settle
from provodka.dashboards.reports.funnel import compute_funnel
from provodka.dashboards.results import Ratio, ReportQuery

in_store = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
STEPS = [("letter", 1, "open"), ("offer", 2, "open"), ("bill", 3, "open"), ("won", 4, "won")]


def start_over(connection: Connection) -> None:
    """Nothing has happened yet; the two scenarios are there."""
    forget_everything(connection)
    connection.exec_driver_sql("DELETE FROM crm.stage")
    connection.exec_driver_sql("DELETE FROM crm.scenario")
    write_scenarios(connection)


def plain(visit: StageVisit) -> NaiveVisit:
    return NaiveVisit(
        visit.deal,
        visit.visit,
        visit.stage,
        visit.entered_at,
        visit.left_at,
        visit.exit,
        str(visit.responsible),
        str(visit.survivor) if visit.survivor else None,
    )


@in_store
@given(busy_changes | changes, st.lists(st.integers(0, 60), max_size=3))
def test_refreshed_rebuilt_and_naive_are_the_same_rows(
    store: Engine, wanted: list[Change], cuts: list[int]
) -> None:
    told = tell(wanted)
    ends = sorted(min(cut, len(told.deltas)) for cut in cuts)
    with store.begin() as connection:
        start_over(connection)
    for start, end in pairwise([0, *ends, len(told.deltas)]):
        with store.begin() as connection:
            write_deltas(connection, told.deltas[start:end])
        with store.begin() as connection:
            stage_visit.refresh(connection)
    with store.begin() as connection:
        refreshed = read_visits(connection)
        stage_visit.rebuild(connection)
        rebuilt = read_visits(connection)
        again = stage_visit.refresh(connection)
    assert refreshed == rebuilt
    assert again.rows == 0
    assert [plain(visit) for visit in rebuilt] == naive_visits(told)
    for first, second in pairwise(rebuilt):
        if first.deal == second.deal:
            assert first.left_at is not None
            assert first.entered_at <= first.left_at <= second.entered_at


@in_store
@given(busy_changes, st.integers(5, 30), st.integers(0, 4), st.integers(4, 30), st.integers(0, 6))
def test_the_funnel_is_what_plain_loops_over_visits_count(
    store: Engine,
    wanted: list[Change],
    at: int,
    since: int,
    length: int,
    horizon: int,
) -> None:
    told = tell(wanted)
    with store.begin() as connection:
        start_over(connection)
        write_deltas(connection, told.deltas)
    with store.begin() as connection:
        stage_visit.refresh(connection)
        complete(connection)
        visits = read_visits(connection)
    period = day(since), day(since + length)
    with store.connect() as connection:
        asked = settle(connection, ReportQuery(*period, as_of=day(at), horizon_days=horizon))
        found = compute_funnel(connection, asked)
    naive = NaiveFunnel(visits, day(at), *period, timedelta(days=horizon))
    steps = [step for step in found.cohort if step.scenario == "sale"]
    for (_name, *before), (name, *here), step in zip(STEPS, STEPS[1:], steps[1:], strict=False):
        base, reached, pending, ripe, within = naive.step("sale", tuple(before), tuple(here))  # type: ignore[arg-type]
        assert step.stage == name
        assert step.reached == reached
        if step.conversion is not None:
            assert step.conversion == Ratio(reached, base)
            assert step.upper == Ratio(reached + pending, base)
            assert step.within == Ratio(within, ripe)
            assert 0 <= step.skipped <= step.reached
    for entry in found.flow:
        assert (entry.entered, entry.again) == naive.flow(entry.scenario, entry.stage)
    for win in found.wins:
        assert (win.won, win.lost) == tuple(
            naive.closed(win.scenario, kind) for kind in ("won", "lost")
        )
        assert (win.cohort, win.cohort_won, win.cohort_lost, win.cohort_open) == (
            len(naive.cohort(win.scenario)),
            *(naive.standing(win.scenario, kind) for kind in ("won", "lost", "open")),
        )
    assert all(row.entries == row.exits and not row.broken for row in found.balance)
    assert {row.stage for row in found.balance} <= set(RANKS) | set(ENDS)
