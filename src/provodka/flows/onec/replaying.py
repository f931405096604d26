"""Documents set aside are tried again, after a mapping, a rule or the document was mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from provodka.connectors.crm_store import locks, quarantine
from provodka.flows.hub import Hub
from provodka.flows.onec.pulling import TAKING, taking_for
from provodka.flows.onec.queueing import SYSTEM, queue_push
from provodka.flows.onec.taking import take

__all__ = ["replay"]

PUSHED = f"push:{SYSTEM}"


def replay(hub: Hub, stream: str, keys: Sequence[str] = ()) -> Counter[str]:
    """Take in the open documents of a stream again, all or those named, as they came.

    Counts as `take` does; for what was to be written to 1C counts `queued`. What still cannot
    be understood stays, with the newest reason.
    """
    with hub.engine.connect() as connection:
        found = quarantine.payloads(connection, stream)
    chosen = {key: payload for key, payload in found.items() if not keys or key in keys}
    if stream == PUSHED:
        return _queue_again(hub, list(chosen.values()))
    mapping = hub.mappings[stream.removeprefix(f"{SYSTEM}:")]
    taking = taking_for(hub, [mapping])
    taking.again = True
    with locks.alone(hub.engine, TAKING, wait=True), hub.engine.begin() as connection:
        return take(connection, taking, mapping, list(chosen.values()))


def _queue_again(hub: Hub, payloads: Sequence[dict[str, str]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    with hub.engine.begin() as connection:
        for one in payloads:
            reason = f"replay:{one['errand']}"
            document = UUID(one["document"])
            counts["queued"] += queue_push(connection, one["kind"], document, reason)
    return counts
