"""Documents parked for a parent that has come by another way than a page: taken in after all.

A parent that the hub itself has written to 1C, or has met there, is bound without being read;
whoever waited for it would wait for its next change.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import Connection

from provodka.connectors.crm_store import parked
from provodka.flows.hub import Hub
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
    by_stream: dict[str, list[Any]] = defaultdict(list)
    for one in parked.ready(connection, SYSTEM):
        by_stream[one.stream].append(one.payload)
    counts: Counter[str] = Counter()
    for stream, payloads in by_stream.items():
        if stream.removeprefix(f"{SYSTEM}:") in hub.mappings:
            found = taking()
            counts += take(connection, found, found.by_stream(stream), payloads)
            log.info("freed", stream=stream, count=len(payloads))
    return counts
