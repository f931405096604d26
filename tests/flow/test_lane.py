"""The fast lane on a real store: what wakes it, what it does not wait for, how it stops."""

from __future__ import annotations

import gc
import threading
import time
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.flow.lane_fakes import FakeCourier, eventually, queue, quiet_hub, running

from provodka.flows import lane as lane_module
from provodka.flows import lane_worker
from provodka.flows.lane import Lane


@pytest.fixture(autouse=True)
def soon_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The listener looks ten times a second whether it is to stop."""
    monkeypatch.setattr(lane_module, "POLL_SECONDS", 0.1)


@pytest.fixture
def no_polling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but a notice wakes a worker for the length of a test."""
    monkeypatch.setattr(lane_worker, "POLL_SECONDS", 60.0)


def states(store: Engine) -> dict[str, str]:
    with store.connect() as connection:
        return {
            row.key: row.state
            for row in connection.execute(text("SELECT key, state FROM hub.outbox"))
        }


def listening(store: Engine) -> bool:
    query = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE application_name = 'provodka-lane' AND query LIKE 'LISTEN%' AND state = 'idle'"
    )
    with store.connect() as connection:
        return bool(connection.execute(text(query)).scalar())


def test_an_errand_is_carried_as_soon_as_it_is_committed(
    store: Engine, tmp_path: Path, no_polling: None
) -> None:
    courier = FakeCourier.willing("onec")
    with running(Lane(quiet_hub(store, tmp_path), [courier])):
        assert eventually(lambda: listening(store))
        for number in range(1, 4):
            committed = time.monotonic()
            queue(store, "onec", f"errand {number}")
            assert eventually(partial(courier.has_carried, number))
            assert time.monotonic() - committed < 2
    assert set(states(store).values()) == {"delivered"}


def test_errands_that_waited_before_the_start_are_carried(store: Engine, tmp_path: Path) -> None:
    queue(store, "onec", "old")
    courier = FakeCourier.willing("onec")
    with running(Lane(quiet_hub(store, tmp_path), [courier])):
        assert eventually(lambda: courier.carried == ["old"])


def test_a_target_that_hangs_does_not_hold_up_another(store: Engine, tmp_path: Path) -> None:
    stuck, mail = FakeCourier("onec"), FakeCourier.willing("mail")
    with running(Lane(quiet_hub(store, tmp_path), [stuck, mail])):
        queue(store, "onec", "paper")
        assert stuck.began.wait(10)
        queue(store, "mail", "letter")
        assert eventually(lambda: mail.carried == ["letter"])
        assert stuck.carried == []
        stuck.open.set()
        assert eventually(lambda: stuck.carried == ["paper"])


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # a pool forgets connections cut off
def test_the_lane_listens_again_after_the_database_has_dropped_it(
    store: Engine, tmp_path: Path
) -> None:
    courier = FakeCourier.willing("onec")
    with running(Lane(quiet_hub(store, tmp_path), [courier])):
        assert eventually(lambda: listening(store))
        with store.begin() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE pid <> pg_backend_pid() AND datname = current_database()"
                )
            )
        queue(store, "onec", "after")
        assert eventually(lambda: courier.carried == ["after"])
        assert eventually(lambda: listening(store))
    gc.collect()


def test_a_stopping_lane_finishes_its_step_and_begins_no_other(
    store: Engine, tmp_path: Path
) -> None:
    courier = FakeCourier("onec")
    queue(store, "onec", "first")
    queue(store, "onec", "second")
    lane = Lane(quiet_hub(store, tmp_path), [courier])
    with running(lane):
        assert courier.began.wait(10)
        lane.stop()
        courier.open.set()
    assert courier.carried == ["first"]
    assert states(store) == {"first": "delivered", "second": "waiting"}


def test_a_step_that_does_not_end_does_not_keep_the_lane_from_stopping(
    store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane_module, "LAST_WORDS_SECONDS", 0.1)
    courier = FakeCourier("onec")
    queue(store, "onec", "slow")
    with running(Lane(quiet_hub(store, tmp_path), [courier])) as thread:
        assert courier.began.wait(10)
    assert not thread.is_alive()
    courier.open.set()
    assert eventually(lambda: not any(one.name == "lane-onec" for one in threading.enumerate()))
    assert courier.carried == ["slow"]
