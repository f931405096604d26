"""Pixels over real HTTP: the same picture for everybody, and nothing kept without consent."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.contract.web.conftest import SECRETS, SITE
from tests.contract.web.serving import Knocker

from provodka.connectors.letter_tokens import pixel_token

LETTER = UUID("0199a5f0-5f6c-7cc2-8a55-8f1d5f6f5a01")
TOKEN = pixel_token(LETTER, SECRETS["LETTERS"].encode())
COUNT = "SELECT count(*) FROM hub.inbox"
AGREED = {"site": SITE, "consent": "1"}


def settled(door: Knocker) -> int:
    """How many rows there are when all that came before has been written."""
    door.http.post("/forms/order", data={"name": "после"})
    return int(door.value("SELECT count(*) FROM hub.inbox WHERE door <> 'form'"))


@pytest.mark.requirement("R55")
def test_a_letter_that_is_opened_is_noted_once(door: Knocker) -> None:
    for _time in range(3):
        assert door.http.get(f"/p/{TOKEN}.gif").headers["content-type"] == "image/gif"
    assert settled(door) == 1
    [row] = door.rows("SELECT * FROM hub.inbox WHERE door = 'open'")
    assert (row.query, row.repeats) == ({"message": str(LETTER)}, 2)


@pytest.mark.parametrize("token", ["x", "A" * 43, TOKEN[:-2] + "AA", "%00", "я", "a" * 3000])
def test_any_other_token_is_answered_alike_and_leaves_nothing(door: Knocker, token: str) -> None:
    right, other = door.http.get(f"/p/{TOKEN}.gif"), door.http.get(f"/p/{token}.gif")
    hidden = {"date"}
    assert other.content == right.content
    assert {*other.headers.items()} - {("date", other.headers["date"])} == {
        (name, value) for name, value in right.headers.items() if name not in hidden
    }
    assert settled(door) == 1


def test_a_visit_with_consent_is_kept_without_the_address(door: Knocker) -> None:
    told = AGREED | {"page": "/water", "utm_source": "yandex"}
    answer = door.http.get("/v.gif", params=told, headers={"X-Forwarded-For": "203.0.113.7"})
    assert "provodka_visitor" in answer.headers["set-cookie"]
    assert settled(door) == 1
    [row] = door.rows("SELECT * FROM hub.inbox WHERE door = 'visit'")
    assert (row.system, row.query["page"], row.query["utm_source"]) == (SITE, "/water", "yandex")
    assert "203.0.113.7" not in str(row)
    assert "127.0.0.1" not in str(row)


@pytest.mark.parametrize(
    ("told", "headers"),
    [
        ({"site": SITE}, {}),
        ({"site": SITE, "consent": "0"}, {}),
        (AGREED, {"DNT": "1"}),
        (AGREED, {"Sec-GPC": "1"}),
        ({"site": "https://evil.example", "consent": "1"}, {}),
        (AGREED, {"Referer": "https://evil.example/page"}),
        ({"consent": "1", "site": "not an address ["}, {}),
    ],
    ids=["silent", "refused", "dnt", "gpc", "foreign", "foreign page", "no site"],
)
def test_a_visit_that_may_not_be_counted_leaves_neither_row_nor_cookie(
    door: Knocker, told: dict[str, str], headers: dict[str, str]
) -> None:
    answer = door.http.get("/v.gif", params=told, headers=headers)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert settled(door) == 0


def test_a_script_tells_of_a_visit_and_the_same_visitor_is_known_again(door: Knocker) -> None:
    told = {"page": "/", "consent": True, "visitor": "visitor-0001"}
    for page in ("/", "/water"):
        answer = door.http.post("/v", json=told | {"page": page}, headers={"Origin": SITE})
        assert answer.status_code == 204
        assert "set-cookie" not in answer.headers
    assert settled(door) == 2
    visitors = door.rows("SELECT DISTINCT query->>'visitor' FROM hub.inbox WHERE door = 'visit'")
    assert visitors == [("visitor-0001",)]


def test_an_event_with_a_key_is_counted_once(door: Knocker) -> None:
    told = {"consent": "1", "visitor": "visitor-0001", "id": "load-7"}
    for _time in range(2):
        door.http.post("/v", json=told, headers={"Origin": SITE})
    assert settled(door) == 1


def test_a_page_of_another_site_cannot_tell_of_visits(door: Knocker) -> None:
    evil = {"Origin": "https://evil.example"}
    assert door.http.post("/v", json=AGREED, headers=evil).status_code == 403
    assert door.http.options("/v", headers=evil).status_code == 403
    assert settled(door) == 0


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"\xff\xfe", b"x" * 9000])
def test_garbage_about_a_visit_is_turned_away(door: Knocker, body: bytes) -> None:
    kind = {"Origin": SITE, "Content-Type": "text/plain"}
    assert door.http.post("/v", content=body, headers=kind).status_code in (400, 413)
    assert settled(door) == 0
