"""Report tables follow the journal: only the deals that changed are recomputed."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Engine

from provodka.dashboards.reports import stage_visit

__all__ = ["refresh_reports"]


def refresh_reports(engine: Engine) -> Counter[str]:
    """Bring the report tables up to the journal's end; counts `deltas` and `deals`."""
    with engine.begin() as connection:
        done = stage_visit.refresh(connection)
    return Counter(deltas=done.deltas, deals=done.deals)
