"""Webhooks of a PBX become calls, in whatever order and however often they come."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.flow.inbox_desk import SECRETS, Desk, desk_at

from provodka.flows.inbox.handling import handle_inbox

CALLS = "SELECT * FROM crm.call"
LIVE = "SELECT * FROM hub.live_call"
END = {"duration": "42", "disposition": "answered", "internal": "101", "is_recorded": "0"}


@pytest.fixture
def desk(store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name in SECRETS:
        monkeypatch.setenv(name, "a secret")
    return desk_at(store, tmp_path)


@pytest.mark.requirement("R66", "R67", "S-7")
def test_a_call_that_ended_is_a_call_of_its_client(desk: Desk) -> None:
    client = desk.insert("client", name="Ландыш", phone="+79990001122")
    desk.ring("NOTIFY_START")
    desk.ring("NOTIFY_END", **END)
    assert handle_inbox(desk.hub)["handled"] == 2
    call = desk.one(CALLS)
    assert (call.client_id, call.direction, call.outcome) == (client, "incoming", "answered")


def test_a_call_that_rings_is_seen_at_once(desk: Desk) -> None:
    desk.ring("NOTIFY_START")
    handle_inbox(desk.hub)
    live = desk.one(LIVE)
    assert (live.source, live.state, live.client_number) == ("office", "ringing", "+79990001122")
    assert desk.rows(CALLS) == []


def test_events_in_any_order_make_one_call(desk: Desk) -> None:
    told = {"NOTIFY_START": {}, "NOTIFY_INTERNAL": {"internal": "101"}, "NOTIFY_END": END}
    for turn, order in enumerate(permutations(told)):
        for event in order:
            desk.ring(event, pbx_call_id=f"in_{turn}", **told[event])
        handle_inbox(desk.hub)
    assert len(desk.rows(CALLS)) == 6
    assert {row.outcome for row in desk.rows(CALLS)} == {"answered"}
    assert {row.state for row in desk.rows(LIVE)} == {"ended"}


def test_an_event_that_cannot_be_read_is_set_aside_and_the_call_beside_it_is_taken(
    desk: Desk,
) -> None:
    desk.ring("NOTIFY_END", **END)
    desk.ring("NOTIFY_END", **{**END, "call_start": "вчера", "pbx_call_id": "in_2"})
    desk.ring("NOTIFY_END", **{**END, "pbx_call_id": "in_3"})
    counts = handle_inbox(desk.hub)
    assert (counts["handled"], counts["set_aside"]) == (2, 1)
    assert desk.states() == ["done", "aside", "done"]
    assert len(desk.rows(CALLS)) == 2


def test_events_that_are_not_about_calls_are_done_with(desk: Desk) -> None:
    desk.ring("SPEECH_RECOGNITION")
    assert handle_inbox(desk.hub)["handled"] == 1
    assert desk.states() == ["done"]
