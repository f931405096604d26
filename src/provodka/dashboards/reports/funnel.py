"""The sales funnel: period flow, cohort, win rate, deleted and merged deals, as of an instant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from provodka.dashboards.reports.as_of import AsOf
from provodka.dashboards.reports.funnel_counted import counted
from provodka.dashboards.results import Ratio

__all__ = [
    "CohortStep",
    "FlowStep",
    "Funnel",
    "Gone",
    "Stage",
    "StageBalance",
    "WinRate",
    "compute_funnel",
]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as known at the instant; `step` counts from 1 along the funnel, None if lost."""

    scenario: str
    scenario_name: str
    code: str
    name: str
    kind: str
    step: int | None


@dataclass(frozen=True, slots=True)
class FlowStep:
    """First entries of deals into a stage within the period, and re-entries apart.

    `ratio` is to the step before; it compares different deals and may pass 100 %, so it is a
    flow ratio, not a conversion. `group` is the breakdown's value at the entry.
    """

    scenario: str
    group: str
    stage: str
    entered: int
    again: int
    ratio: Ratio | None


@dataclass(frozen=True, slots=True)
class CohortStep:
    """How many of the deals created in the period ever reached a stage.

    `conversion` is from the step before, its lower bound; `upper` counts every deal still open
    as if it came; `within` is conv_H over the deals that were given the whole H days.
    `pending` are the open deals between the two steps.
    """

    scenario: str
    group: str
    stage: str
    cohort: int
    reached: int
    visited: int
    conversion: Ratio | None
    upper: Ratio | None
    within: Ratio | None
    pending: int

    @property
    def skipped(self) -> int:
        """Reached a later stage without ever standing on this one."""
        return self.reached - self.visited

    @property
    def of_cohort(self) -> Ratio:
        """The share of all deals created in the period."""
        return Ratio(self.reached, self.cohort)


@dataclass(frozen=True, slots=True)
class WinRate:
    """Deals closed in the period, and how the deals created in it stand.

    `won_amount` is in roubles, VAT included; deals won in other currencies are `foreign_won`.
    """

    scenario: str
    group: str
    won: int
    lost: int
    won_amount: Decimal
    foreign_won: int
    reopened: int
    cohort: int
    cohort_won: int
    cohort_lost: int
    cohort_open: int

    @property
    def rate(self) -> Ratio:
        """Won of all closed in the period."""
        return Ratio(self.won, self.won + self.lost)

    @property
    def cohort_rate(self) -> Ratio:
        """Won by the instant of all created in the period."""
        return Ratio(self.cohort_won, self.cohort)

    @property
    def open_share(self) -> Ratio:
        """Still open at the instant of all created in the period."""
        return Ratio(self.cohort_open, self.cohort)


@dataclass(frozen=True, slots=True)
class Gone:
    """Deals left out because they were deleted or merged by the instant.

    Three times: of those created, entering a stage, and closed in the period. The history of a
    merged deal counts for the deal that stayed.
    """

    scenario: str
    created_deleted: int = 0
    created_merged: int = 0
    entered_deleted: int = 0
    entered_merged: int = 0
    closed_deleted: int = 0
    closed_merged: int = 0


@dataclass(frozen=True, slots=True)
class StageBalance:
    """Entries into a stage and all its exits, deleted and merged deals included.

    `broken` counts the visits that do not fit their deal's chain.
    """

    scenario: str
    stage: str
    entries: int
    advanced: int
    back: int
    won: int
    lost: int
    transferred: int
    deleted: int
    merged: int
    open: int
    broken: int

    @property
    def exits(self) -> int:
        """All exits together; equals `entries` when the stage is in balance."""
        moved = self.advanced + self.back + self.won + self.lost
        return moved + self.transferred + self.deleted + self.merged + self.open


@dataclass(frozen=True, slots=True)
class Funnel:
    """Everything that the funnel report says, as values."""

    stages: tuple[Stage, ...]
    flow: tuple[FlowStep, ...]
    cohort: tuple[CohortStep, ...]
    wins: tuple[WinRate, ...]
    gone: tuple[Gone, ...]
    balance: tuple[StageBalance, ...]

    @property
    def groups(self) -> set[str]:
        """Every value of the breakdown that occurs."""
        return {row.group for rows in (self.flow, self.cohort, self.wins) for row in rows}


def compute_funnel(connection: Connection, asked: AsOf) -> Funnel:
    """The funnel as of the instant of `asked`; the same question gives an equal value."""
    known = asked.rows(connection, "stages")
    stages = tuple(
        Stage(row.scenario, row.scenario_name, row.stage, row.name, row.kind, row.step)
        for row in known
    )
    found = counted(connection, asked, known)
    balance = tuple(StageBalance(**row) for row in found.balance)
    used = {row.scenario for row in balance} or {stage.scenario for stage in stages}
    always = used if asked.query.by is None else set()
    return Funnel(
        stages,
        tuple(_flow(stages, found.flow, always)),
        tuple(_cohort(stages, found.cohort, always)),
        tuple(WinRate(**row) for row in found.wins),
        tuple(Gone(**row._mapping) for row in asked.rows(connection, "gone")),
        balance,
    )


def _flow(
    stages: Sequence[Stage],
    found: Mapping[tuple[str, str, str], tuple[int, int]],
    always: set[str],
) -> Iterable[FlowStep]:
    for scenario, group in _panels(found, always):
        before: int | None = None
        for stage in _of(stages, scenario):
            entered, again = found.get((scenario, group, stage.code), (0, 0))
            ratio = None if before is None or stage.step is None else Ratio(entered, before)
            yield FlowStep(scenario, group, stage.code, entered, again, ratio)
            before = entered


def _cohort(
    stages: Sequence[Stage], rows: Sequence[Mapping[str, Any]], always: set[str]
) -> Iterable[CohortStep]:
    found = {(row["scenario"], row["group"]): row for row in rows}
    for scenario, group in sorted(found.keys() | {(scenario, "") for scenario in always}):
        for stage in _of(stages, scenario):
            if stage.step is not None:
                yield _cohort_step(stage, stage.step, group, found.get((scenario, group)))


def _cohort_step(stage: Stage, step: int, group: str, row: Mapping[str, Any] | None) -> CohortStep:
    key = (stage.scenario, group, stage.code)
    if row is None:
        return CohortStep(*key, 0, 0, 0, None, None, None, 0)
    counts = (row["cohort"], row[f"reached_{step}"], row[f"visited_{step}"])
    if step == 1:
        return CohortStep(*key, *counts, None, None, None, 0)
    base, reached, pending = row[f"reached_{step - 1}"], counts[1], row[f"pending_{step}"]
    return CohortStep(
        *key,
        *counts,
        Ratio(reached, base),
        Ratio(reached + pending, base),
        Ratio(row[f"within_{step}"], row[f"ripe_{step}"]),
        pending,
    )


def _of(stages: Sequence[Stage], scenario: str) -> list[Stage]:
    return [stage for stage in stages if stage.scenario == scenario]


def _panels(found: Iterable[tuple[str, str, str]], always: set[str]) -> list[tuple[str, str]]:
    """Scenario and group of each funnel: those found, and some scenarios even if empty."""
    panels = {(scenario, group) for scenario, group, _stage in found}
    return sorted(panels | {(scenario, "") for scenario in always})
