"""Workers that are frozen in the middle of a delivery, and wake when another has taken over."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from tests.e2e.carriers import TARGET, Carrier, Sink, context, delivering, running_sink
from tests.flow.lane_fakes import eventually, queue

from provodka.connectors.http import HttpClient
from provodka.flows.deliver.loop import deliver

LEASE = timedelta(seconds=2)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running_sink() as running:
        yield running


@contextmanager
def first_worker(
    store_url: str, sink: Sink, halt: str
) -> Iterator[tuple[ForkServerProcess, Connection]]:
    """A process that has come to `halt` with an errand, and stands there."""
    line, theirs = context.Pipe()
    given = (store_url, sink.address, LEASE, halt, theirs)
    process = context.Process(target=delivering, args=given, daemon=True)
    process.start()
    theirs.close()
    try:
        assert line.poll(30)
        assert line.recv() == halt
        yield process, line
    finally:
        process.kill()
        process.join()
        line.close()


def row(store: Engine) -> Any:
    with store.connect() as connection:
        return connection.execute(text("SELECT * FROM hub.outbox")).one()


def taken_over(store: Engine, sink: Sink) -> bool:
    """Another worker delivers what it can get until the errand is done."""
    with HttpClient(sink.address) as http:

        def done() -> bool:
            deliver(store, Carrier(http, "second"), lease=LEASE)
            return bool(row(store).state == "delivered")

        return eventually(done)


def frozen_and_woken(
    store: Engine, sink: Sink, worker: tuple[ForkServerProcess, Connection]
) -> dict[str, int]:
    """Stop the process, let another take over, let it go on; how it says that it went."""
    process, line = worker
    assert process.pid
    os.kill(process.pid, signal.SIGSTOP)
    line.send("go on")
    assert taken_over(store, sink)
    os.kill(process.pid, signal.SIGCONT)
    assert line.poll(30)
    counts: dict[str, int] = line.recv()
    return counts


@pytest.mark.requirement("R27", "R29")
def test_a_worker_that_slept_through_its_lease_writes_nothing_when_it_wakes(
    store: Engine, store_url: str, sink: Sink
) -> None:
    queue(store, TARGET, "letter")
    with first_worker(store_url, sink, "before") as worker:
        counts = frozen_and_woken(store, sink, worker)
    assert [(key, who) for key, _document, who in sink.came] == [("letter", "second")]
    assert counts == {"lost": 1}
    assert row(store).result == {"by": "second"}


@pytest.mark.requirement("R27", "R29")
def test_what_a_frozen_worker_has_sent_is_found_and_not_sent_again(
    store: Engine, store_url: str, sink: Sink
) -> None:
    queue(store, TARGET, "letter")
    with first_worker(store_url, sink, "after") as worker:
        counts = frozen_and_woken(store, sink, worker)
    assert [(key, who) for key, _document, who in sink.came] == [("letter", "first")]
    assert counts == {"lost": 1}
    assert row(store).result == {"found": True}


def test_a_killed_worker_is_replaced_at_once_whatever_its_lease(
    store: Engine, store_url: str, sink: Sink
) -> None:
    queue(store, TARGET, "letter")
    with first_worker(store_url, sink, "before") as (process, _line):
        with store.begin() as connection:
            connection.execute(text("UPDATE hub.worker SET leased_until = now() + interval '1 h'"))
        process.kill()
        process.join()
        assert taken_over(store, sink)
    assert sink.times() == {"letter": 1}
    with store.connect() as connection:
        fates = connection.execute(text("SELECT state, ended_at IS NOT NULL FROM hub.worker"))
        assert [tuple(one) for one in fates] == [("gone", True)]


def test_beside_a_living_worker_its_errand_is_left_alone(
    store: Engine, store_url: str, sink: Sink
) -> None:
    queue(store, TARGET, "letter")
    with first_worker(store_url, sink, "before") as (_process, line):
        with HttpClient(sink.address) as http:
            other = Carrier(http, "second", workers=2)
            assert deliver(store, other, lease=LEASE) == {}
            queue(store, TARGET, f"other {uuid4()}")
            assert deliver(store, other, lease=LEASE) == {"delivered": 1}
        line.send("go on")
        assert line.poll(30)
        assert line.recv() == {"delivered": 1}
    assert set(sink.times().values()) == {1}
