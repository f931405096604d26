"""The visits as they are stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from provodka.connectors.crm_store.tables.report import stage_visit

__all__ = ["StageVisit", "read_visits"]


@dataclass(frozen=True, slots=True)
class StageVisit:
    """A row of `report.stage_visit`."""

    deal: UUID
    visit: int
    scenario: str
    scenario_version: str | None
    stage: str
    rank: int | None
    stage_kind: str
    entered_at: datetime
    left_at: datetime | None
    exit: str
    responsible: UUID | None
    department: UUID | None
    client: UUID | None
    client_kind: str | None
    source: str | None
    amount: Decimal
    currency: str
    origin: str
    deal_created_at: datetime
    survivor: UUID | None


def read_visits(connection: Connection, deals: Iterable[UUID] | None = None) -> list[StageVisit]:
    """Visits by deal and number; of all deals unless some are named."""
    statement = stage_visit.select().order_by(stage_visit.c.deal, stage_visit.c.visit)
    if deals is not None:
        statement = statement.where(stage_visit.c.deal.in_(list(deals)))
    return [StageVisit(**row._mapping) for row in connection.execute(statement)]
