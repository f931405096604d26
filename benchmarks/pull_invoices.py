"""How many times faster than dlt the hub pulls the same invoices, journal included."""

from __future__ import annotations

from benchmarks.lab import Figures, Lab
from benchmarks.measure import Benchmark, Measured

BAR = 4


def rate(figures: Figures) -> float:
    """Documents per second."""
    return float(figures["documents"]) / float(figures["seconds"])


def run(lab: Lab) -> Measured:
    """Peer first, then ours: the same server, the same PostgreSQL, the same data, one run.

    The bar is set against dlt as it comes; how ours stands to a dlt that an expert has tuned
    for this very load is in the detail.
    """
    peer, tuned, ours = lab.peer_untuned, lab.peer, lab.pull["first"]
    assert ours["stored"] == lab.documents, ours
    detail = {
        "ours_per_second": round(rate(ours)),
        "dlt_per_second": round(rate(peer)),
        "dlt_tuned_per_second": round(rate(tuned)),
        "ratio_to_tuned": round(rate(ours) / rate(tuned), 2),
        "ours": ours,
        "dlt": peer,
        "dlt_tuned": tuned,
    }
    ratio = rate(ours) / rate(peer)
    return Measured(ratio, ratio >= BAR, detail)


benchmark = Benchmark("pull_invoices", "× dlt", f"≥ {BAR}", run)
