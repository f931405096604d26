"""Random histories of deals, and a second, naive way to read them: state by state, run by run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, TypeAlias
from uuid import UUID

from hypothesis import strategies as st
from tests.contract.dashboards.histories import ENDS, RANKS, SCENARIO, History, key

from provodka.connectors.crm_store.journal import Delta

Change: TypeAlias = tuple[int, str, float, int]

__all__ = ["Change", "NaiveVisit", "busy_changes", "changes", "naive_visits", "tell"]

STAGES = sorted(RANKS)
OTHERS = ["edit", "drop", "merge", "restore", "purge", "unstage"]


def _histories(least: int, most: int, deals: int, calm: int) -> st.SearchStrategy[list[Change]]:
    """Lists of changes; `calm` makes moves between stages so many times as likely as the rest."""
    change = st.tuples(
        st.integers(1, deals),
        st.sampled_from([*(STAGES * calm), *OTHERS]),
        st.sampled_from([0, 0.25, 0.5, 1]),
        st.integers(0, 3),
    )
    return st.lists(change, min_size=least, max_size=most)


changes = _histories(0, 40, deals=4, calm=1)
busy_changes = _histories(30, 60, deals=8, calm=3)


@dataclass(frozen=True)
class NaiveVisit:
    """What the naive reading says about a visit."""

    deal: UUID
    visit: int
    stage: str
    entered_at: datetime
    left_at: datetime | None
    exit: str
    responsible: str
    survivor: str | None


def tell(wanted: list[Change]) -> History:
    """Make the changes happen, as far as they can."""
    told, at = History(), 0.0
    for deal, action, gap, other in wanted:
        at += gap
        exists = ("deal", key(deal)) in told.rows
        manager = {"responsible_id": str(key(800 + other))}
        if action in RANKS:
            told.deal(deal, at, action, **({"kind": "manual"} | manager))
        elif exists:
            _change(told, deal, action, at, other)
    return told


def _change(told: History, deal: int, action: str, at: float, other: int) -> None:
    if action == "edit":
        told.put("deal", deal, at, amount=other * 10)
    elif action == "drop":
        told.drop(deal, at)
    elif action == "merge":
        told.drop(deal, at, into=other + 1)
    elif action == "restore":
        told.put("deal", deal, at, deleted_at=None, merged_into_id=None)
    elif action == "purge":
        told.purge("deal", deal, at)
    else:
        told.put("deal", deal, at, kind="unstaged")


def naive_visits(told: History) -> list[NaiveVisit]:
    """The visits of all deals, read as runs of equal states."""
    deals = sorted({delta.document for delta in told.deltas if delta.kind == "deal"})
    return [visit for deal in deals for visit in _of_one(told, deal)]


def _of_one(told: History, deal: UUID) -> list[NaiveVisit]:
    own = [delta for delta in told.deltas if delta.document == deal]
    runs = [list(run) for _stage, run in groupby(own, key=_stage_after)]
    visits: list[NaiveVisit] = []
    for run, following in zip(runs, [*runs[1:], None], strict=True):
        stage = _stage_after(run[0])
        if stage is None:
            continue
        ending = following[0] if following else None
        survivor = (ending.after or {}).get("merged_into_id") if ending else None
        way = _way(stage, ending)
        visits.append(
            NaiveVisit(
                deal,
                len(visits) + 1,
                stage,
                run[0].at,
                ending.at if ending else None,
                way,
                run[0].after["responsible_id"],
                survivor if way == "merged" else None,
            )
        )
    return visits


def _stage_after(delta: Delta) -> str | None:
    row: dict[str, Any] | None = delta.after
    gone = row is None or row["deleted_at"] is not None or row["kind"] == "unstaged"
    return None if gone or row is None else str(row["stage"])


def _way(stage: str, ending: Delta | None) -> str:
    if ending is None:
        return "open"
    there = _stage_after(ending)
    if there is not None:
        if SCENARIO.get(there) != SCENARIO.get(stage):
            return "transferred"
        return ENDS.get(there) or ("back" if RANKS[there] < RANKS[stage] else "advanced")
    row = ending.after
    if row is None or row["deleted_at"] is not None:
        return "merged" if row and row.get("merged_into_id") else "deleted"
    return "transferred"
