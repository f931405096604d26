"""The journal's months are made ahead, and old ones go when `hub.yaml` says how many to keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import structlog

from provodka.connectors.crm_store.partitions import keep_months
from provodka.connectors.crm_store.retention import Reader, drop_old
from provodka.flows.hub import Hub
from provodka.flows.insight.status import READERS

__all__ = ["FOLDER", "tend_journal"]

log = structlog.get_logger("provodka.journal")
FOLDER = "journal"
"""Where in the data folder months go that have left the store."""
OF_BASE = "push:onec"


def tend_journal(hub: Hub) -> Counter[str]:
    """Make months, note those that have ended, drop those that are too old.

    Counts `months_made`, `months_dropped` and `changes_dropped`. What is in use at that moment,
    or still needed by somebody, is left to the next run.
    """
    made = keep_months(hub.engine)
    counts = Counter(months_made=made["made"])
    settings = hub.settings.journal
    if settings.keep_months is None:
        return +counts
    folder = hub.home / FOLDER if settings.archive else None
    gone, held = drop_old(hub.engine, settings.keep_months, list(_readers(hub)), folder)
    for month, reasons in held.items():
        log.warning(
            "journal_month_held",
            month=f"{month:%Y-%m}",
            readers=reasons.readers,
            errands=reasons.errands,
            set_aside=reasons.aside,
        )
    if gone["dropped"]:
        log.info("journal_months_dropped", folder=str(folder or ""), **gone)
    left = gone["changes"] - gone["kept"]
    return +(counts + Counter(months_dropped=gone["dropped"], changes_dropped=left))


def _readers(hub: Hub) -> Iterator[Reader]:
    for stream, kinds in READERS.items():
        if stream != OF_BASE or hub.settings.onec is not None:
            yield Reader(stream, kinds or ())
