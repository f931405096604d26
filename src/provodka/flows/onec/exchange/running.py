"""One round of the exchange: take the base's message, then send ours, which confirms it."""

from __future__ import annotations

from collections import Counter

from provodka.connectors.crm_store import locks
from provodka.flows.hub import Hub
from provodka.flows.onec.exchange.place import LOCK
from provodka.flows.onec.exchange.receiving import Renegotiate, receive
from provodka.flows.onec.exchange.sending import greet, send
from provodka.flows.onec.following.guarding import TooManyDeletions
from provodka.flows.work import Work

__all__ = ["run_exchange"]


def run_exchange(hub: Hub, work: Work) -> Counter[str]:
    """Receive and send, alone; counts as `receive` and `send` do.

    A rehearsal takes the base's message in and undoes it: the message waits in the spool for the
    real run, and nothing is sent. Raises `TooManyDeletions` when all else is done.
    """
    hub.require_exchange()
    with locks.alone(hub.engine, LOCK, wait=True):
        try:
            counts = _received(hub, work)
        except TooManyDeletions:
            send(hub, work)
            raise
        return counts + send(hub, work)


def _received(hub: Hub, work: Work) -> Counter[str]:
    try:
        return receive(hub, work)
    except Renegotiate as lower:
        greet(hub, lower.place)
        return receive(hub, work)
