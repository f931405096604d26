"""How long `provodka --help` takes."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.lab import Lab
from benchmarks.measure import Benchmark, Measured

BAR = 0.5
TIMES = 10


def once() -> float:
    """Seconds of one `provodka --help`, process start included."""
    command = (str(Path(sys.executable).with_name("provodka")), "--help")
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def run(_lab: Lab) -> Measured:
    """The median of ten, after one that warms the file cache."""
    first = once()
    taken = sorted(once() for _ in range(TIMES))
    median = statistics.median(taken)
    detail = {
        "first": round(first, 3),
        "fastest": round(taken[0], 3),
        "slowest": round(taken[-1], 3),
    }
    return Measured(median, median < BAR, detail)


benchmark = Benchmark("cli_help", "s", f"< {BAR}", run)
