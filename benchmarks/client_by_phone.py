"""From a caller's number to the client at the operator's desk, where a million are known."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from sqlalchemy import Engine

from benchmarks.caller_lookup import BUSY, NUMBERS, fill
from benchmarks.lab import Lab
from benchmarks.measure import Benchmark, Measured
from provodka.connectors.crm_store import schema
from provodka.connectors.crm_store.engine import open_engine
from provodka.flows.water.ordering import who_calls

BAR = 10
LOOKUPS = 2_000
LIVING = NUMBERS * 3 // 4


def run(lab: Lab) -> Measured:
    """The ninety-ninth percentile of milliseconds of a lookup."""
    engine = open_engine(lab.store("by_phone"))
    try:
        schema.migrate(engine)
        fill(engine)
        spans = sorted(timed(engine))
    finally:
        engine.dispose()
    p99 = spans[int(len(spans) * 0.99)]
    detail = {
        "clients": LIVING,
        "contacts": NUMBERS - LIVING,
        "lookups": len(spans),
        "median_ms": round(spans[len(spans) // 2], 2),
        "max_ms": round(spans[-1], 2),
    }
    return Measured(p99, p99 < BAR, detail)


def timed(engine: Engine) -> Iterator[float]:
    """Milliseconds of each lookup: name, addresses, stops under way, the last order."""
    chance = random.Random(20260302)  # noqa: S311 - the same calls in every run
    with engine.connect() as connection:
        for call in range(LOOKUPS):
            number = f"+7999{chance.randrange(BUSY if call % 2 else LIVING):07}"
            started = time.perf_counter()
            found = who_calls(connection, number)
            yield (time.perf_counter() - started) * 1000
            assert len(found) == 1, number


benchmark = Benchmark("client_by_phone", "ms (p99)", f"< {BAR}", run)
