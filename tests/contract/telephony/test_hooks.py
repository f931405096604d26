"""Webhooks of the vendors: who sent them, which event it is, what it says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest

from provodka.connectors.telephony.hooks import HOOKS
from provodka.connectors.telephony.reducer import reduce_call
from provodka.connectors.telephony.source import HookRequest, Leg, LiveCall, Verdict
from provodka.foundation.errors import Misunderstood

ZONE = ZoneInfo("Asia/Yekaterinburg")
SECRET = "secret-1"
AT = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
EPOCH = int(AT.timestamp())
CLIENT, DID = "79990000001", "73432000000"
Fields = dict[str, str]
Make = Callable[..., HookRequest]


def request(fields: Fields, headers: Fields | None = None) -> HookRequest:
    """A form, as it came over HTTP."""
    return HookRequest("POST", "/hooks/cloud", {}, headers or {}, urlencode(fields).encode())


def zadarma(fields: Fields, secret: str = SECRET) -> HookRequest:
    event = fields["event"]
    names = ["caller_id", "called_did", "call_start"]
    if event == "NOTIFY_ANSWER":
        names[1] = "destination"
    if event.startswith("NOTIFY_OUT"):
        names = ["internal", "destination", "call_start"]
    if event == "NOTIFY_RECORD":
        names = ["pbx_call_id", "call_id_with_rec"]
    text = "".join(fields.get(name, "") for name in names)
    sign = base64.b64encode(hmac.new(secret.encode(), text.encode(), "sha1").hexdigest().encode())
    return request(fields, headers={"signature": sign.decode()})


def mango(told: dict[str, Any], secret: str = SECRET) -> HookRequest:
    text = json.dumps(told)
    sign = hashlib.sha256(f"key-1{text}{secret}".encode()).hexdigest()
    return request({"vpbx_api_key": "key-1", "sign": sign, "json": text})


def megafon(fields: Fields, secret: str = SECRET) -> HookRequest:
    return request(fields | {"crm_token": secret})


def uis(fields: Fields, secret: str = SECRET) -> HookRequest:
    body = json.dumps(fields).encode()
    return HookRequest("POST", "/hooks/cloud", {"token": secret}, {}, body)


def sipuni(fields: Fields, secret: str = SECRET) -> HookRequest:
    return HookRequest("GET", "/hooks/cloud", fields | {"token": secret}, {}, b"")


ENDED: dict[str, tuple[Callable[..., HookRequest], Any]] = {
    "zadarma": (
        zadarma,
        {
            "event": "NOTIFY_END",
            "call_start": "2026-01-31 14:00:00",
            "pbx_call_id": "in_1",
            "caller_id": CLIENT,
            "called_did": DID,
            "last_internal": "101",
            "duration": "60",
            "disposition": "answered",
            "is_recorded": "1",
            "call_id_with_rec": "1769850000.1",
        },
    ),
    "mango": (
        mango,
        {
            "entry_id": "MTA1",
            "call_direction": 1,
            "from": {"number": CLIENT},
            "to": {"extension": "101", "number": "sip:101@vpbx.example"},
            "line_number": DID,
            "create_time": EPOCH,
            "forward_time": EPOCH + 2,
            "talk_time": EPOCH + 10,
            "end_time": EPOCH + 70,
            "entry_result": 0,
        },
    ),
    "megafon": (
        megafon,
        {
            "cmd": "history",
            "type": "in",
            "status": "Success",
            "phone": CLIENT,
            "user": "ivanova",
            "ext": "101",
            "diversion": DID,
            "start": "20260131T090000Z",
            "wait": "10",
            "duration": "60",
            "callid": "00001",
            "link": "https://vats.example/1.mp3",
        },
    ),
    "uis": (
        uis,
        {
            "state": "ended",
            "id": "700001",
            "direction": "in",
            "contact_phone_number": CLIENT,
            "virtual_phone_number": DID,
            "extension_phone_number": "101",
            "start_time": "2026-01-31 14:00:00",
            "finish_time": "2026-01-31 14:01:10",
            "notification_time": "2026-01-31 14:01:11",
            "wait_duration": "10",
            "talk_duration": "60",
            "total_duration": "70",
        },
    ),
}
RINGING: dict[str, tuple[Callable[..., HookRequest], Any]] = {
    "zadarma": (
        zadarma,
        {
            "event": "NOTIFY_INTERNAL",
            "call_start": "2026-01-31 14:00:00",
            "pbx_call_id": "in_1",
            "caller_id": CLIENT,
            "called_did": DID,
            "internal": "101",
        },
    ),
    "mango": (
        mango,
        {
            "entry_id": "MTA1",
            "call_id": "c1",
            "timestamp": EPOCH,
            "seq": 1,
            "call_state": "Appeared",
            "location": "abonent",
            "from": {"number": CLIENT},
            "to": {"extension": "101", "line_number": DID},
        },
    ),
    "megafon": (
        megafon,
        {
            "cmd": "event",
            "type": "INCOMING",
            "direction": "in",
            "phone": CLIENT,
            "diversion": DID,
            "ext": "101",
            "callid": "00001",
        },
    ),
    "uis": (
        uis,
        {
            "state": "ringing",
            "id": "700001",
            "direction": "in",
            "contact_phone_number": CLIENT,
            "virtual_phone_number": DID,
            "extension_phone_number": "101",
            "notification_time": "2026-01-31 14:00:00",
        },
    ),
    "sipuni": (
        sipuni,
        {
            "event": "1",
            "call_id": "1769850000.1",
            "src_num": CLIENT,
            "src_type": "1",
            "dst_num": "014087101",
            "dst_type": "2",
            "short_dst_num": "101",
            "pbxdstnum": DID,
            "timestamp": str(EPOCH),
        },
    ),
}


def legs(said: Sequence[Leg | LiveCall]) -> list[Leg]:
    return [one for one in said if isinstance(one, Leg)]


def test_every_vendor_with_webhooks_is_there() -> None:
    assert set(HOOKS) == set(RINGING)


@pytest.mark.requirement("R67")
@pytest.mark.parametrize("kind", RINGING)
def test_a_call_that_rings_tells_who_calls_and_which_telephone(kind: str) -> None:
    make, fields = RINGING[kind]
    [live] = HOOKS[kind].read(make(fields), ZONE)
    assert isinstance(live, LiveCall)
    assert (live.state, live.direction, live.extension) == ("ringing", "in", "101")
    assert (live.client_number, live.did) == (CLIENT, DID)
    assert live.at in (AT, None)


@pytest.mark.requirement("R66")
@pytest.mark.parametrize("kind", ENDED)
def test_a_call_that_is_over_comes_whole(kind: str) -> None:
    make, fields = ENDED[kind]
    call = reduce_call(legs(HOOKS[kind].read(make(fields), ZONE)))
    assert (call.direction, call.outcome, call.answered_by) == ("in", "answered", "101")
    assert (call.client_number, call.did) == (f"+{CLIENT}", DID)
    assert (call.started_at, call.talk_seconds) == (AT, 60)


@pytest.mark.parametrize("kind", ["zadarma", "mango", "megafon", "uis"])
def test_the_events_of_one_call_name_it_alike(kind: str) -> None:
    make, fields = RINGING[kind]
    [live] = HOOKS[kind].read(make(fields), ZONE)
    assert isinstance(live, LiveCall)
    make, fields = ENDED[kind]
    [leg] = legs(HOOKS[kind].read(make(fields), ZONE))
    assert leg.linkedid == live.source_call_key


@pytest.mark.parametrize("kind", RINGING)
def test_only_the_vendors_own_signature_is_good(kind: str) -> None:
    make, fields = RINGING[kind]
    hook, right = HOOKS[kind], make(fields)
    assert hook.verify(right, SECRET) is Verdict.OK
    assert hook.verify(make(fields, "secret-2"), SECRET) is Verdict.WRONG
    assert hook.verify(right, "") is Verdict.WRONG
    bare = HookRequest(right.method, right.path, {}, {}, b"event=NOTIFY_START")
    assert hook.verify(bare, SECRET) is Verdict.MISSING


@pytest.mark.parametrize("kind", ["zadarma", "mango"])
def test_a_signed_event_that_was_changed_is_not_good_any_more(kind: str) -> None:
    make, fields = RINGING[kind]
    right = make(fields)
    other = CLIENT.replace("1", "2").encode()
    changed = HookRequest(
        right.method, right.path, {}, right.headers, right.body.replace(CLIENT.encode(), other)
    )
    assert HOOKS[kind].verify(changed, SECRET) is Verdict.WRONG


@pytest.mark.parametrize("kind", RINGING)
def test_the_same_event_sent_again_has_the_same_key_and_another_has_another(kind: str) -> None:
    make, fields = RINGING[kind]
    hook = HOOKS[kind]
    again, other = make(dict(fields)), dict(fields)
    if kind == "mango":
        other["seq"] = 2
    else:
        other = {name: value.replace("101", "102") for name, value in fields.items()}
    assert hook.identity(make(fields)) == hook.identity(again)
    assert hook.identity(make(fields)) != hook.identity(make(other))


@pytest.mark.parametrize("kind", RINGING)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe\x00",
        b"{",
        b"[1]",
        b'{"a": [{}]}',
        b"json=[]&sign=",
        b"a" * 100_000,
        b'{"a":' * 50_000,
        b"json=" + b"[" * 50_000,
        b'{"crm_token": "\\ud800", "cmd": "\\u0000"}',
        b"sign=%00&json=%ed%a0%80",
    ],
)
def test_garbage_is_judged_and_read_without_a_fall(kind: str, body: bytes) -> None:
    hook = HOOKS[kind]
    garbage = HookRequest("POST", "/hooks/cloud", {}, {}, body)
    assert hook.verify(garbage, SECRET) is not Verdict.OK
    assert hook.identity(garbage)
    assert hook.read(garbage, ZONE) == []


@pytest.mark.parametrize("kind", ENDED)
def test_an_event_without_what_it_needs_is_told_with_the_vendor(kind: str) -> None:
    make, fields = ENDED[kind]
    lacking = {
        name: "" if name in ("call_start", "end_time", "start", "start_time") else value
        for name, value in fields.items()
    }
    with pytest.raises(Misunderstood) as trouble:
        HOOKS[kind].read(make(lacking), ZONE)
    assert kind in trouble.value.where
    assert CLIENT not in str(trouble.value)


def test_zadarmas_check_of_an_address_is_echoed_and_does_nothing() -> None:
    check = HookRequest("GET", "/hooks/cloud", {"zd_echo": "a1b2"}, {}, b"")
    hook = HOOKS["zadarma"]
    assert hook.verify(check, SECRET) is Verdict.OK
    assert hook.answer(check) == (200, b"a1b2", "text/plain; charset=utf-8")
    assert hook.read(check, ZONE) == []


@pytest.mark.parametrize("echo", ["<script>", "a" * 65, ""])
def test_an_echo_that_no_vendor_asks_for_is_not_given(echo: str) -> None:
    check = HookRequest("GET", "/hooks/cloud", {"zd_echo": echo}, {}, b"")
    assert HOOKS["zadarma"].verify(check, SECRET) is not Verdict.OK
    assert HOOKS["zadarma"].answer(check)[1] == b""


def test_sipuni_is_answered_so_that_it_does_not_repeat() -> None:
    make, fields = RINGING["sipuni"]
    status, body, kind = HOOKS["sipuni"].answer(make(fields))
    assert (status, json.loads(body), kind) == (200, {"success": True}, "application/json")


@pytest.mark.parametrize(("talk", "outcome"), [(EPOCH + 10, "answered"), (0, "missed")])
def test_mangos_talk_time_is_believed_and_not_its_result(talk: int, outcome: str) -> None:
    summary = ENDED["mango"][1] | {"talk_time": talk, "entry_result": int(not talk)}
    call = reduce_call(legs(HOOKS["mango"].read(mango(summary), ZONE)))
    assert call.outcome == outcome


def test_an_outgoing_call_of_zadarma_names_the_client_that_was_called() -> None:
    fields = {
        "event": "NOTIFY_OUT_END",
        "call_start": "2026-01-31 14:00:00",
        "pbx_call_id": "out_1",
        "internal": "102",
        "destination": CLIENT,
        "caller_id": DID,
        "duration": "0",
        "disposition": "busy",
    }
    said = HOOKS["zadarma"].read(zadarma(fields), ZONE)
    call = reduce_call(legs(said))
    assert (call.direction, call.outcome, call.placed_by) == ("out", "busy", "102")
    assert call.client_number == f"+{CLIENT}"


def test_the_end_of_a_call_comes_at_its_end() -> None:
    make, fields = ENDED["zadarma"]
    [live] = [one for one in HOOKS["zadarma"].read(make(fields), ZONE) if isinstance(one, LiveCall)]
    assert (live.state, live.at) == ("ended", AT + timedelta(seconds=60))
