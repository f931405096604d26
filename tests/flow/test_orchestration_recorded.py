"""A recorded run: alone, its end told as a value and kept in the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.flow.lane_fakes import quiet_hub

from provodka.connectors.crm_store import locks, quarantine
from provodka.flows.hub import Hub
from provodka.flows.recorded import run_recorded
from provodka.flows.streams import STREAMS, Stream
from provodka.foundation.errors import Misunderstood, SystemUnavailable

DOWN = SystemUnavailable("База 1С", found="не отвечает", next_step="подождите", code="down")
ODD = Misunderstood("строка 2", found="???", expected="дата", code="odd")


@pytest.fixture
def hub(store: Engine, tmp_path: Path) -> Hub:
    return quiet_hub(store, tmp_path)


def stream(work: Callable[[Hub], Counter[str]], name: str = "calls") -> Stream:
    return Stream(name, "Проба", lambda hub, _work: work(hub))


def kept(hub: Hub) -> list[tuple[str, str, dict[str, int], str | None]]:
    with hub.engine.connect() as connection:
        query = text("SELECT flow, state, counts, note FROM hub.run ORDER BY id")
        return [tuple(row) for row in connection.execute(query)]


def test_a_run_is_kept_with_its_counts(hub: Hub) -> None:
    ran = run_recorded(hub, stream(lambda _hub: Counter(read=3, new=1)))
    assert ran.state == "done"
    assert kept(hub) == [("calls", "done", {"read": 3, "new": 1}, "")]


def test_a_failure_is_kept_with_its_reason_and_not_raised(hub: Hub) -> None:
    def work(_hub: Hub) -> Counter[str]:
        raise DOWN

    ran = run_recorded(hub, stream(work))
    assert (ran.state, ran.note) == ("failed", str(DOWN))
    assert kept(hub) == [("calls", "failed", {}, str(DOWN))]


def test_a_defect_is_told_without_the_values_it_may_quote(hub: Hub) -> None:
    def work(_hub: Hub) -> Counter[str]:
        raise KeyError("+7 912 000-11-22")

    ran = run_recorded(hub, stream(work))
    assert ran.state == "failed"
    assert "KeyError" in ran.note
    assert "912" not in ran.note


def test_documents_that_were_set_aside_are_named(hub: Hub) -> None:
    def work(hub: Hub) -> Counter[str]:
        with hub.engine.begin() as connection:
            quarantine.set_aside(connection, "calls:office", "Master.csv:120", {}, ODD)
            quarantine.set_aside(connection, "onec:client", "of another stream", {}, ODD)
        return Counter(legs=5, set_aside=1)

    ran = run_recorded(hub, stream(work))
    assert (ran.state, ran.aside) == ("set_aside", ("calls:office Master.csv:120",))


def test_only_the_first_of_many_set_aside_documents_are_named(hub: Hub) -> None:
    def work(hub: Hub) -> Counter[str]:
        with hub.engine.begin() as connection:
            for number in range(12):
                quarantine.set_aside(connection, "calls:office", f"Master.csv:{number}", {}, ODD)
        return Counter(set_aside=12)

    aside = run_recorded(hub, stream(work)).aside
    assert len(aside) == 11
    assert "2" in aside[-1]


def test_what_was_set_aside_before_is_not_named_again(hub: Hub) -> None:
    with hub.engine.begin() as connection:
        quarantine.set_aside(connection, "calls:office", "Master.csv:1", {}, ODD)
    assert run_recorded(hub, stream(lambda _hub: Counter(dead=1))).aside == ()


def test_a_stream_that_runs_elsewhere_is_left_alone(hub: Hub) -> None:
    with locks.alone(hub.engine, "run:calls"):
        ran = run_recorded(hub, stream(lambda _hub: pytest.fail("ran twice at once")))
    assert ran.state == "busy"
    assert kept(hub) == []


def test_a_stream_of_a_system_that_is_not_named_is_skipped(hub: Hub) -> None:
    ran = run_recorded(hub, STREAMS["accounting"])
    assert ran.state == "skipped"
    assert kept(hub)[0][1] == "done"


@pytest.mark.parametrize("name", ["triggers", "reports", "outbox", "calls", "invoices"])
def test_the_streams_of_the_store_run_alone_without_blocking_themselves(
    hub: Hub, name: str
) -> None:
    assert run_recorded(hub, STREAMS[name]).state == "done"
