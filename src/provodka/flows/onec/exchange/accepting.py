"""Going on after one side was restored from a copy: a person has said that it is so."""

from __future__ import annotations

from dataclasses import replace

import structlog

from provodka.connectors.crm_store import exchange
from provodka.connectors.onec.enterprise_data.message import Header
from provodka.flows.hub import Hub
from provodka.flows.onec.exchange.place import incoming, keep, read_place
from provodka.flows.onec.queueing import queue_push

__all__ = ["accept"]

log = structlog.get_logger("provodka.exchange")


def accept(hub: Hub, header: Header, digest: str) -> int:
    """Take the numbers of the base's message for right; how many documents go to it again.

    Those are what the base had read after the number that it now says was the last.
    """
    heard = incoming(header, digest)
    with hub.engine.begin() as connection:
        place = read_place(connection)
        numbers = place.numbers.restored(heard)
        lost = exchange.read_after(connection, heard.received_no)
        for kind, document in lost:
            queue_push(connection, kind, document, f"restored:{numbers.sent}:{heard.received_no}")
        acknowledged = min(place.acknowledged, numbers.received)
        keep(connection, replace(place, numbers=numbers, acknowledged=acknowledged, unheard=0))
    log.warning("numbers_accepted", sent=numbers.sent, received=numbers.received, again=len(lost))
    return len(lost)
