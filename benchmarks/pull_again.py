"""Rows that the hub writes when it pulls the same invoices again."""

from __future__ import annotations

from benchmarks.lab import Lab
from benchmarks.measure import Benchmark, Measured
from benchmarks.pull_invoices import rate


def run(lab: Lab) -> Measured:
    """The daily comparison by versions, and a reading of every document anew, together."""
    scan, reread = lab.pull["scan"], lab.pull["reread"]
    assert scan["documents"] == reread["documents"] == lab.documents, (scan, reread)
    written = scan["written"] + reread["written"]
    detail = {
        "scan_per_second": round(rate(scan)),
        "reread_per_second": round(rate(reread)),
        "scan": scan,
        "reread": reread,
    }
    return Measured(written, written == 0, detail)


benchmark = Benchmark("pull_again", "rows", "= 0", run)
