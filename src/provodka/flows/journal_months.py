"""The journal's months are made ahead; old ones, and what rules remember, go as `hub.yaml` says."""

from __future__ import annotations

from collections import Counter

import structlog

from provodka.connectors.crm_store.partitions import keep_months
from provodka.connectors.crm_store.retention import drop_old
from provodka.flows.hub import Hub
from provodka.flows.insight.readers import holders
from provodka.flows.triggers.forgetting import forget_old

__all__ = ["FOLDER", "tend_journal"]

log = structlog.get_logger("provodka.journal")
FOLDER = "journal"
"""Where in the data folder months go that have left the store."""


def tend_journal(hub: Hub) -> Counter[str]:
    """Make months, note those that have ended, drop those that are too old.

    Counts `months_made`, `months_dropped`, `changes_dropped`, and what rules have forgotten. What
    is in use at that moment, or still needed by somebody, is left to the next run.
    """
    counts = Counter(months_made=keep_months(hub.engine)["made"])
    return +(counts + _dropped(hub) + _forgotten(hub))


def _forgotten(hub: Hub) -> Counter[str]:
    months = hub.settings.journal.keep_rules_months
    if months is None:
        return Counter()
    approved = hub.settings.rules_approval
    gone = forget_old(hub.engine, hub.book, hub.calendar, hub.clock(), months, approved=approved)
    if gone:
        log.info("rules_forgot", **gone)
    return Counter({f"{name}_dropped": number for name, number in gone.items()})


def _dropped(hub: Hub) -> Counter[str]:
    settings = hub.settings.journal
    if settings.keep_months is None:
        return Counter()
    folder = hub.home / FOLDER if settings.archive else None
    gone, held = drop_old(hub.engine, settings.keep_months, list(holders(hub.settings)), folder)
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
    return Counter(months_dropped=gone["dropped"], changes_dropped=left)
