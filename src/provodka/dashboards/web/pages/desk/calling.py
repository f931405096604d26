"""Who is calling now: the calls that have not ended, each with the cards of its number's owners."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from provodka.dashboards.insight.caller import caller_card
from provodka.dashboards.web.pages.desk.cards import ClientCard, cards_of
from provodka.dashboards.web.pages.visit import Visit

__all__ = ["MOST", "Calling", "call_named", "calls_now", "digest_of", "with_cards"]

MOST = 12
LONGEST = timedelta(hours=6)
"""A call that is older has ended, and nobody told us."""
NOW = text("""
    SELECT c.source, c.call_key, c.state, c.direction, c.client_number AS number, c.did,
      c.extension, c.started_at,
      (SELECT e.name FROM crm.employee e WHERE e.extension = c.extension AND e.deleted_at IS NULL
       LIMIT 1) AS line,
      EXISTS (SELECT FROM crm.employee e WHERE e.id = CAST(:me AS uuid)
        AND e.extension = c.extension) AS mine
    FROM hub.live_call c
    WHERE c.state <> 'ended' AND c.direction <> 'internal' AND c.started_at > :since
    ORDER BY mine DESC, c.started_at, c.call_key LIMIT :most
""")
ONE = text("""
    SELECT client_number FROM hub.live_call WHERE source = :source AND call_key = :key
""")


@dataclass(frozen=True, slots=True)
class Calling:
    """One call. `line` is whose telephone it is, `mine` whether it is the reader's own."""

    source: str
    call_key: str
    state: str
    direction: str
    number: str | None = field(repr=False)
    did: str | None
    extension: str | None
    started_at: datetime
    line: str | None
    mine: bool
    cards: Sequence[ClientCard] = field(default=(), repr=False)

    @property
    def reference(self) -> str:
        """How an address names the call, without anybody's number."""
        return f"{self.source}|{self.call_key}"


def calls_now(visit: Visit) -> list[Calling]:
    """The calls of this moment, the reader's own first; one small query."""
    since = visit.now - LONGEST
    given = {"since": since, "me": visit.visitor.employee, "most": MOST + 1}
    return [Calling(**row._mapping) for row in visit.connection.execute(NOW, given)]


def digest_of(calls: Sequence[Calling]) -> str:
    """Changes whenever anything about the calls does; tells nothing about them."""
    told = repr([(one.reference, one.state, one.number, one.extension) for one in calls])
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def with_cards(visit: Visit, calls: Sequence[Calling]) -> list[tuple[Calling, Any]]:
    """Each call with the clients who have its number, the latest contact first."""
    found = []
    for one in calls:
        card = caller_card(visit.connection, one.number) if one.number else None
        clients = cards_of(visit, card.clients) if card else []
        found.append((one, clients))
    return found


def call_named(connection: Connection, reference: str) -> str | None:
    """The number of a call, ended or not; None if it is forgotten."""
    source, _bar, call_key = reference.partition("|")
    number: str | None = connection.execute(ONE, {"source": source, "key": call_key}).scalar()
    return number
