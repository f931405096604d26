"""Documents set aside are tried again, after a mapping, a rule or the document was mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from uuid import UUID

from provodka.connectors.crm_store import locks, quarantine
from provodka.flows.hub import Hub
from provodka.flows.onec.exchange.sorting import from_payload
from provodka.flows.onec.pulling import TAKING, taking_for
from provodka.flows.onec.queueing import SYSTEM, queue_push
from provodka.flows.onec.taking import take

__all__ = ["replay"]

PUSHED = f"push:{SYSTEM}"
PAGE = 500


def replay(hub: Hub, stream: str, keys: Sequence[str] = ()) -> Counter[str]:
    """Take in the waiting documents of a stream again, all or those named, as they came.

    Counts as `take` does; for what was to be written to 1C counts `queued`. What still cannot
    be understood stays, with the newest reason. A page is a transaction: what was taken in
    before a crash stays in.
    """
    if stream == PUSHED:
        return _queue_again(hub, stream, keys)
    mapping = hub.mappings[stream.removeprefix(f"{SYSTEM}:")]
    taking = taking_for(hub, [mapping])
    taking.again = True
    known = {one.object: one for one in hub.translations.values()} if hub.exchange else {}
    counts: Counter[str] = Counter()
    with locks.alone(hub.engine, TAKING, wait=True):
        for page in _pages(hub, stream, keys):
            with hub.engine.begin() as connection:
                found = quarantine.payloads(connection, stream, page)
                read = (from_payload(one, known) for one in found.values())
                rows = [row for row in read if row is not None]
                counts += take(connection, taking, mapping, rows)
    return counts


def _pages(hub: Hub, stream: str, keys: Sequence[str]) -> Iterator[Sequence[str]]:
    chosen = list(keys)
    if not chosen:
        with hub.engine.connect() as connection:
            chosen = quarantine.waiting_keys(connection, stream)
    return (chosen[start : start + PAGE] for start in range(0, len(chosen), PAGE))


def _queue_again(hub: Hub, stream: str, keys: Sequence[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for page in _pages(hub, stream, keys):
        with hub.engine.begin() as connection:
            for one in quarantine.payloads(connection, stream, page).values():
                reason = f"replay:{one['errand']}"
                document = UUID(one["document"])
                counts["queued"] += queue_push(connection, one["kind"], document, reason)
    return counts
