"""From the changes of deals to their stage visits: a left fold, pure, resumable anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from provodka.connectors.crm_store.journal import Delta, Position

__all__ = ["StageAs", "StageVisit", "Surroundings", "fold"]


@dataclass(frozen=True, slots=True)
class StageAs:
    """A stage of a scenario as it was: its place in the order and the scenario's fingerprint."""

    rank: int | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class StageVisit:
    """One stay of a deal on a stage, half-open [entered_at, left_at), a row of
    `report.stage_visit`.

    `exit` is `open` while the deal is there (`left_at` is None), else advanced, back, won, lost,
    transferred, deleted or merged. Who, whose, what kind and how much are those at the entry.
    `amount` is in `currency`, VAT included. `survivor` is set by the exit `merged` alone.
    """

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
    survivor: UUID | None = None

    def ended(self, at: datetime, exit: str, survivor: UUID | None = None) -> StageVisit:
        """The same visit, left at `at`, never before it was entered."""
        return replace(self, left_at=max(at, self.entered_at), exit=exit, survivor=survivor)


class Surroundings(Protocol):
    """What else was true at a place of the journal: read from the journal, not from today."""

    def stage(self, scenario: str, stage: str, at: Position, /) -> StageAs:
        """The order of a scenario's stages as it was known when the change was read."""

    def department(self, employee: UUID, at: Position, /) -> UUID | None:
        """Where an employee worked."""

    def client_kind(self, client: UUID, at: Position, /) -> str | None:
        """`legal_entity` or `individual`."""


def fold(
    last: StageVisit | None, deltas: Iterable[Delta], around: Surroundings
) -> list[StageVisit]:
    """The visits of one deal that `deltas` begin or end, in order.

    `last` is the deal's last visit before them, `None` if it has none. Folding a history at
    once or in pieces gives the same visits. Consecutive changes on one stage are one visit.
    """
    changed: dict[int, StageVisit] = {}
    for delta in deltas:
        for visit in _step(last, delta, around):
            changed[visit.visit] = last = visit
    return list(changed.values())


def _step(last: StageVisit | None, delta: Delta, around: Surroundings) -> tuple[StageVisit, ...]:
    here = last if last and last.left_at is None else None
    state = _staged(delta)
    if state is None:
        return (_depart(here, delta),) if here else ()
    if here and (here.scenario, here.stage) == (state["scenario"], state["stage"]):
        return ()
    entered = _enter(last, delta, state, around)
    if here is None:
        return (entered,)
    return here.ended(entered.entered_at, _exit(here, entered)), entered


def _staged(delta: Delta) -> dict[str, Any] | None:
    """The deal after the change, if it lives and stands on a stage."""
    state: dict[str, Any] | None = delta.after
    if state is None or state.get("deleted_at") or state.get("kind") == "unstaged":
        return None
    return state if state.get("scenario") and state.get("stage") else None


def _depart(here: StageVisit, delta: Delta) -> StageVisit:
    """The end of the last visit of a deal that is gone or left its stages altogether."""
    state = delta.after
    if state is None:
        return here.ended(delta.at, "deleted")
    if not state.get("deleted_at"):
        return here.ended(delta.at, "transferred")
    at = min(_instant(state["deleted_at"]), delta.at)
    survivor = _key(state.get("merged_into_id"))
    return here.ended(at, "merged" if survivor else "deleted", survivor)


def _enter(
    last: StageVisit | None, delta: Delta, state: dict[str, Any], around: Surroundings
) -> StageVisit:
    at = delta.position
    stage = around.stage(state["scenario"], state["stage"], at)
    responsible, client = _key(state.get("responsible_id")), _key(state.get("client_id"))
    return StageVisit(
        deal=delta.document,
        visit=last.visit + 1 if last else 1,
        scenario=state["scenario"],
        scenario_version=stage.version,
        stage=state["stage"],
        rank=stage.rank,
        stage_kind=state.get("status") or "open",
        entered_at=_entry_time(last, delta, state),
        left_at=None,
        exit="open",
        responsible=responsible,
        department=around.department(responsible, at) if responsible else None,
        client=client,
        client_kind=around.client_kind(client, at) if client else None,
        source=state.get("source"),
        amount=Decimal(state.get("amount") or 0),
        currency=state.get("currency") or "RUB",
        origin=delta.origin,
        deal_created_at=_instant(state["created_at"]) if state.get("created_at") else delta.at,
    )


def _entry_time(last: StageVisit | None, delta: Delta, state: dict[str, Any]) -> datetime:
    """When the deal says it entered, if this change says it; never before the visit before.

    A restored deal keeps the old entry time in its row, so only a change of that time counts.
    """
    said = state.get("stage_entered_at")
    known = (delta.before or {}).get("stage_entered_at")
    at = min(_instant(said), delta.at) if said and said != known else delta.at
    return at if last is None else max(at, last.left_at or last.entered_at)


def _exit(here: StageVisit, there: StageVisit) -> str:
    if here.scenario != there.scenario:
        return "transferred"
    if there.stage_kind != "open":
        return there.stage_kind
    back = here.rank is not None and there.rank is not None and there.rank < here.rank
    return "back" if back else "advanced"


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _key(text: str | None) -> UUID | None:
    return UUID(text) if text else None
