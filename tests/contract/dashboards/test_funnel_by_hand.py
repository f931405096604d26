"""A history small enough to count on fingers, and every number of the funnel over it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.contract.dashboards.histories import day, key

from provodka.dashboards.reports.as_of import settle
from provodka.dashboards.reports.funnel import Funnel, compute_funnel
from provodka.dashboards.results import Ratio, ReportQuery

pytestmark = pytest.mark.requirement("R103")


def funnel(store: Engine, at: float = 20, **asked: Any) -> Funnel:
    query = ReportQuery(day(0), day(31), as_of=day(at), **asked)
    with store.connect() as connection:
        return compute_funnel(connection, settle(connection, query))


def cohort_of(found: Funnel, group: str = "") -> dict[str, tuple[Any, ...]]:
    return {
        step.stage: (step.reached, step.visited, step.conversion, step.upper, step.pending)
        for step in found.cohort
        if (step.scenario, step.group) == ("sale", group)
    }


def test_the_cohort_counts_reached_visited_and_both_bounds(counted: Engine) -> None:
    assert cohort_of(funnel(counted)) == {
        "letter": (5, 4, None, None, 0),
        "offer": (3, 3, Ratio(3, 5), Ratio(4, 5), 1),
        "bill": (3, 3, Ratio(3, 3), Ratio(3, 3), 0),
        "won": (2, 2, Ratio(2, 3), Ratio(3, 3), 1),
    }


def test_a_stage_that_was_jumped_over_is_reached_but_skipped(counted: Engine) -> None:
    letter = funnel(counted).cohort[0]
    assert (letter.stage, letter.cohort, letter.skipped) == ("letter", 5, 1)


def test_conversion_within_days_counts_only_those_in_time(counted: Engine) -> None:
    within = {step.stage: step.within for step in funnel(counted, horizon_days=5).cohort[:4]}
    assert within == {
        "letter": None,
        "offer": Ratio(3, 5),
        "bill": Ratio(3, 3),
        "won": Ratio(2, 3),
    }
    assert funnel(counted, horizon_days=3).cohort[3].within == Ratio(1, 3)


def test_conversion_within_days_leaves_out_deals_not_given_those_days(counted: Engine) -> None:
    offer = funnel(counted, at=6.5, horizon_days=5).cohort[1]
    assert offer.within == Ratio(1, 2)


def test_the_flow_counts_first_entries_and_reentries_apart(counted: Engine) -> None:
    flow = {
        step.stage: (step.entered, step.again, step.ratio)
        for step in funnel(counted).flow
        if step.scenario == "sale"
    }
    assert flow == {
        "letter": (4, 1, None),
        "offer": (3, 0, Ratio(3, 4)),
        "bill": (3, 1, Ratio(3, 3)),
        "won": (2, 0, Ratio(2, 3)),
        "lost": (1, 0, None),
    }


def test_the_last_close_counts_and_reopenings_are_apart(counted: Engine) -> None:
    (win,) = funnel(counted).wins
    assert (win.rate, win.won_amount, win.reopened) == (Ratio(1, 2), Decimal(150), 1)
    assert (win.cohort_rate, win.cohort_lost, win.open_share) == (Ratio(1, 5), 1, Ratio(3, 5))


def test_deleted_and_merged_deals_are_counted_as_left_out(counted: Engine) -> None:
    (gone,) = funnel(counted).gone
    assert (gone.created_deleted, gone.created_merged) == (1, 1)
    assert (gone.entered_deleted, gone.entered_merged) == (1, 1)
    assert (gone.closed_deleted, gone.closed_merged) == (0, 0)


def test_a_deal_is_visible_at_any_instant_before_its_deletion(counted: Engine) -> None:
    before = funnel(counted, at=11)
    assert (before.cohort[0].cohort, before.gone[0].created_deleted) == (6, 0)
    assert funnel(counted, at=7.5).cohort[0].cohort == 7


def test_what_happened_after_the_instant_is_not_seen(counted: Engine) -> None:
    found = funnel(counted, at=3)
    assert cohort_of(found)["bill"] == (0, 0, Ratio(0, 1), Ratio(1, 1), 1)
    assert [win.won for win in found.wins] == [0]


def test_each_stage_is_in_balance(counted: Engine) -> None:
    rows = {row.stage: row for row in funnel(counted).balance}
    letter, bill = rows["letter"], rows["bill"]
    exits = (letter.advanced, letter.lost, letter.merged, letter.open)
    assert (letter.entries, *exits) == (6, 3, 1, 1, 1)
    assert (bill.entries, bill.won, bill.back, bill.open) == (4, 1, 1, 2)
    assert all(row.entries == row.exits and not row.broken for row in rows.values())


def test_a_breakdown_takes_the_value_at_the_event(counted: Engine) -> None:
    boris = str(key(802))
    found = funnel(counted, by="manager")
    assert cohort_of(found, boris)["letter"] == (2, 1, None, None, 0)
    assert {win.group: win.rate for win in found.wins} == {
        str(key(801)): Ratio(1, 1),
        boris: Ratio(0, 1),
    }


def test_breakdowns_add_up_to_the_whole(counted: Engine) -> None:
    whole = funnel(counted).cohort[0].reached
    for by in ("manager", "department", "source", "client_kind"):
        parts = [step.reached for step in funnel(counted, by=by).cohort if step.stage == "letter"]
        assert (len(parts), sum(parts)) == (2, whole), by


def test_a_filter_keeps_only_what_it_names(counted: Engine) -> None:
    for where in (
        {"manager": "борис зуев"},
        {"manager": str(key(802))},
        {"department": "Розница"},
        {"source": "сайт"},
        {"client_kind": "individual"},
    ):
        found = funnel(counted, where=where)
        assert found.cohort[0].cohort == 2, where
        assert found.wins[0].rate == Ratio(0, 1), where


def test_the_same_question_twice_gives_equal_answers(counted: Engine) -> None:
    assert funnel(counted, by="manager") == funnel(counted, by="manager")
