"""Peak memory of the hub's processes, the reading one included, while it pulls."""

from __future__ import annotations

from benchmarks.lab import Lab
from benchmarks.measure import Benchmark, Measured

BAR = 400


def run(lab: Lab) -> Measured:
    """The largest of the three pulls."""
    peaks = {step: figures["peak_mb"] for step, figures in lab.pull.items()}
    peak = max(peaks.values())
    return Measured(peak, peak < BAR, peaks)


benchmark = Benchmark("pull_memory", "MB", f"< {BAR}", run)
