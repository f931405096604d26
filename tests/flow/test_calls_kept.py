"""Calls in the store: of two sources one, called back or not, each once if interrupted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.flow.calls_desk import (
    CLOUD,
    NOON,
    OFFICE,
    Pbx,
    calls,
    calls_store,
    came,
    insert,
    kept_store,
    rows,
    take,
    told,
    went,
)

from provodka.connectors.telephony.legs import Leg
from provodka.flows.calls import storing

__all__ = ["calls_store", "kept_store"]


@pytest.mark.requirement("R66")
@pytest.mark.parametrize("first", [OFFICE, CLOUD])
def test_the_same_call_from_two_sources_is_one_call_with_what_both_know(
    calls_store: Engine, first: Pbx
) -> None:
    said = {
        "office": came(0),
        "cloud": told(1, recording="https://cloud.example/r1", did="74950000012"),
    }
    for pbx in (first, CLOUD if first is OFFICE else OFFICE):
        take(calls_store, pbx, said[pbx.name])
    [call] = calls(calls_store)
    assert (call.source, call.extension, call.recording, call.talk_seconds) == (
        first.name, "101", "https://cloud.example/r1", 60,
    )  # fmt: skip
    kept = rows(
        calls_store, "SELECT source, call_key, call_id FROM hub.call_source ORDER BY source"
    )
    assert [(one.source, one.call_id) for one in kept] == [("cloud", call.id), ("office", call.id)]


def test_either_source_corrects_its_own_word_and_the_call_stays_one(calls_store: Engine) -> None:
    take(calls_store, OFFICE, came(0))
    take(calls_store, CLOUD, told(1))
    assert take(calls_store, CLOUD, told(1, recording="https://cloud.example/r1")) == 1
    assert take(calls_store, OFFICE, came(0, talk=75)) == 1
    [call] = calls(calls_store)
    assert (call.talk_seconds, call.recording) == (75, "https://cloud.example/r1")


def test_both_sources_read_again_change_nothing(calls_store: Engine) -> None:
    for _time in range(2):
        take(calls_store, OFFICE, came(0), came(100, talk=0))
        take(calls_store, CLOUD, told(1), told(101, talk=0))
    before = rows(calls_store, "SELECT count(*) AS n FROM hub.delta")[0].n
    assert [take(calls_store, OFFICE, came(0)), take(calls_store, CLOUD, told(1))] == [0, 0]
    assert rows(calls_store, "SELECT count(*) AS n FROM hub.delta")[0].n == before
    assert len(calls(calls_store)) == 2


def test_two_quick_calls_in_a_row_stay_two_whoever_is_read_first(calls_store: Engine) -> None:
    take(calls_store, CLOUD, told(9, talk=0), told(1, talk=0))
    take(calls_store, OFFICE, came(8, talk=0), came(0, talk=0))
    assert len(calls(calls_store)) == 2
    pairs = rows(
        calls_store,
        "SELECT a.call_key AS office, b.call_key AS cloud FROM hub.call_source a"
        " JOIN hub.call_source b USING (call_id) WHERE a.source = 'office' AND b.source = 'cloud'"
        " ORDER BY 1",
    )
    assert [(one.office, one.cloud) for one in pairs] == [("0.1", "cloud-1"), ("8.1", "cloud-9")]


def test_calls_that_turn_out_to_be_one_later_become_one_and_the_older_stays(
    calls_store: Engine,
) -> None:
    client = insert(calls_store, "client", name="ООО Ромашка", phone="+79990000001")
    take(calls_store, OFFICE, came(0, talk=0))
    take(calls_store, CLOUD, told(1))
    assert len(calls(calls_store)) == 2
    take(calls_store, OFFICE, came(0), came(0, sequence="2", talk=60))
    [call] = calls(calls_store)
    assert (call.source, call.outcome, call.client_id) == ("office", "answered", client)
    shown = rows(calls_store, "SELECT id FROM crm.interaction WHERE deleted_at IS NULL")
    assert [one.id for one in shown] == [call.id]


def test_a_call_of_one_source_is_never_two_calls_of_another(calls_store: Engine) -> None:
    take(calls_store, OFFICE, came(0), came(1, key="other.1"))
    take(calls_store, CLOUD, told(0), told(1))
    assert len(calls(calls_store)) == 2


def test_a_missed_call_is_called_back_by_the_first_call_that_follows(calls_store: Engine) -> None:
    take(calls_store, OFFICE, came(0, ring=20, talk=0))
    assert [one.called_back_at for one in calls(calls_store)] == [None]
    take(calls_store, OFFICE, went(320, talk=0), went(900))
    missed, tried, _talked = calls(calls_store)
    assert (missed.called_back_id, missed.called_back_at) == (tried.id, tried.started_at)


@pytest.mark.parametrize(
    ("follows", "counts"),
    [
        (went(20 + 30 * 60), True),
        (went(21 + 30 * 60), False),
        (went(100, talk=0, disposition="FAILED", dstchannel=""), False),
        (came(100), True),
        (came(100, talk=0), False),
        (went(100, dst="89990000002"), False),
    ],
    ids=["in time", "too late", "not placed", "they called again", "missed again", "another"],
)
def test_what_counts_as_a_call_back(calls_store: Engine, follows: Leg, counts: bool) -> None:
    take(calls_store, OFFICE, came(0, ring=20, talk=0), follows)
    [missed] = [one for one in calls(calls_store) if one.call_key == "0.1"]
    assert (missed.called_back_id is not None) is counts


def test_a_call_back_that_is_read_first_or_corrected_is_seen_all_the_same(
    calls_store: Engine,
) -> None:
    take(calls_store, OFFICE, went(100))
    take(calls_store, OFFICE, came(0, ring=20, talk=0))
    missed, back = calls(calls_store)
    assert missed.called_back_id == back.id
    answered = came(0, ring=20, talk=0, sequence="2", billsec=30, disposition="ANSWERED")
    take(calls_store, OFFICE, replace(answered, answer=NOON, end=NOON + timedelta(seconds=30)))
    assert calls(calls_store)[0].called_back_id is None


def test_an_employee_whom_the_pbx_knows_by_name_is_found(calls_store: Engine) -> None:
    employee = insert(calls_store, "employee", name="Котов Кот Котович", email="kotov@example.com")
    take(calls_store, CLOUD, told(0, operator="KOTOV@example.com"))
    assert [one.employee_id for one in calls(calls_store)] == [employee]


def test_the_contact_whose_number_it_is_is_told(calls_store: Engine) -> None:
    client = insert(calls_store, "client", name="ООО Ромашка")
    contact = insert(calls_store, "contact", client_id=client, name="Анна", phone="+79990000001")
    take(calls_store, OFFICE, came(0))
    assert [(one.client_id, one.contact_id) for one in calls(calls_store)] == [(client, contact)]


@pytest.mark.parametrize("breaks", ["placed", "link", "merge", "interactions", "track"])
def test_interrupted_anywhere_and_read_again_each_call_is_there_once(
    calls_store: Engine, monkeypatch: pytest.MonkeyPatch, breaks: str
) -> None:
    insert(calls_store, "client", name="ООО Ромашка", phone="+79990000001")
    take(calls_store, CLOUD, told(1), told(301, talk=0))
    page = [came(0), came(300, talk=0), went(400)]
    with monkeypatch.context() as broken:
        broken.setattr(storing, breaks, _killed)
        with pytest.raises(KeyboardInterrupt):
            take(calls_store, OFFICE, *page)
    take(calls_store, OFFICE, *page)
    assert [one.outcome for one in calls(calls_store)] == ["answered", "missed", "answered"]
    assert len(rows(calls_store, "SELECT id FROM crm.interaction WHERE deleted_at IS NULL")) == 3


def _killed(*_given: Any, **_named: Any) -> Any:
    raise KeyboardInterrupt
