"""From a telephone that rings to the caller's card: heard, kept, told, whatever breaks between."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text
from tests.unit.telephony.ami_stand_in import SECRET, StandIn, incoming_call, stand_in

from provodka.connectors.crm_store.engine import load_json
from provodka.connectors.telephony.legs import Leg
from provodka.connectors.telephony.options import Ami, PbxOptions
from provodka.connectors.telephony.source import LiveCall
from provodka.flows.calls.keeping import legs_of
from provodka.flows.calls.listening import Listener, listeners
from provodka.flows.calls.live import CHANNEL, GoingOn, going_on, keep_live
from provodka.flows.calls.pull import keep_legs
from provodka.flows.lane_worker import Worker
from provodka.foundation.errors import AccessDenied

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
PATIENCE = 30.0


@pytest.fixture
def pbx(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setenv("AMI_PASSWORD", SECRET)
    with stand_in() as server:
        yield server


def options(pbx: StandIn) -> PbxOptions:
    ami = Ami(host="127.0.0.1", port=pbx.port, login="hub", password_env="AMI_PASSWORD")
    return PbxOptions(name="office", ami=ami)


@pytest.fixture
def listening(store: Engine, pbx: StandIn) -> Iterator[Worker]:
    """A worker that listens, as `provodka up` runs it."""
    stopping = threading.Event()
    listener = Listener(store, options(pbx), lambda: datetime.now(UTC), stopping)
    worker = Worker("ami:office", listener.step, stopping, lambda _name, _trouble: True)
    listener.again = worker.woken.set
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    assert pbx.logged_in.wait(PATIENCE)
    yield worker
    stopping.set()
    worker.woken.set()
    thread.join(PATIENCE)


def until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.01)


def now(store: Engine) -> list[GoingOn]:
    with store.connect() as connection:
        return going_on(connection)


@pytest.mark.requirement("R67", "R97")
def test_a_call_that_rings_is_told_to_whoever_listens_without_its_number(
    store: Engine, pbx: StandIn, listening: Worker
) -> None:
    address = store.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        pbx.say(*incoming_call()[:2])
        notice = next(listener.notifies(timeout=PATIENCE, stop_after=1))
    told = load_json(notice.payload)
    assert (told["source"], told["state"]) == ("office", "ringing")
    assert "89990000001" not in notice.payload
    until(lambda: [one.extension for one in now(store)] == ["101"])
    assert [one.client_number for one in now(store)] == ["+79990000001"]


def test_a_hold_that_was_heard_waits_for_the_rows_of_its_call(
    store: Engine, pbx: StandIn, listening: Worker
) -> None:
    key = "1700000000.77"
    on_102 = {"Channel": "PJSIP/102-00000002", "Uniqueid": "1700000000.78", "Linkedid": key}
    held = "SELECT count(*) FROM hub.call_leg WHERE source = 'office' AND call_key = :key"
    pbx.say({"Event": "Hold", **on_102}, {"Event": "Unhold", **on_102})

    def kept() -> bool:
        with store.connect() as connection:
            return bool(connection.execute(text(held), {"key": key}).scalar())

    until(kept)
    with store.begin() as connection:
        [note] = legs_of(connection, "office", [key])[key]
        long = replace(note, start=note.end - timedelta(seconds=40), sequence="hold-long")
        answered = Leg(
            uniqueid=key, linkedid=key, sequence="1", start=note.end - timedelta(seconds=100),
            end=note.end + timedelta(seconds=5), answer=note.end - timedelta(seconds=90),
            duration=105, billsec=95, disposition="ANSWERED", src="89990000001",
            dstchannel="PJSIP/102-00000002", channel="PJSIP/trunk-00000001",
        )  # fmt: skip
        assert keep_legs(connection, options(pbx), [long]) == 0
        keep_legs(connection, options(pbx), [answered])
        call = connection.execute(
            text("SELECT * FROM crm.call WHERE call_key = :key"), {"key": key}
        )
        assert call.one().hold_seconds == 40


def test_a_connection_that_was_cut_is_made_again_and_calls_of_before_are_over(
    store: Engine, pbx: StandIn, listening: Worker
) -> None:
    pbx.say(*incoming_call("1.1")[:2])
    until(lambda: len(now(store)) == 1)
    pbx.cut()
    until(lambda: pbx.logins == 2)
    until(lambda: now(store) == [])
    pbx.say(*incoming_call("2.2")[:1])
    until(lambda: [one.call_key for one in now(store)] == ["2.2"])


def test_half_an_event_waits_for_its_other_half(
    store: Engine, pbx: StandIn, listening: Worker
) -> None:
    pbx.send(b"Event: Newchannel\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\nChannel: PJSIP/trunk-1")
    pbx.send(b"\r\nCallerIDNum: 89990000001\r\nExten: 84950000012\r\n\r\n")
    until(lambda: [one.call_key for one in now(store)] == ["1.1"])


def test_a_wrong_password_is_told_and_nothing_is_heard(
    store: Engine, pbx: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMI_PASSWORD", "another")
    listener = Listener(store, options(pbx), lambda: NOON, threading.Event())
    with pytest.raises(AccessDenied):
        listener.step()


def live(state: str, second: int, extension: str = "101", key: str = "1.1") -> LiveCall:
    return LiveCall(
        source_call_key=key,
        state=state,  # type: ignore[arg-type]
        direction="in",
        client_number="8 (999) 000-00-01",
        extension=extension,
        at=NOON + timedelta(seconds=second),
    )


def test_events_that_come_late_or_twice_never_take_a_call_back(store: Engine) -> None:
    office = PbxOptions(name="office")
    with store.begin() as connection:
        told = [
            live("ringing", 0),
            live("answered", 5, "102"),
            live("ringing", 6),
            live("ended", 9),
        ]
        assert [keep_live(connection, office, [one]) for one in told] == [1, 1, 0, 1]
        assert [keep_live(connection, office, [one]) for one in told] == [0, 0, 0, 0]
        assert keep_live(connection, office, [live("answered", 12)]) == 0
        assert going_on(connection) == []


def test_a_hidden_number_is_kept_as_none(store: Engine) -> None:
    with store.begin() as connection:
        hidden = replace(live("ringing", 0), client_number="anonymous")
        keep_live(connection, PbxOptions(name="office"), [hidden])
        assert [one.client_number for one in going_on(connection)] == [None]


def test_the_lane_listens_to_every_pbx_that_has_a_manager_interface(
    store: Engine, pbx: StandIn
) -> None:
    settings = SimpleNamespace(telephony=[options(pbx), PbxOptions(name="cloud")])
    hub: Any = SimpleNamespace(engine=store, clock=lambda: NOON, settings=settings)
    found = listeners(hub, threading.Event(), lambda _name, _trouble: True)
    assert [one.name for one in found] == ["ami:office"]


def test_calls_are_forgotten_a_day_after_their_end(store: Engine) -> None:
    office = PbxOptions(name="office")
    with store.begin() as connection:
        keep_live(connection, office, [live("ended", 0)])
        keep_live(connection, office, [live("ringing", 100_000, key="2.2")])
        kept = connection.exec_driver_sql("SELECT call_key FROM hub.live_call").scalars().all()
    assert kept == ["2.2"]
