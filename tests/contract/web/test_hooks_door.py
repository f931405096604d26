"""Webhooks over real HTTP: right, wrong, replayed, out of order, hostile."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import psycopg
import pytest
from sqlalchemy import Engine
from tests.contract.web.conftest import SECRETS, TELEPHONY, WEB
from tests.contract.web.serving import Knocker, settings, standing_door

from provodka.connectors.crm_store.inbox import CHANNEL
from provodka.connectors.signed_calls import signature

BODY = json.dumps({"process": "samples", "deal": "0199a5f0-5f6c-7cc2-8a55-8f1d5f6f5a01"}).encode()
ROWS = "SELECT * FROM hub.inbox ORDER BY id"
COUNT = "SELECT count(*) FROM hub.inbox"
PBX = f"/hooks/{quote('офис')}"
CALL = {
    "event": "NOTIFY_START",
    "caller_id": "+79990001122",
    "called_did": "74950001122",
    "call_start": "2026-11-20 12:00:00",
    "pbx_call_id": "in_1",
}


def signed(body: bytes = BODY, *, key: str = SECRETS["WAREHOUSE"], age: int = 0) -> dict[str, str]:
    """Headers of a call signed so many seconds ago."""
    at = datetime.now(UTC) - timedelta(seconds=age)
    return {"Provodka-Signature": signature(key.encode(), body, at)}


def tell(door: Knocker, body: bytes = BODY, /, **headers: str) -> httpx.Response:
    """The warehouse calls."""
    return door.http.post("/hooks/warehouse", content=body, headers=signed(body) | headers)


def ring(
    door: Knocker, said: dict[str, str] = CALL, secret: str = SECRETS["ATS"]
) -> httpx.Response:
    """Zadarma tells of a call, signed as its documents say."""
    text = said["caller_id"] + said["called_did"] + said["call_start"]
    hexadecimal = hmac.new(secret.encode(), text.encode(), hashlib.sha1).hexdigest()
    sign = base64.b64encode(hexadecimal.encode()).decode()
    return door.http.post(PBX, data=said, headers={"Signature": sign})


@pytest.mark.requirement("R66", "S-7")
def test_a_right_signature_is_answered_as_the_vendor_expects_and_kept_as_it_came(
    door: Knocker,
) -> None:
    assert ring(door).status_code == 200
    [row] = door.rows(ROWS)
    assert (row.door, row.system, row.verdict, row.state) == ("hook", "офис", "ok", "new")
    assert bytes(row.body).decode() == urlencode(CALL)


def test_the_name_of_an_event_that_the_vendor_adds_to_the_address_is_kept(door: Knocker) -> None:
    answer = door.http.post("/hooks/warehouse/events/summary", content=BODY, headers=signed())
    assert answer.status_code == 202
    [row] = door.rows(ROWS)
    assert (row.system, row.path) == ("warehouse", "/hooks/warehouse/events/summary")


def test_the_check_of_an_address_is_echoed(door: Knocker) -> None:
    echoed = door.http.get(PBX, params={"zd_echo": "abc123"})
    assert (echoed.status_code, echoed.text) == (200, "abc123")
    assert echoed.headers["content-type"].startswith("text/plain")


def test_a_wrong_signature_is_turned_away_counted_and_not_kept(door: Knocker) -> None:
    assert ring(door, secret="guessed").status_code == 403
    assert door.refused("signature_wrong") == 1
    assert door.value(COUNT) == 0


def test_a_missing_signature_is_turned_away_counted_and_not_kept(door: Knocker) -> None:
    assert door.http.post("/hooks/warehouse", content=BODY).status_code == 401
    assert door.http.post(PBX, data=CALL).status_code == 401
    assert door.refused("signature_missing") == 2
    assert door.value(COUNT) == 0


def test_a_body_that_was_changed_on_its_way_is_turned_away(door: Knocker) -> None:
    changed = BODY.replace(b"samples", b"refunds")
    assert door.http.post("/hooks/warehouse", content=changed, headers=signed()).status_code == 403


@pytest.mark.parametrize("age", [3600, -3600])
def test_a_signature_of_another_hour_is_turned_away(door: Knocker, age: int) -> None:
    assert (
        door.http.post("/hooks/warehouse", content=BODY, headers=signed(age=age)).status_code == 403
    )


@pytest.mark.parametrize(
    "given", ["", "t=1", "v1=aa", "t=1,v1=zz", "t=99999999999999,v1=" + "a" * 64]
)
def test_a_signature_of_no_shape_is_turned_away(door: Knocker, given: str) -> None:
    told = door.http.post("/hooks/warehouse", content=BODY, headers={"Provodka-Signature": given})
    assert told.status_code in (401, 403)


def test_an_event_that_is_sent_again_is_taken_once_and_counted(door: Knocker) -> None:
    answers = {ring(door).status_code for _time in range(3)}
    [row] = door.rows(ROWS)
    assert (answers, row.repeats) == ({200}, 2)


def test_a_program_that_repeats_with_its_key_is_heard_once(door: Knocker) -> None:
    other = BODY.replace(b"samples", b"refunds")
    tell(door, **{"Idempotency-Key": "order-1205"})
    tell(door, other, **{"Idempotency-Key": "order-1205"})
    [row] = door.rows(ROWS)
    assert bytes(row.body) == BODY


def test_events_of_one_call_are_taken_in_whatever_order_they_come(door: Knocker) -> None:
    for event in ("NOTIFY_END", "NOTIFY_START", "NOTIFY_INTERNAL"):
        assert ring(door, CALL | {"event": event, "duration": "5"}).status_code == 200
    assert door.value(COUNT) == 3


def test_the_same_event_twice_at_once_is_one(door: Knocker) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _n: ring(door).status_code, range(24)))
    [row] = door.rows(ROWS)
    assert (set(answers), row.repeats) == ({200}, 23)


def test_whoever_listens_to_the_store_is_told_of_each_arrival(
    door: Knocker, shared_url: str
) -> None:
    with psycopg.connect(shared_url, autocommit=True) as listening:
        listening.execute(f"LISTEN {CHANNEL}".encode())
        tell(door)
        [notice] = listening.notifies(timeout=30, stop_after=1)
    assert (notice.channel, notice.payload) == (CHANNEL, "")


def test_a_system_that_is_not_connected_is_not_found(door: Knocker) -> None:
    assert door.http.post("/hooks/nobody", content=b"{}").status_code == 404
    assert door.http.post("/hooks/..%2f..%2fetc", content=b"").status_code == 404
    assert door.refused("unknown_system") >= 1


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><html><body>502 Bad Gateway</body></html>",
        b"\x00\xff\xfe garbage \x80",
        b'{"a":' * 12_000,
        b"[" * 60_000,
        b"&=&=&=" * 10_000,
        "день=".encode("utf-16"),
    ],
    ids=["html", "bytes", "deep object", "deep list", "many pairs", "utf-16"],
)
def test_garbage_is_turned_away_and_the_door_stays_open(door: Knocker, body: bytes) -> None:
    kind = {"Content-Type": "application/json", "Signature": "x"}
    assert door.http.post(PBX, content=body, headers=kind).status_code in (400, 401, 403)
    assert door.http.post("/hooks/warehouse", content=body).status_code == 401
    assert ring(door).status_code == 200


def test_a_body_of_ten_megabytes_is_not_read(door: Knocker) -> None:
    assert tell(door, b"x" * 10_000_000).status_code == 413
    assert door.refused("too_large") == 1
    assert ring(door).status_code == 200


def test_a_body_of_no_told_length_is_read_no_further_than_its_bound(door: Knocker) -> None:
    def endless() -> Any:
        for _part in range(200):
            yield b"x" * 1024

    assert door.http.post("/hooks/warehouse", content=endless()).status_code == 413


def test_secrets_and_addresses_in_headers_are_not_kept(door: Knocker) -> None:
    tell(
        door,
        **{
            "Authorization": "Bearer abc",
            "Cookie": "session=1",
            "X-Forwarded-For": "203.0.113.7",
            "X-Real-IP": "203.0.113.7",
            "X-Vendor-Event": "call",
        },
    )
    [row] = door.rows(ROWS)
    assert row.headers["x-vendor-event"] == "call"
    assert "203.0.113.7" not in str(row.headers)
    assert {"authorization", "cookie"}.isdisjoint(row.headers)


def test_what_is_not_asked_of_the_door_is_not_there(door: Knocker) -> None:
    for path in ("/", "/docs", "/openapi.json", "/redoc", "/hooks", "/hooks/", "/../etc/passwd"):
        assert door.http.get(path).status_code == 404
    assert door.http.put("/hooks/warehouse", content=BODY, headers=signed()).status_code == 405


def test_answers_carry_what_browsers_heed(door: Knocker) -> None:
    for answer in (tell(door), door.http.get("/nowhere"), door.http.post("/hooks/warehouse")):
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers


def test_refused_requests_are_kept_as_evidence_where_the_settings_ask_for_it(
    shared_url: str, shared_store: Engine, door: Knocker
) -> None:
    keeping = settings({**WEB, "keep_refused": True}, telephony=TELEPHONY)
    with standing_door(keeping, shared_url, shared_store) as strict:
        strict.http.post("/hooks/warehouse", content=BODY, headers=signed(key="guessed"))
        strict.awaited(COUNT)
        tell(strict)
        states = [(row.verdict, row.state) for row in strict.rows(ROWS)]
    assert states == [("wrong", "refused"), ("ok", "new")]


def test_who_knocks_too_often_waits_and_others_do_not(
    shared_url: str, shared_store: Engine, door: Knocker
) -> None:
    strict = settings({**WEB, "hook_rate": 3, "trusted_proxies": ["127.0.0.1"]})
    with standing_door(strict, shared_url, shared_store) as slow:
        one = [tell(slow, **{"X-Forwarded-For": "203.0.113.7"}).status_code for _n in range(5)]
        other = tell(slow, **{"X-Forwarded-For": "203.0.113.8"})
        assert one == [202, 202, 202, 429, 429]
        assert other.status_code == 202
        assert slow.refused("too_often") == 2


def test_an_address_that_a_sender_claims_is_believed_of_a_known_proxy_alone(
    shared_url: str, shared_store: Engine, door: Knocker
) -> None:
    with standing_door(settings({**WEB, "hook_rate": 2}), shared_url, shared_store) as slow:
        claims = [{"X-Forwarded-For": f"203.0.113.{number}"} for number in range(4)]
        assert [tell(slow, **one).status_code for one in claims] == [202, 202, 429, 429]
