"""Receipts that wait for a decision cost the store no more for being many."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from tests.flow.bank_desk import Desk, open_desk, receipt

from provodka.flows.bank.watching import run_bank


@pytest.fixture
def desk(store: Engine, tmp_path: Path) -> Desk:
    return open_desk(store, tmp_path)


def statements_of(desk: Desk) -> int:
    """How many statements one more run of the stream sends to the store."""
    sent: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(desk.engine, "before_cursor_execute", count)
    run_bank(desk.hub, desk.engine)
    event.remove(desk.engine, "before_cursor_execute", count)
    return len(sent)


def test_many_waiting_receipts_take_as_many_statements_as_one(desk: Desk) -> None:
    desk.invoice("СЧ00-000012")
    desk.invoice("УТ00-000012")
    unclear = {"НазначениеПлатежа": "счет 12"}
    desk.put("first.txt", receipt("1", **unclear))
    run_bank(desk.hub, desk.engine)
    one = statements_of(desk)
    desk.put("second.txt", *(receipt(str(number), **unclear) for number in range(2, 22)))
    run_bank(desk.hub, desk.engine)
    assert len(desk.documents()) == 21
    assert all(row.state == "undecided" for row in desk.documents())
    assert statements_of(desk) == one
    candidates = desk.rows("SELECT count(*) AS all FROM hub.bank_candidate")
    assert candidates[0].all == 42
