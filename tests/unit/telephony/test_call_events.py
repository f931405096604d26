"""What rules hear of a call: each thing once, and a correction only if it is another thing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from provodka.trigger_rules.changes import Change
from provodka.trigger_rules.events import events_of

CALL = UUID("019ab3f0-0000-7000-8000-000000000001")


def row(outcome: str, **values: Any) -> dict[str, Any]:
    return {"id": CALL, "direction": "incoming", "outcome": outcome, "deleted_at": None, **values}


def heard(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[tuple[str, str]]:
    change = Change(1, "call", CALL, before, after, frozenset(), "telephony", 0)
    return [
        (event.name, event.occurrence)
        for event in events_of(change, {})
        if event.name.startswith("call_")
    ]


@pytest.mark.requirement("R55")
def test_a_missed_call_is_heard_of_as_incoming_and_as_missed() -> None:
    assert [name for name, _which in heard(None, row("missed"))] == ["call_incoming", "call_missed"]


def test_a_correction_that_leaves_the_outcome_wakes_nothing() -> None:
    assert heard(row("answered", talk_seconds=5), row("answered", talk_seconds=60)) == []
    assert heard(row("missed"), row("abandoned")) == []
    assert heard(row("missed"), row("missed", called_back_at="2026-03-02")) == []


def test_another_outcome_is_heard_of_under_the_call_s_own_occurrence() -> None:
    corrected = heard(row("missed"), row("answered"))
    assert corrected == [("call_finished", "call_finished")]
    assert heard(None, row("answered"))[-1] == corrected[0]


def test_the_tombstone_of_a_call_that_was_one_with_another_wakes_nothing() -> None:
    assert heard(row("missed"), row("missed", deleted_at="2026-03-02T09:00:00Z")) == []
