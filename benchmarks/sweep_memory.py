"""Peak memory of the hub's process while it compares a million invoices with a million."""

from __future__ import annotations

from benchmarks.lab import Lab
from benchmarks.measure import Benchmark, Measured
from benchmarks.sweep_lab import DOCUMENTS, swept

BAR = 300


def run(lab: Lab) -> Measured:
    """The peak of the sweep's own process."""
    peak = swept(lab)["peak_mb"]
    return Measured(peak, peak < BAR, {"documents": DOCUMENTS})


benchmark = Benchmark("sweep_memory", "MB", f"< {BAR}", run)
