"""What the store counts for the funnel: any question, or all deals of all time in few passes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row

from provodka.connectors.crm_store.engine import dump_json
from provodka.dashboards.reports.as_of import AsOf

__all__ = ["Counted", "counted"]

Counts = Mapping[str, Any]
REACHED = "min(entered_at) FILTER (WHERE height >= {step}) AS r{step}"
STOOD = "coalesce(bool_or(stands = {step}), false) AS v{step}"
ON_STAGE = "stood & (bigint '1' << {place}) <> 0"
ENTERED = f"count(*) FILTER (WHERE {ON_STAGE}) AS entered_{{place}}"
MOST_PLACES = 62
"""So many stages of a scenario have a bit each in one number."""
RIPE = "r{before} <= (SELECT CAST(:as_of AS timestamptz) - CAST(:horizon AS interval))"
COUNTED = f"""count(r{{step}}) AS reached_{{step}},
  count(r{{step}}) FILTER (WHERE {{visited}}) AS visited_{{step}},
  count(*) FILTER (WHERE r{{before}} IS NOT NULL AND r{{step}} IS NULL AND {{is_open}})
    AS pending_{{step}},
  count(*) FILTER (WHERE {RIPE}) AS ripe_{{step}},
  count(*) FILTER (WHERE {RIPE} AND r{{step}} <= r{{before}} + CAST(:horizon AS interval))
    AS within_{{step}}"""
CLOSED = ("won", "lost", "won_amount", "foreign_won", "reopened")
STARTED = ("cohort", "cohort_won", "cohort_lost", "cohort_open")
EXITS = ("advanced", "back", "won", "lost", "transferred", "deleted", "merged", "open")
BALANCE = ("entries", *EXITS, "broken")


@dataclass(frozen=True, slots=True)
class Counted:
    """The numbers of one question, by scenario, value of the breakdown and stage.

    `flow` has first and repeated entries; `cohort` one row for all steps of a scenario; `wins` and
    `balance` have the fields of `WinRate` and `StageBalance`.
    """

    flow: Mapping[tuple[str, str, str], tuple[int, int]]
    cohort: Sequence[Counts]
    wins: Sequence[Counts]
    balance: Sequence[Counts]


def counted(connection: Connection, asked: AsOf, stages: Sequence[Row[Any]]) -> Counted:
    """The funnel's numbers; `stages` are the rows of `stages.sql`."""
    few = 0 < max(_places(stages).values(), default=0) <= MOST_PLACES
    counting = _of_all if asked.bare and few else _of_some
    return counting(connection, asked, stages)


def _of_some(connection: Connection, asked: AsOf, stages: Sequence[Row[Any]]) -> Counted:
    """By statements that know of breakdowns, filters and periods."""
    flow = asked.rows(connection, "flow")
    return Counted(
        {(row.scenario, row.group, row.stage): (row.entered, row.again) for row in flow},
        _reached(connection, asked, stages),
        _mappings(asked.rows(connection, "wins_told", "wins")),
        _mappings(asked.rows(connection, "balance")),
    )


def _reached(connection: Connection, asked: AsOf, stages: Sequence[Row[Any]]) -> Sequence[Counts]:
    steps = _steps(stages)
    if not steps:
        return []
    reached = (f"{REACHED}, {STOOD}".format(step=step) for step in steps)
    written = (("$reached", ", ".join(reached)), ("$counted", _counts(steps, "v{step}", "is_open")))
    return _mappings(asked.rows(connection, "cohort_walk", "cohort", written=written))


def _of_all(connection: Connection, asked: AsOf, stages: Sequence[Row[Any]]) -> Counted:
    """By two passes over all visits: nothing is broken down, left out or before the period."""
    departed = asked.rows(connection, "departed")
    gone: dict[str, Any] = {
        "gone": [row.deal for row in departed],
        "heirs": [row.subject for row in departed],
    }
    visits = asked.rows(connection, "whole_balance", **gone)
    walks = _walks(connection, asked, stages, gone)
    return Counted(
        _flow_of(visits, walks, _places(stages)),
        [row for row in walks if row["cohort"]],
        _wins_of(visits, walks),
        _balance_of(visits),
    )


def _walks(
    connection: Connection, asked: AsOf, stages: Sequence[Row[Any]], gone: Counts
) -> Sequence[Counts]:
    """One row of each scenario: how far its deals came, and how many have stood on each stage."""
    steps, places = _steps(stages), _places(stages)
    walked = [REACHED.format(step=step) for step in steps]
    entered = [ENTERED.format(place=place) for place in sorted(set(places.values()))]
    written = (
        ("$walked", ", ".join(walked)),
        ("$counted", _counts(steps, ON_STAGE.format(place="{step}"), "fates & 4 > 0")),
        ("$entered", ", ".join(entered)),
    )
    known = {
        "ladders": dump_json(_ladders(stages)),
        "places": dump_json([(*key, place) for key, place in places.items()]),
    }
    return _mappings(asked.rows(connection, "whole_walk", written=written, **known, **gone))


def _balance_of(visits: Sequence[Row[Any]]) -> Sequence[Counts]:
    """The visits of each stage by what became of them."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for row in visits:
        own = found.setdefault((row.scenario, row.stage), Counter(dict.fromkeys(BALANCE, 0)))
        own.update({"entries": row.visits, row.exit_then: row.visits, "broken": row.broken})
    return [
        {"scenario": scenario, "stage": stage, **counts}
        for (scenario, stage), counts in found.items()
    ]


def _flow_of(
    visits: Sequence[Row[Any]], walks: Sequence[Counts], places: Mapping[tuple[str, str], int]
) -> Mapping[tuple[str, str, str], tuple[int, int]]:
    """First entries by the walks; all others of deals that live are repeated."""
    lived: Counter[tuple[str, str]] = Counter()
    for row in visits:
        lived[row.scenario, row.stage] += row.lived
    rows = {row["scenario"]: row for row in walks}
    found = {}
    for scenario, stage in (+lived).keys() & places.keys():
        entered = rows[scenario][f"entered_{places[scenario, stage]}"]
        found[scenario, "", stage] = (entered, lived[scenario, stage] - entered)
    return found


def _wins_of(visits: Sequence[Row[Any]], walks: Sequence[Counts]) -> Sequence[Counts]:
    """Deals that stay closed and those opened again, together with those that began."""
    found: dict[str, dict[str, Any]] = defaultdict(_no_wins)
    for row in visits:
        if row.reopened:
            found[row.scenario]["reopened"] += row.reopened
        if row.exit_then == "open" and row.stage_kind != "open":
            own = found[row.scenario]
            own[row.stage_kind] += row.visits
            if row.stage_kind == "won":
                own["won_amount"] += row.roubles
                own["foreign_won"] += row.in_others
    for walk in walks:
        if walk["cohort"]:
            found[walk["scenario"]] |= {name: walk[name] for name in STARTED}
    return [{"scenario": scenario, "group": "", **found[scenario]} for scenario in sorted(found)]


def _no_wins() -> dict[str, Any]:
    return {**dict.fromkeys((*CLOSED, *STARTED), 0), "won_amount": Decimal(0)}


def _steps(stages: Sequence[Row[Any]]) -> range:
    return range(1, max((stage.step or 0 for stage in stages), default=0) + 1)


def _counts(steps: range, visited: str, is_open: str) -> str:
    return ", ".join(
        COUNTED.format(
            step=step, before=step - 1, visited=visited.format(step=step), is_open=is_open
        )
        for step in steps
    )


def _places(stages: Sequence[Row[Any]]) -> dict[tuple[str, str], int]:
    """A number for each stage of a scenario: its step, or one after the last step."""
    return {
        (scenario, stage.stage): place
        for scenario, own in groupby(stages, key=attrgetter("scenario"))
        for place, stage in enumerate(own, 1)
    }


def _ladders(stages: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """How many steps each scenario has, and the ranks of those where deals are open."""
    ladders = []
    for scenario, own in groupby(stages, key=attrgetter("scenario")):
        steps = [stage for stage in own if stage.step is not None]
        ranks = [stage.rank for stage in steps if stage.kind == "open"]
        ladders.append({"scenario": scenario, "steps": len(steps), "ranks": ranks})
    return ladders


def _mappings(rows: Sequence[Row[Any]]) -> list[Counts]:
    return [dict(row._mapping) for row in rows]
