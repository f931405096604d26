"""What the journal knows about employees, clients and stages at any of its places."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store.journal import Delta, Position
from provodka.dashboards.reports.visit_fold import StageAs

__all__ = ["Journaled", "Timeline", "note_stage_order", "read_surroundings"]

START = Position(0, 0)
T = TypeVar("T")


@dataclass(slots=True)
class Timeline(Generic[T]):
    """A value that changes along the journal; places are added in ascending order."""

    since: list[Position] = field(default_factory=list)
    values: list[T] = field(default_factory=list)

    def add(self, since: Position, value: T) -> None:
        """From `since` on the value is this."""
        self.since.append(since)
        self.values.append(value)

    def at(self, place: Position) -> T | None:
        """The value just before a place; the earliest known one for places before it."""
        if not self.values:
            return None
        return self.values[max(0, bisect_left(self.since, place) - 1)]


@dataclass(frozen=True, slots=True)
class Journaled:
    """Surroundings for one batch of changes, all read beforehand."""

    stages: dict[tuple[str, str], Timeline[StageAs]]
    departments: dict[UUID, Timeline[UUID | None]]
    kinds: dict[UUID, Timeline[str]]

    def stage(self, scenario: str, stage: str, at: Position) -> StageAs:
        """Rank and version of a stage when the change at this place was read."""
        known = self.stages.get((scenario, stage))
        return (known.at(at) if known else None) or StageAs()

    def department(self, employee: UUID, at: Position) -> UUID | None:
        """Where an employee worked at this place of the journal."""
        known = self.departments.get(employee)
        return known.at(at) if known else None

    def client_kind(self, client: UUID, at: Position) -> str | None:
        """What kind a client was at this place of the journal."""
        known = self.kinds.get(client)
        return known.at(at) if known else None


def note_stage_order(connection: Connection, at: Position | None) -> int:
    """Write down the stages that are new or changed; valid for the changes after `at`.

    Scenarios are configuration and have no journal, so their order is kept here: returns how
    many rows were written.
    """
    place = at or START
    return connection.execute(
        text(
            "INSERT INTO report.stage_order (scenario, stage, since_xid, since_id, seen_at,"
            " scenario_version, scenario_name, name, rank, kind)"
            " SELECT s.scenario, s.code, :xid, :id, (SELECT clock_timestamp()), c.version, c.name,"
            " s.name, s.rank, s.kind"
            " FROM crm.stage s JOIN crm.scenario c ON c.code = s.scenario"
            " LEFT JOIN LATERAL (SELECT o.* FROM report.stage_order o"
            "  WHERE o.scenario = s.scenario AND o.stage = s.code"
            "  ORDER BY seen_at DESC LIMIT 1) last ON true"
            " WHERE (last.scenario_version, last.scenario_name, last.name, last.rank, last.kind)"
            " IS DISTINCT FROM (c.version, c.name, s.name, s.rank, s.kind)"
        ),
        {"xid": place.xid, "id": place.id},
    ).rowcount


def read_surroundings(connection: Connection, deltas: Iterable[Delta]) -> Journaled:
    """What the given changes of deals refer to, with its whole history."""
    states = [delta.after for delta in deltas if delta.after]
    employees = {state["responsible_id"] for state in states if state.get("responsible_id")}
    clients = {state["client_id"] for state in states if state.get("client_id")}
    departments: dict[UUID, Timeline[UUID | None]] = defaultdict(Timeline)
    for document, place, value in _history(connection, "employee", "department_id", employees):
        departments[document].add(place, UUID(value) if value else None)
    kinds: dict[UUID, Timeline[str]] = defaultdict(Timeline)
    for document, place, value in _history(connection, "client", "kind", clients):
        kinds[document].add(place, value)
    return Journaled(_stages(connection), dict(departments), dict(kinds))


def _history(
    connection: Connection, kind: str, column: str, documents: set[str]
) -> list[tuple[UUID, Position, Any]]:
    rows = connection.execute(
        text(
            "SELECT document, xid::text::bigint, id, after ->> :column FROM hub.delta"
            " WHERE document = ANY(CAST(:documents AS uuid[])) AND kind = :kind AND part = ''"
            " AND after IS NOT NULL AND (op = 'insert'"
            " OR after ->> :column IS DISTINCT FROM before ->> :column)"
            " ORDER BY delta.xid, id"
        ),
        {"column": column, "documents": sorted(documents), "kind": kind},
    )
    return [(document, Position(xid, number), value) for document, xid, number, value in rows]


def _stages(connection: Connection) -> dict[tuple[str, str], Timeline[StageAs]]:
    stages: dict[tuple[str, str], Timeline[StageAs]] = defaultdict(Timeline)
    rows = connection.execute(
        text(
            "SELECT scenario, stage, since_xid, since_id, rank, scenario_version"
            " FROM report.stage_order ORDER BY since_xid, since_id, seen_at"
        )
    )
    for scenario, stage, xid, number, rank, version in rows:
        stages[scenario, stage].add(Position(xid, number), StageAs(rank, version))
    return dict(stages)
