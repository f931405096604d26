"""Forms over real HTTP: whose sites may send them, what is refused, what is kept once."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import Engine
from tests.contract.web.conftest import SITE, WEB
from tests.contract.web.serving import Knocker, settings, standing_door

COUNT = "SELECT count(*) FROM hub.inbox"
SAID = {"name": "Анна", "phone": "8 999 123-45-67", "comment": "Две бутыли"}
FROM_SITE = {"Origin": SITE}


def send(door: Knocker, code: str = "order", **headers: str) -> httpx.Response:
    return door.http.post(f"/forms/{code}", data=SAID, headers=headers)


@pytest.mark.requirement("R55", "S-15")
def test_a_form_is_kept_as_it_came_and_the_site_may_read_the_answer(door: Knocker) -> None:
    answer = send(door, Origin=SITE)
    assert (answer.status_code, answer.json()) == (200, {"accepted": True})
    assert answer.headers["access-control-allow-origin"] == SITE
    [row] = door.rows("SELECT * FROM hub.inbox")
    assert (row.door, row.system, row.state) == ("form", "order", "new")
    assert set(row.headers) <= {"content-type", "origin"}


def test_a_browser_may_ask_first(door: Knocker) -> None:
    asked = FROM_SITE | {"Access-Control-Request-Method": "POST"}
    answer = door.http.options("/forms/order", headers=asked)
    assert answer.status_code == 204
    assert "Idempotency-Key" in answer.headers["access-control-allow-headers"]


def test_a_page_of_another_site_may_not_send_it(door: Knocker) -> None:
    answer = send(door, Origin="https://evil.example")
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    assert door.http.options("/forms/order", headers={"Origin": "null"}).status_code == 403
    assert door.value(COUNT) == 0


def test_a_button_pressed_twice_with_a_key_is_one_form(door: Knocker) -> None:
    for _time in range(2):
        send(door, **{"Idempotency-Key": "4b1c"})
    assert door.value(COUNT) == 1


def test_two_people_with_keys_of_their_own_are_two_forms(door: Knocker) -> None:
    for key in ("4b1c", "4b1d"):
        send(door, **{"Idempotency-Key": key})
    assert door.value(COUNT) == 2


def test_a_robot_in_the_trap_is_thanked_and_not_kept(door: Knocker) -> None:
    answer = door.http.post("/forms/order", data=SAID | {"website": "http://spam.example"})
    assert answer.json() == {"accepted": True}
    assert door.refused("robot") == 1
    assert door.value(COUNT) == 0


def test_a_browser_without_a_script_is_sent_back_where_the_settings_say(door: Knocker) -> None:
    answer = send(door, "callback", Accept="text/html,*/*", Referer="https://evil.example/x")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{SITE}/thanks")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"<html>502</html>"),
        ("application/json", b"[1, 2]"),
        ("application/json", b'{"a":' * 10_000),
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b"garbage"),
        ("image/png", b"\x89PNG"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(500))),
        ("application/x-www-form-urlencoded", b"name=&phone=%20"),
    ],
)
def test_what_is_no_form_is_turned_away(door: Knocker, kind: str, body: bytes) -> None:
    answer = door.http.post("/forms/order", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert door.value(COUNT) == 0


def test_a_form_that_is_not_described_is_not_found(door: Knocker) -> None:
    assert send(door, "nothing").status_code == 404
    assert door.http.get("/forms/order").status_code == 405


def test_a_form_of_ten_megabytes_is_not_read(door: Knocker) -> None:
    big = {"comment": "я" * 5_000_000}
    assert door.http.post("/forms/order", json=big, headers=FROM_SITE).status_code == 413


def test_who_sends_forms_too_often_waits(
    shared_url: str, shared_store: Engine, door: Knocker
) -> None:
    strict = settings({**WEB, "form_rate": 2})
    with standing_door(strict, shared_url, shared_store) as slow:
        answers = [send(slow, **{"Idempotency-Key": str(number)}) for number in range(3)]
        assert [one.status_code for one in answers] == [200, 200, 429]
        assert answers[-1].headers["retry-after"] == "60"
