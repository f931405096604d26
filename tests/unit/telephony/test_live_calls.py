"""A manager interface's words: cut out of the stream, understood, asked; numbers are invented."""

from __future__ import annotations

import base64
import gzip
import itertools
import json
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.contract.mail.conftest import certificate, server_tls
from tests.unit.telephony.ami_stand_in import GREETING, SECRET, incoming_call, rendered, stand_in

from provodka.connectors.telephony.live import wire
from provodka.connectors.telephony.live.events import MOST_CALLS, CallWatch
from provodka.connectors.telephony.live.mikopbx import MOST, said
from provodka.connectors.telephony.live.session import AmiSettings, connected
from provodka.connectors.telephony.source import LiveCall
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    SystemUnavailable,
    UnknownOutcome,
)

__all__ = ["certificate", "server_tls"]

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def settings(port: int) -> AmiSettings:
    return AmiSettings("127.0.0.1", port, "hub", SECRET, timeout=5)


def seen(calls: list[LiveCall]) -> list[tuple[str, str]]:
    return [(call.state, call.extension) for call in calls]


def heeded(events: list[dict[str, str]], watch: CallWatch | None = None) -> list[LiveCall]:
    watch = watch or CallWatch()
    read = wire.Messages().feed(b"".join(rendered(event) for event in events))
    return [call for event in read for call in watch.heed(event, NOW)]


def miko(**fields: Any) -> dict[str, str]:
    packed = base64.b64encode(json.dumps(fields).encode()).decode()
    return {"Event": "UserEvent", "UserEvent": "CdrConnector", "AgiData": packed}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
def test_messages_are_the_same_in_whatever_pieces_they_come(size: int) -> None:
    stream = GREETING + b"".join(rendered(event) for event in incoming_call())
    messages = wire.Messages()
    pieces = (stream[at : at + size] for at in range(0, len(stream), size))
    found = list(itertools.chain.from_iterable(map(messages.feed, pieces)))
    assert [one["event"] for one in found] == [one["Event"] for one in incoming_call()]


def test_a_message_without_an_end_is_no_asterisk() -> None:
    messages = wire.Messages()
    with pytest.raises(SystemUnavailable, match="мегабайта"):
        messages.feed(b"x" * (wire.LARGEST + 1))


def test_values_of_a_name_that_repeats_are_all_kept() -> None:
    [message] = wire.Messages().feed(b"Response: Success\r\nOutput: a\r\nOutput: b\r\n\r\n")
    assert message["output"] == "a\nb"


def test_a_value_with_a_line_end_is_no_second_request() -> None:
    with pytest.raises(ValueError, match="line end"):
        wire.written("Originate", {"Exten": "101\r\nAction: Command"})


def test_a_call_is_told_as_it_rings_is_answered_and_ends() -> None:
    calls = heeded(incoming_call())
    assert seen(calls) == [
        ("ringing", ""), ("ringing", "101"), ("ringing", "102"), ("answered", "102"),
        ("ended", "102"),
    ]  # fmt: skip
    assert {(one.direction, one.client_number, one.did) for one in calls} == {
        ("in", "89990000001", "84950000012")
    }


def test_an_event_told_twice_is_told_once() -> None:
    began = incoming_call()[0]
    assert len(heeded([began, began])) == 1


def test_a_call_of_an_employee_is_outgoing_and_answered_by_the_far_end() -> None:
    key = {"Linkedid": "1.1"}
    own = {"Channel": "PJSIP/101-00000001", "Uniqueid": "1.1", **key}
    far = {"Channel": "PJSIP/trunk-00000002", "Uniqueid": "1.2", **key}
    calls = heeded(
        [
            {"Event": "Newchannel", **own, "CallerIDNum": "101", "Exten": "89990000002"},
            {"Event": "BridgeEnter", **own},
            {"Event": "BridgeEnter", **far},
            {"Event": "Hangup", **own},
        ]
    )
    assert seen(calls) == [("ringing", "101"), ("answered", "101"), ("ended", "101")]
    assert (calls[0].direction, calls[0].client_number) == ("out", "89990000002")


def test_a_call_between_colleagues_is_answered_by_whoever_was_called() -> None:
    own = {"Channel": "PJSIP/101-00000001", "Uniqueid": "1.1", "Linkedid": "1.1"}
    other = {"Channel": "PJSIP/102-00000002", "Uniqueid": "1.2", "Linkedid": "1.1"}
    calls = heeded(
        [
            {"Event": "Newchannel", **own, "CallerIDNum": "101", "Exten": "102"},
            {"Event": "BridgeEnter", **own},
            {"Event": "BridgeEnter", **other},
        ]
    )
    assert seen(calls) == [("ringing", "101"), ("answered", "102")]
    assert {(one.direction, one.client_number) for one in calls} == {("internal", "")}


def test_a_call_that_the_hub_placed_gets_its_number_when_the_trunk_is_dialled() -> None:
    own = {"Channel": "PJSIP/101-00000001", "Uniqueid": "1.1", "Linkedid": "1.1"}
    calls = heeded(
        [
            {"Event": "Newchannel", **own, "CallerIDNum": "101", "Exten": ""},
            {
                "Event": "DialBegin", **own, "DestChannel": "PJSIP/trunk-2",
                "DialString": "trunk/89990000002",
            },
        ]
    )  # fmt: skip
    assert calls[-1].client_number == "89990000002"


def test_local_channels_and_strange_events_are_passed_over() -> None:
    local = {"Channel": "Local/101@office-00000001;1", "Uniqueid": "1.1", "Linkedid": "1.1"}
    assert heeded([{"Event": "Newchannel", **local}, {"Event": "VarSet"}, {"Response": "x"}]) == []
    assert heeded([{"Event": "Hangup", "Uniqueid": "9.9", "Linkedid": "9.9"}]) == []


def test_calls_whose_end_is_never_told_are_forgotten_in_time() -> None:
    watch = CallWatch()
    for number in range(MOST_CALLS + 1):
        heeded([incoming_call(f"1.{number}")[0]], watch)
    oldest, newest = ({"Event": "Hangup", "Uniqueid": f"1.{n}", "Linkedid": f"1.{n}"}
                      for n in (0, MOST_CALLS))  # fmt: skip
    assert (heeded([oldest], watch), len(heeded([newest], watch))) == ([], 1)


def test_mikopbx_tells_a_call_by_its_own_events() -> None:
    call = {"linkedid": "mikopbx-1.1", "UNIQUEID": "mikopbx-1.1_Ab12Cd"}
    calls = heeded(
        [
            miko(action="dial", src_num="79990000001", dst_num="201", did="74950000012", **call),
            miko(action="dial_answer", agi_channel="PJSIP/201-00000002", linkedid="mikopbx-1.1"),
            miko(action="hangup_chan", agi_channel="PJSIP/201-00000002", **call),
        ]
    )
    assert seen(calls) == [("ringing", "201"), ("answered", "201"), ("ended", "201")]
    assert (calls[0].client_number, calls[0].did) == ("79990000001", "74950000012")


def test_mikopbx_packs_what_is_long() -> None:
    packed = base64.b64encode(gzip.compress(b'{"action": "dial", "is_app": 1}')).decode()
    assert said(f"GZ:{packed}") == {"action": "dial", "is_app": "1"}


@pytest.mark.parametrize(
    "data",
    [
        "",
        "%%%",
        "e30",
        base64.b64encode(b"[1]").decode(),
        base64.b64encode(b"{").decode(),
        "GZ:" + base64.b64encode(b"no gzip").decode(),
        "GZ:" + base64.b64encode(gzip.compress(b'{"action": "dial"}' + b" " * MOST)).decode(),
    ],
    ids=["none", "no base64", "cut", "a list", "no json", "no gzip", "a bomb"],
)
def test_what_mikopbx_never_sends_says_nothing(data: str) -> None:
    assert said(data) == {}


def test_the_password_is_proved_without_being_sent() -> None:
    with stand_in() as server, connected(settings(server.port)) as session:
        assert session.ask("Ping")["response"] == "Success"
        login = next(one for one in server.heard if one["Action"] == "Login")
        assert SECRET not in str(login)


def test_a_wrong_password_says_whose_and_where_it_is_set() -> None:
    with (
        stand_in("other") as server,
        pytest.raises(AccessDenied, match="hub") as caught,
        connected(settings(server.port)),
    ):
        pass
    assert "manager.conf" in caught.value.next_step


def test_an_asterisk_that_is_not_there_is_unavailable() -> None:
    with stand_in() as server:
        port = server.port
    with pytest.raises(SystemUnavailable), connected(settings(port)):
        pass


def test_events_that_come_before_an_answer_are_not_lost() -> None:
    with stand_in() as server, connected(settings(server.port)) as session:
        event = rendered({"Event": "Hangup", "Linkedid": "1.1"})
        server.answers["Ping"] = event + b"Response: Success\r\nActionID: %s\r\n\r\n" + event
        session.ask("Ping")
        assert [session.next_event(1), session.next_event(1)] == [
            {"event": "Hangup", "linkedid": "1.1"}
        ] * 2
        assert session.next_event(0.01) is None


def test_a_connection_cut_before_the_answer_leaves_the_outcome_unknown() -> None:
    with stand_in() as server, connected(settings(server.port)) as session:
        server.answers["Originate"] = None
        with pytest.raises(UnknownOutcome):
            session.ask("Originate", Exten="101")


def test_a_connection_that_is_cut_while_listening_is_told() -> None:
    with stand_in() as server, connected(settings(server.port)) as session:
        server.cut()
        with pytest.raises(SystemUnavailable, match="AMI"):
            session.next_event(5)


def test_over_tls_the_same_is_asked_and_heard(
    certificate: Path, server_tls: ssl.SSLContext
) -> None:
    with stand_in(tls=server_tls) as server:
        answer = rendered({"Response": "Success", "ActionID": "%s"})
        server.answers["Ping"] = answer + b"".join(map(rendered, incoming_call()))
        place = replace(settings(server.port), tls=True, ca_file=certificate)
        with connected(place) as session:
            assert session.ask("Ping")["response"] == "Success"
            told = [session.next_event(5) for _event in incoming_call()]
            assert [one and one["event"] for one in told] == [
                one["Event"] for one in incoming_call()
            ]
            assert session.next_event(0.01) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_certificate_that_is_not_trusted_ends_it_before_the_password(
    certificate: Path, server_tls: ssl.SSLContext, host: str
) -> None:
    with stand_in(tls=server_tls) as server:
        trusted = certificate if host == "localhost" else None
        place = replace(settings(server.port), host=host, tls=True, ca_file=trusted)
        with pytest.raises(ConfigurationError) as trouble, connected(place):
            pass
        assert (trouble.value.code, server.heard) == ("untrusted_certificate", [])


def test_a_manager_interface_without_tls_is_told_from_one_with_it() -> None:
    with stand_in() as server:
        place = replace(settings(server.port), tls=True)
        with pytest.raises(SystemUnavailable), connected(place):
            pass
