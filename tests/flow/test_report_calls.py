"""Calls, counted a second time with pandas from the same conversations."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine
from tests.contract.dashboards.histories import History, day, key
from tests.flow.report_books import ask, people, tell, told_rows

pytestmark = pytest.mark.requirement("R111")
OUTCOMES = ("answered", "answered", "missed", "abandoned", "busy", "failed")
MINUTE = timedelta(minutes=1)


def conversations() -> list[dict[str, Any]]:
    """Four hundred calls of January and February with two numbers, in the same hours."""
    dice = random.Random(7)  # noqa: S311
    found = []
    for number in range(400):
        outcome = dice.choice(OUTCOMES)
        answered = outcome == "answered"
        found.append(
            {
                "number": 2000 + number,
                "direction": dice.choice(("incoming", "incoming", "outgoing", "internal")),
                "outcome": outcome,
                "started_at": day(dice.randrange(1, 41)) + MINUTE * dice.randrange(90),
                "wait_seconds": dice.randrange(60),
                "talk_seconds": dice.randrange(1, 900) if answered else 0,
                "client_number": f"+7912000{dice.randrange(2):04}",
                "employee_id": str(key(dice.choice((801, 802)))) if answered else None,
            }
        )
    return found


@pytest.fixture(scope="module")
def calls() -> list[dict[str, Any]]:
    return conversations()


@pytest.fixture
def called(store: Engine, calls: list[dict[str, Any]]) -> Engine:
    told = History()
    people(told)
    for call in calls:
        fields = {name: value for name, value in call.items() if name != "number"}
        fields["started_at"] = call["started_at"].isoformat()
        # All are read from the log of the PBX much later.
        told.put("call", call["number"], 60, source="office", client_id=str(key(901)), **fields)
    tell(store, told)
    return store


def counted_apart(calls: list[dict[str, Any]], at: float) -> dict[tuple[str, str], dict[str, Any]]:
    """What pandas makes of the calls begun in January until a day, by direction and operator."""
    frame = pd.DataFrame(calls)
    frame = frame[(frame.started_at < day(31)) & (frame.started_at <= day(at))]
    back = frame[(frame.direction == "outgoing") & (frame.outcome == "answered")]

    def called_back(row: Any) -> bool:
        span = (back.started_at > row.started_at) & (
            back.started_at <= row.started_at + 30 * MINUTE
        )
        return bool((span & (back.client_number == row.client_number)).any())

    unheard = (frame.direction == "incoming") & frame.outcome.isin(["missed", "abandoned"])
    frame["unheard"] = unheard
    frame["back"] = [bool(row.unheard) and called_back(row) for row in frame.itertuples()]
    frame["operator"] = frame.employee_id.fillna("")
    found = {}
    for (direction, operator), own in frame.groupby(["direction", "operator"]):
        found[direction, operator] = {
            "calls": len(own),
            "answered": int((own.outcome == "answered").sum()),
            "missed": int((own.outcome == "missed").sum()),
            "abandoned": int((own.outcome == "abandoned").sum()),
            "other": int(own.outcome.isin(["busy", "failed"]).sum()),
            "back": (int(own.back.sum()), int(own.unheard.sum())),
            "wait_median": round(float(own.wait_seconds.quantile(0.5)), 2),
            "wait_p90": round(float(own.wait_seconds.quantile(0.9)), 2),
        }
    return found


@pytest.mark.parametrize("at", [12.5, 90])
def test_every_number_is_what_pandas_counts(
    called: Engine, calls: list[dict[str, Any]], at: float
) -> None:
    names = {"Анна Орлова": str(key(801)), "Борис Зуев": str(key(802)), "(не указано)": ""}
    ways = {
        "Входящие звонки": "incoming",
        "Исходящие звонки": "outgoing",
        "Внутренние звонки": "internal",
    }
    rows = told_rows(ask(called, "calls", at, by="operator").table("calls"))
    ours = {
        (ways[row["direction"]], names[row["group"]]): {
            name: float(value) if name.startswith("wait") else value
            for name, value in row.items()
            if name in ("calls", "answered", "missed", "abandoned", "other", "back")
            or name.startswith("wait")
        }
        for row in rows
    }
    theirs = counted_apart(calls, at)
    assert len(theirs) > 6
    assert sum(one["back"][0] for one in theirs.values()) > 0
    assert ours == theirs


def test_the_hours_of_one_operator_are_those_of_his_calls_alone(
    called: Engine, calls: list[dict[str, Any]]
) -> None:
    table = ask(called, "calls", 90, where={"operator": "Анна Орлова"}).table("hours")
    own = pd.DataFrame(
        one
        for one in calls
        if one["employee_id"] == str(key(801))
        and one["direction"] == "incoming"
        and one["started_at"] < day(31)
    )
    hours = own.groupby(own.started_at.dt.tz_convert("Europe/Moscow").dt.hour).wait_seconds
    theirs = {hour: (len(waits), round(float(waits.median()), 2)) for hour, waits in hours}
    rows = told_rows(table)
    assert {row["operator"] for row in rows} == {"Анна Орлова"}
    assert {row["hour"]: (row["calls"], float(row["wait_median"])) for row in rows} == theirs


def test_the_balances_hold_by_any_breakdown(called: Engine) -> None:
    for by in (None, "hour", "department", "client_kind", "week"):
        assert ask(called, "calls", 90, by=by).trusted


def test_a_talk_that_nobody_answered_marks_the_report(called: Engine) -> None:
    with called.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE report.call_version SET talk_seconds = 5"
            " WHERE direction = 'incoming' AND outcome = 'missed'"
        )
    result = ask(called, "calls", 90)
    assert [check.ok for check in result.checks] == [True, True, False]
