"""How many errands of the outbox are delivered in a second to an HTTP server on this machine.

Four workers in one process, as `provodka up` runs them, each errand claimed, announced, sent,
settled; every document has several errands, and the server's own books tell whether each came
once and those of a document in their order.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, text

from benchmarks.lab import ROOT, Lab
from benchmarks.measure import Benchmark, Measured
from provodka.connectors.crm_store import schema
from provodka.connectors.crm_store.engine import dump_json, load_json, open_engine
from provodka.connectors.crm_store.outbox import Errand
from provodka.connectors.http import HttpClient
from provodka.flows.deliver.courier import StillMine
from provodka.flows.deliver.loop import deliver
from provodka.flows.deliver.outcome import Done, Outcome
from provodka.foundation.logs import configure_logs

BAR = 500
WORKERS = 4
AHEAD = 16
DOCUMENTS = 500
TURNS = 10
TARGET = "sink"
QUEUE = text("""
    INSERT INTO hub.outbox (key, target, operation, kind, document, payload)
    SELECT 'sink:' || turn || ':' || number, :target, 'send', 'deal',
           CAST(lpad(to_hex(number), 32, '0') AS uuid), jsonb_build_object('turn', turn)
    FROM generate_series(1, :turns) turn, generate_series(1, :documents) number
    ORDER BY turn, number
""")


@dataclass(frozen=True)
class SinkCourier:
    """Posts each errand under its key, which makes a second delivery harmless."""

    http: HttpClient
    target: str = TARGET
    lost_answer_wait: timedelta = timedelta()
    workers: int = WORKERS
    ahead: int = AHEAD

    def marker(self, errand: Errand) -> str:
        """The errand's key: the server knows it again."""
        return errand.key

    def carry(self, errand: Errand, still_mine: StillMine) -> Outcome:
        """Send it, and take whatever is answered for a receipt."""
        told = {"key": errand.key, "document": errand.document, "turn": errand.payload["turn"]}
        body = dump_json(told).encode()
        self.http.request("POST", "", content=body, before=still_mine)
        return Done("delivered")


@contextmanager
def sink() -> Iterator[str]:
    """The address of a server in a process of its own."""
    command = (sys.executable, "-m", "benchmarks.outbox_sink")
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def queued(engine: Engine, documents: int, turns: int) -> int:
    """Put errands into the outbox, each document's in turn; how many."""
    with engine.begin() as connection:
        given = {"target": TARGET, "documents": documents, "turns": turns}
        return connection.execute(QUEUE, given).rowcount


def run(lab: Lab) -> Measured:
    """Deliver everything, and read the server's books."""
    configure_logs(human=False)
    logging.getLogger("provodka").setLevel(logging.WARNING)
    engine = open_engine(lab.store("outbox"))
    try:
        schema.migrate(engine)
        count = queued(engine, DOCUMENTS, TURNS)
        with sink() as address, HttpClient(address, max_connections=WORKERS) as http:
            began, burnt = time.perf_counter(), time.process_time()
            deliver(engine, SinkCourier(http))
            seconds, burnt = time.perf_counter() - began, time.process_time() - burnt
            books: dict[str, Any] = http.exchange(
                "GET", "books", read=lambda answer: load_json(answer.body)
            )
    finally:
        engine.dispose()
    faultless = books == {
        "deliveries": count,
        "twice": 0,
        "documents": DOCUMENTS,
        "out_of_order": 0,
    }
    rate = count / seconds
    detail = {"workers": WORKERS, "books": books, "cpu_ms_each": round(burnt * 1000 / count, 2)}
    return Measured(rate, rate >= BAR and faultless, detail)


benchmark = Benchmark("outbox", "deliveries/s", f"≥ {BAR}, in order", run)
