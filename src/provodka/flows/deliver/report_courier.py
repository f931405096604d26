"""The courier of reports that rules send: computes one, and queues its letters as it settles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.outbox import Errand
from provodka.flows.deliver.courier import StillMine
from provodka.flows.deliver.outcome import Done, Outcome
from provodka.flows.hub import Hub
from provodka.flows.report_files import Wanted, make_report_file, queue_letters
from provodka.flows.triggers.doing.reports import TARGET
from provodka.foundation.errors import ConfigurationError

__all__ = ["ReportCourier"]


@dataclass(frozen=True)
class ReportCourier:
    """Nothing leaves the hub here: whatever an attempt was killed in, the next begins anew.

    A report is computed by one worker at a time, so that many of them do not hold up the store.
    """

    hub: Hub
    target: str = TARGET
    lost_answer_wait: timedelta = timedelta()
    workers: int = 1
    ahead: int = 1

    def marker(self, errand: Errand) -> str:
        """The occasion that the letters' own errands are known by."""
        return errand.key

    def carry(self, errand: Errand, still_mine: StillMine) -> Outcome:
        """Compute the report; its letters are queued in the transaction that ends the errand."""
        asked: Mapping[str, Any] = errand.payload
        try:
            made = make_report_file(self.hub, _wanted(asked))
        except ConfigurationError as trouble:
            return Done("dead", trouble=trouble)
        still_mine()

        def record(connection: Connection) -> None:
            journal.attribute(connection, f"rule:{asked['rule']}", errand.cause, errand.depth)
            cause = errand.cause, errand.depth
            queue_letters(connection, made, asked["to"], asked["occasion"], cause)

        return Done("delivered", result={"file": made.sha256}, record=record)


def _wanted(asked: Mapping[str, Any]) -> Wanted:
    return Wanted(
        asked["report"],
        date.fromisoformat(asked["since"]),
        date.fromisoformat(asked["until"]),
        asked["by"],
        asked["where"],
        asked["format"],
    )
