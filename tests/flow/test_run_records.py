"""Records of runs: how far one has come, which one was interrupted, what `provodka runs` lists."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.flow.cli_program import Run, document, program
from tests.flow.lane_fakes import quiet_hub

from provodka.connectors.crm_store import locks, runs
from provodka.flows import recorded
from provodka.flows.hub import Hub
from provodka.flows.recorded import run_recorded
from provodka.flows.streams import Stream

STATES = text("SELECT state, counts, finished_at IS NULL AS endless FROM hub.run ORDER BY id")


@pytest.fixture
def hub(store: Engine, tmp_path: Path) -> Hub:
    return replace(quiet_hub(store, tmp_path))


@pytest.fixture
def run(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return program(store_url, tmp_path, monkeypatch)


def states(hub: Hub) -> list[tuple[Any, ...]]:
    with hub.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(STATES)]


def begun(hub: Hub, flow: str) -> None:
    """A run whose process was killed: it has been started, and nobody will ever end it."""
    with hub.engine.begin() as connection:
        runs.start(connection, flow)


def test_a_killed_run_is_told_as_interrupted_by_the_next_one(hub: Hub) -> None:
    begun(hub, "calls")
    run_recorded(hub, Stream("calls", "Проба", lambda _hub, _work: Counter(read=1)))
    assert states(hub) == [("interrupted", None, True), ("done", {"read": 1}, False)]


def test_a_run_of_another_stream_is_left_alone(hub: Hub) -> None:
    begun(hub, "accounting")
    run_recorded(hub, Stream("calls", "Проба", lambda _hub, _work: Counter()))
    assert states(hub)[0][0] == "running"


def test_a_run_says_on_its_way_how_far_it_has_come(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded, "PACE", 0.0)
    seen: list[Any] = []
    heard: list[Any] = []

    def work(hub: Hub, _work: Any) -> Counter[str]:
        for _page in range(2):
            hub.tally.add(Counter(read=500, new=2))
            seen.append(states(hub)[0])
        return hub.tally.counts

    ran = run_recorded(hub, Stream("calls", "Проба", work), lambda counts: heard.append({**counts}))
    assert seen == [
        ("running", {"read": 500, "new": 2}, True),
        ("running", {"read": 1000, "new": 4}, True),
    ]
    assert heard == [{"read": 500, "new": 2}, {"read": 1000, "new": 4}]
    assert ran.counts == {"read": 1000, "new": 4}


def test_the_next_run_counts_from_nothing(hub: Hub) -> None:
    def one(hub: Hub, _work: Any) -> Counter[str]:
        hub.tally.add(Counter(read=1))
        return Counter()

    stream = Stream("calls", "Проба", one)
    run_recorded(hub, stream)
    run_recorded(hub, stream)
    assert hub.tally.counts == {"read": 1}


def test_runs_are_listed_newest_first_with_duration_and_trouble(hub: Hub, run: Run) -> None:
    begun(hub, "calls")
    with hub.engine.begin() as connection:
        number = runs.start(connection, "accounting")
    with hub.engine.begin() as connection:
        runs.finish(connection, number, "failed", {"read": 3}, "1С: не отвечает")
    listed = document(run("runs", "--json"))["runs"]
    assert [(one["flow"], one["state"]) for one in listed] == [
        ("accounting", "failed"),
        ("calls", "running"),
    ]
    shown = run("runs").stdout
    assert "1С: не отвечает" in shown
    assert "прочитано 3" in shown
    assert "0:00:00" in shown


def test_runs_can_be_asked_for_by_stream_and_by_failure(hub: Hub, run: Run) -> None:
    for flow, state in (("calls", "done"), ("calls", "failed"), ("accounting", "failed")):
        with hub.engine.begin() as connection:
            runs.finish(connection, runs.start(connection, flow), state, {})
    listed = document(run("runs", "--stream", "calls", "--failed", "--json"))["runs"]
    assert [(one["flow"], one["state"]) for one in listed] == [("calls", "failed")]
    assert "таких запусков нет" in run("runs", "--stream", "bank").stdout


def test_locks_that_are_held_for_a_work_are_had_by_what_it_calls(hub: Hub) -> None:
    with locks.holding(hub.engine, ["one", "two"]):
        with locks.alone(hub.engine, "two") as mine:
            assert mine
        with locks.alone(hub.engine, "two", wait=True) as still_mine:
            assert still_mine
    with locks.alone(hub.engine, "two") as free, locks.alone(hub.engine, "two") as taken:
        assert (free, taken) == (True, False)
