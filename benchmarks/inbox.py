"""Webhooks that the door verifies, stores and answers in a second, on one core.

The door and a bare FastAPI that echoes are knocked at in turn, each pinned to one core; the
knocker and the store are where the system puts them. What counts is the processor's time that a
webhook takes, so that a busy machine tells the same as an idle one; the ratio to the echo says
what verifying and keeping cost over having no work at all.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import psycopg

from benchmarks.lab import ROOT, Figures, Lab, run_for_figures
from benchmarks.measure import Benchmark, Measured
from provodka.connectors.crm_store import schema
from provodka.connectors.crm_store.engine import open_engine

BAR = 1_000
TURNS = 3
COUNT = 4_000
CLIENTS = 64
SIDE = (sys.executable, "-m", "benchmarks.inbox_side")


def run(lab: Lab) -> Measured:
    """Webhooks in a second of the door's core; every accepted one must be in the store."""
    url = lab.store("inbox")
    engine = open_engine(url)
    schema.migrate(engine)
    engine.dispose()
    with serving("echo") as echo, serving("door", url) as door:
        sides = {"door": door, "echo": echo}
        turns: dict[str, list[Figures]] = {name: [] for name in sides}
        for turn in range(TURNS):
            for name, side in sides.items():
                turns[name].append(knock(*side, first=turn * COUNT))
    with psycopg.connect(url) as connection:
        kept = connection.execute("SELECT count(*) FROM hub.inbox").fetchone()
    assert kept == (TURNS * COUNT,), kept
    core = {name: statistics.median(figures(found, "per_core")) for name, found in turns.items()}
    detail = {
        "echo_per_core": round(core["echo"]),
        "ratio_to_echo": round(core["door"] / core["echo"], 2),
        "accepted_per_second": {
            name: round(max(figures(found, "per_second"))) for name, found in turns.items()
        },
        "p95_ms": {
            name: round(statistics.median(figures(found, "p95_ms")), 1)
            for name, found in turns.items()
        },
        "clients": CLIENTS,
        "stored": kept[0],
    }
    return Measured(core["door"], core["door"] >= BAR, detail)


def figures(turns: list[Figures], name: str) -> list[float]:
    """One figure of each turn."""
    return [turn[name] for turn in turns]


def knock(port: int, side: psutil.Process, first: int) -> Figures:
    """One turn of sending, and what it took of the side's core."""
    before = side.cpu_times()
    done = run_for_figures((*SIDE, "knock", str(port), str(COUNT), str(CLIENTS), str(first)))
    after = side.cpu_times()
    spent = after.user + after.system - before.user - before.system
    return {**done, "per_core": COUNT / spent}


@contextmanager
def serving(*what: str) -> Iterator[tuple[int, psutil.Process]]:
    """One side in a process on one core, for the block; yields its port and itself."""
    side = subprocess.Popen((*SIDE, "serve", *what), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert side.stdout
    try:
        yield int(side.stdout.readline()), psutil.Process(side.pid)
    finally:
        side.terminate()
        side.wait()
        side.stdout.close()


benchmark = Benchmark("inbox", "webhooks/s", f"≥ {BAR}", run)
