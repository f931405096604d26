"""The inbox's own upkeep: what the fast lane has missed is handled, what is old is erased."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from provodka.connectors.crm_store import inbox
from provodka.flows.hub import Hub
from provodka.flows.inbox.handling import handle_inbox
from provodka.flows.people.keeping import tend_people
from provodka.flows.requests.carrying import carry_requests

__all__ = ["tend_inbox"]


def tend_inbox(hub: Hub) -> Counter[str]:
    """Handle all that waits, then erase what has been kept long enough.

    Counts what became of arrivals and of people's requests, `erased`, and what `tend_people`
    forgets.

    Without a door there is nothing to erase by, and nothing that waits is lost.
    """
    counts = handle_inbox(hub) + carry_requests(hub)
    if hub.settings.web is not None:
        before = hub.clock() - timedelta(days=hub.settings.web.keep_days)
        with hub.engine.begin() as connection:
            counts["erased"] = inbox.erase(connection, before)
    return +counts + tend_people(hub)
