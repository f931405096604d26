"""How changes of a deal become stage visits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine
from tests.contract.dashboards.histories import (
    History,
    day,
    forget_everything,
    key,
    write_deltas,
    write_scenarios,
)
from tests.contract.dashboards.visits import StageVisit, read_visits
from tests.databases import copied

from provodka.connectors.crm_store.engine import open_engine
from provodka.dashboards.reports import stage_visit

Visits = Callable[[History], list[StageVisit]]
Way = tuple[str, datetime, datetime | None, str]
Ways = Callable[[History], list[Way]]


@pytest.fixture(scope="module")
def journal(server: str, template: str) -> Iterator[Engine]:
    """One store for all of these histories."""
    with copied(server, template) as url:
        engine = open_engine(url, name="test")
        with engine.begin() as connection:
            write_scenarios(connection)
        yield engine
        engine.dispose()


@pytest.fixture
def visits(journal: Engine) -> Visits:
    """The visits that the store makes of a history."""

    def found(told: History) -> list[StageVisit]:
        with journal.begin() as connection:
            forget_everything(connection)
            write_deltas(connection, told.deltas)
        with journal.begin() as connection:
            stage_visit.refresh(connection)
            return read_visits(connection)

    return found


@pytest.fixture
def ways(visits: Visits) -> Ways:
    """Stage, entry, end and exit of each visit."""
    return lambda told: [(o.stage, o.entered_at, o.left_at, o.exit) for o in visits(told)]


@pytest.fixture
def told() -> History:
    return History()


def test_a_visit_ends_where_the_next_begins(told: History, ways: Ways) -> None:
    told.deal(1, 0, "letter")
    told.deal(1, 2, "offer")
    assert ways(told) == [("letter", day(0), day(2), "advanced"), ("offer", day(2), None, "open")]


def test_changes_on_one_stage_stay_one_visit(told: History, visits: Visits) -> None:
    told.deal(1, 0, "letter")
    told.deal(1, 1, "letter", amount=500)
    told.deal(1, 2, "letter", responsible_id=str(key(802)))
    (only,) = visits(told)
    assert (only.amount, only.responsible) == (Decimal(100), key(801))


def test_moving_back_is_an_exit_of_its_own(told: History, ways: Ways) -> None:
    told.deal(1, 0, "bill")
    told.deal(1, 1, "letter")
    told.deal(1, 2, "bill")
    assert [way[3] for way in ways(told)] == ["back", "advanced", "open"]


@pytest.mark.parametrize("end", ["won", "lost"])
def test_an_end_is_a_visit_and_names_the_exit_into_it(
    told: History, end: str, visits: Visits
) -> None:
    told.deal(1, 0, "letter")
    told.deal(1, 3, end)
    first, last = visits(told)
    assert (first.exit, last.stage_kind, last.exit) == (end, end, "open")


def test_a_reopened_deal_comes_back_from_its_end(told: History, ways: Ways) -> None:
    told.deal(1, 0, "won")
    told.deal(1, 1, "bill")
    assert [way[3] for way in ways(told)] == ["back", "open"]


def test_another_scenario_is_a_transfer(told: History, visits: Visits) -> None:
    told.deal(1, 0, "offer")
    told.deal(1, 1, "call")
    first, second = visits(told)
    assert (first.exit, second.scenario, second.visit) == ("transferred", "water", 2)


def test_a_deal_that_leaves_stages_altogether_is_transferred(told: History, ways: Ways) -> None:
    told.deal(1, 0, "offer")
    told.put("deal", 1, 1, kind="unstaged")
    assert ways(told) == [("offer", day(0), day(1), "transferred")]


def test_a_tombstone_ends_the_visit_when_it_was_put(told: History, ways: Ways) -> None:
    told.deal(1, 0, "offer")
    told.put("deal", 1, 5, deleted_at=day(4).isoformat())
    assert ways(told) == [("offer", day(0), day(4), "deleted")]


def test_a_removed_row_ends_the_visit_too(told: History, ways: Ways) -> None:
    told.deal(1, 0, "offer")
    told.purge("deal", 1, 3)
    assert ways(told) == [("offer", day(0), day(3), "deleted")]


def test_a_merged_deal_names_the_one_that_stayed(told: History, visits: Visits) -> None:
    told.deal(1, 0, "offer")
    told.drop(1, 2, into=9)
    (only,) = visits(told)
    assert (only.exit, only.survivor) == ("merged", key(9))


def test_a_restored_deal_begins_a_new_visit_when_it_was_restored(told: History, ways: Ways) -> None:
    told.deal(1, 0, "offer")
    told.drop(1, 2)
    told.put("deal", 1, 6, deleted_at=None)
    assert ways(told) == [("offer", day(0), day(2), "deleted"), ("offer", day(6), None, "open")]


def test_a_change_of_a_deleted_deal_is_no_visit(told: History, visits: Visits) -> None:
    told.deal(1, 0, "offer")
    told.drop(1, 2)
    told.put("deal", 1, 3, stage="bill", stage_entered_at=day(3).isoformat())
    assert len(visits(told)) == 1


def test_an_unstaged_deal_has_no_visits(told: History, visits: Visits) -> None:
    told.deal(1, 0, "letter", kind="unstaged")
    assert visits(told) == []


def test_the_entry_time_that_the_deal_gives_beats_the_journals(
    told: History, visits: Visits
) -> None:
    told.deal(1, 10, "letter", created_at=day(1).isoformat())
    entered = told.rows["deal", key(1)]["stage_entered_at"]
    assert entered == day(10).isoformat()
    older = History()
    row = {**told.rows["deal", key(1)], "stage_entered_at": day(1).isoformat()}
    older.put("deal", 1, 10, **row)
    assert visits(older)[0].entered_at == day(1)


def test_no_visit_begins_before_the_one_before_it_or_after_its_own_record(
    told: History, ways: Ways
) -> None:
    told.deal(1, 5, "letter")
    told.put("deal", 1, 6, stage="offer", stage_entered_at=day(2).isoformat())
    told.put("deal", 1, 7, stage="bill", stage_entered_at=day(99).isoformat())
    assert [way[1] for way in ways(told)] == [day(5), day(5), day(7)]


def test_a_zero_length_visit_is_still_a_visit(told: History, visits: Visits) -> None:
    told.deal(1, 5, "letter")
    told.deal(1, 5, "offer")
    first, _second = visits(told)
    assert first.left_at is not None
    assert first.left_at - first.entered_at == timedelta(0)
