"""What the tests of the exchange do: a round of everything, and looks into both memories."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.e2e.company import Company, run
from tests.e2e.neighbours import INVOICES, Neighbours

from provodka.flows.hub import Hub
from provodka.flows.triggers.scenarios import sync_scenarios

__all__ = ["Talk", "met"]

ROUND = ("exchange", "triggers", "invoices", "outbox")


def met(hub: Hub) -> Company:
    """A company whose catalogs have come in a message, with its rules in force."""
    with hub.engine.begin() as connection:
        sync_scenarios(connection, hub.book)
    run(hub, "exchange")
    return Company(hub.engine)


@dataclass
class Talk:
    """One hub and one base that write to each other."""

    hub: Hub
    company: Company
    sandbox: Neighbours

    def round(self, times: int = 1) -> Counter[str]:
        """Receive, let the rules react, send: as the schedules do."""
        counts: Counter[str] = Counter()
        for _time in range(times):
            self.company.now()
            counts += run(self.hub, *ROUND)
        return counts

    def messages(self, direction: str = "out") -> list[Any]:
        """The messages that the hub remembers, oldest first."""
        return self.company.rows(
            "SELECT * FROM hub.exchange_message WHERE direction = :d ORDER BY id", d=direction
        )

    def node(self) -> dict[str, Any]:
        """What the base remembers of the hub: numbers, and what waits to be sent."""
        [peer] = self.sandbox.control.get("enterprise-data").raise_for_status().json()["peers"]
        found: dict[str, Any] = peer
        return found

    def invoices(self) -> list[str]:
        """Numbers of the invoices that the base has."""
        return sorted(one["Number"] for one in self.sandbox.rows(INVOICES))

    def bound(self, document: UUID) -> Any:
        """The binding of a document."""
        [row] = self.company.rows("SELECT * FROM hub.binding WHERE document = :d", d=document)
        return row
