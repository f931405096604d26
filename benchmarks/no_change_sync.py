"""How fast the hub goes through documents that have not changed: all of them read, none written.

The store has bound them all. Its cursor is lost, so the base is asked for every document whole,
page after page with its lines, and each is found to be as it was last seen. How fast the daily
comparison goes through the same documents, which asks for versions alone, is in the detail.
"""

from __future__ import annotations

from benchmarks.lab import Lab
from benchmarks.measure import Benchmark, Measured
from benchmarks.pull_invoices import rate

BAR = 10_000


def run(lab: Lab) -> Measured:
    """Documents a second, nothing written."""
    whole, scan = lab.pull["whole"], lab.pull["scan"]
    assert whole["counts"] == {"read": lab.documents, "same": lab.documents}, whole
    assert whole["written"] == 0, whole
    detail = {
        "documents": lab.documents,
        "scan_per_second": round(rate(scan)),
        "whole": whole,
    }
    return Measured(rate(whole), rate(whole) >= BAR, detail)


benchmark = Benchmark("no_change_sync", "documents/s", f"≥ {BAR}", run)
