"""How long it takes to compare a million invoices with a million in the base, to the last field."""

from __future__ import annotations

from benchmarks.drift import expected
from benchmarks.lab import Lab
from benchmarks.measure import Benchmark, Measured
from benchmarks.sweep_lab import DOCUMENTS, swept

BAR = 60


def run(lab: Lab) -> Measured:
    """Seconds of one sweep that has found exactly what differs."""
    figures = swept(lab)
    assert figures["report"]["found"] == expected(DOCUMENTS), figures
    return Measured(figures["seconds"], figures["seconds"] < BAR, figures)


benchmark = Benchmark("sweep", "s", f"< {BAR}", run)
