"""Documents parked for a parent that has come by another way than a page: taken in after all.

A parent that the hub itself has written to 1C, or has met there, is bound without being read;
whoever waited for it would wait for its next change.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

import structlog
from sqlalchemy import Connection

from provodka.connectors.crm_store import parked
from provodka.connectors.crm_store.parked import Parked
from provodka.flows.hub import Hub
from provodka.flows.onec.balances.storing import take_waiting_balances
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.taking import Taking, take
from provodka.flows.work import Work

__all__ = ["free"]

log = structlog.get_logger("provodka.pull")


def free(hub: Hub, work: Work, taking: Callable[[], Taking]) -> Counter[str]:
    """Take in what is parked though its parent is bound; counts as `take`, without `read`.

    `taking` is asked for only when there is something to take.
    """
    counts: Counter[str] = Counter()
    more = True
    while more:
        with work.begin() as connection:
            done = _free_some(connection, hub, taking)
        counts += done
        more = bool(done["new"] or done["changed"])
    del counts["read"]
    return counts


def _free_some(connection: Connection, hub: Hub, taking: Callable[[], Taking]) -> Counter[str]:
    balances = hub.settings.onec.balances if hub.settings.onec else ()
    by_stream: dict[str, list[Parked]] = defaultdict(list)
    for one in parked.ready(connection, SYSTEM, balances):
        by_stream[one.stream].append(one)
    counts: Counter[str] = Counter()
    for stream, waiting in by_stream.items():
        known = taking()
        balance, mapping = known.balances.get(stream), known.by_stream(stream)
        if balance:
            keys = [one.external_key for one in waiting]
            counts += take_waiting_balances(connection, balance, keys, known.later)
        elif mapping:
            counts += take(connection, known, mapping, [one.payload for one in waiting])
        log.info("freed", stream=stream, count=len(waiting))
    return counts
