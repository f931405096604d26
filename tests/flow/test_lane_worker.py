"""One worker of the lane: its pauses after trouble, and what the store is told of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine, create_engine, text

from provodka.flows.lane_worker import LONGEST_PAUSE, POLL_SECONDS, Records, Worker
from provodka.foundation.errors import SystemUnavailable

DOWN = SystemUnavailable("База 1С", found="не отвечает", code="down")


class Clockless(threading.Event):
    """An event whose waiting takes no time and is noted; ends the work after some waits."""

    def __init__(self, waits: list[float], rounds: int, stopping: threading.Event | None) -> None:
        super().__init__()
        self.waits, self.rounds, self.stopping = waits, rounds, stopping or self

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0)
        if len(self.waits) >= self.rounds:
            self.stopping.set()
        return self.is_set()


@dataclass
class Bench:
    """A worker for some rounds: the pauses that it made, and what it recorded."""

    work: Callable[[], object]
    rounds: int
    recorded: list[tuple[str, str]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    reachable: bool = True

    def run(self) -> Bench:
        stopping = Clockless(self.pauses, self.rounds, None)
        woken = Clockless(self.pauses, self.rounds, stopping)
        Worker("onec", self.work, stopping, self._record, woken).run()
        return self

    def _record(self, name: str, trouble: str) -> bool:
        self.recorded.append((name, trouble))
        return self.reachable


def failing(times: int, error: Exception = DOWN) -> Callable[[], object]:
    """Work that fails some times and then goes well."""
    left = [error] * times

    def work() -> None:
        if left:
            raise left.pop()

    return work


def test_a_healthy_worker_looks_once_a_second() -> None:
    assert Bench(failing(0), 3).run().pauses == [POLL_SECONDS] * 3


def test_a_failing_worker_pauses_ever_longer_up_to_a_bound() -> None:
    pauses = Bench(failing(99), 8).run().pauses
    assert pauses == [2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]


def test_a_worker_that_recovered_is_quick_again() -> None:
    assert Bench(failing(2), 4).run().pauses == [2, 4, POLL_SECONDS, POLL_SECONDS]


def test_trouble_is_recorded_once_and_so_is_its_end() -> None:
    assert Bench(failing(3), 6).run().recorded == [("onec", str(DOWN)), ("onec", "")]


def test_a_record_that_could_not_be_made_is_made_later() -> None:
    assert Bench(failing(0), 3, reachable=False).run().recorded == [("onec", "")] * 3


def test_an_error_of_another_library_is_told_by_its_kind_alone() -> None:
    bench = Bench(failing(1, ValueError("ivanov@example.ru")), 1).run()
    [(_name, trouble)] = bench.recorded
    assert "ValueError" in trouble
    assert "ivanov" not in trouble


def test_status_sees_a_failed_worker_and_its_recovery(store: Engine) -> None:
    records = Records(store)
    assert records("onec", "нет связи")
    assert records("onec", "")
    with store.connect() as connection:
        rows = connection.execute(text("SELECT flow, state, note FROM hub.run ORDER BY id"))
        assert rows.all() == [("lane:onec", "failed", "нет связи"), ("lane:onec", "done", "")]


def test_a_store_that_is_away_does_not_break_the_worker() -> None:
    nowhere = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert not Records(nowhere)("onec", "нет связи")
