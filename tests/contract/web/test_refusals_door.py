"""Refusals of mailings over real HTTP: a click is kept, a look is not, tokens look alike."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.contract.web.conftest import SECRETS
from tests.contract.web.serving import Knocker

from provodka.connectors.letter_tokens import pixel_token

LETTER = UUID("0199a5f0-5f6c-7cc2-8a55-8f1d5f6f5a01")
TOKEN = pixel_token(LETTER, SECRETS["LETTERS"].encode())
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
KEPT = "SELECT door, system, query, repeats, state FROM hub.inbox"


def test_one_click_is_kept_before_it_is_answered(door: Knocker) -> None:
    answer = door.http.post(f"/u/{TOKEN}", data=ONE_CLICK)
    assert (answer.status_code, answer.history) == (200, [])
    assert door.rows(KEPT) == [("unsubscribe", "mail", {"message": str(LETTER)}, 0, "new")]


def test_one_click_as_mail_programs_send_it_in_parts_is_kept_once(door: Knocker) -> None:
    for _time in range(2):
        answer = door.http.post(f"/u/{TOKEN}", files={"List-Unsubscribe": (None, "One-Click")})
        assert answer.status_code == 200
    assert [(row.door, row.repeats) for row in door.rows(KEPT)] == [("unsubscribe", 1)]


def test_a_look_at_the_page_changes_nothing_and_shows_a_button(door: Knocker) -> None:
    page = door.http.get(f"/u/{TOKEN}")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<form method="post"><button' in page.text
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; form-action 'self'")
    assert door.rows(KEPT) == []


@pytest.mark.parametrize("token", ["x", "A" * 43, TOKEN[:-2] + "AA", "%00", "%3Cscript%3E"])
def test_a_token_that_is_none_is_answered_alike_and_leaves_nothing(
    door: Knocker, token: str
) -> None:
    right, wrong = (door.http.post(f"/u/{one}", data=ONE_CLICK) for one in (TOKEN, token))
    assert (wrong.status_code, wrong.text) == (right.status_code, right.text)
    assert wrong.text
    assert door.http.get(f"/u/{token}").text == door.http.get(f"/u/{TOKEN}").text
    assert len(door.rows(KEPT)) == 1


def test_a_body_beyond_all_reason_is_turned_away(door: Knocker) -> None:
    assert door.http.post(f"/u/{TOKEN}", content=b"x" * 9000).status_code == 413
    assert door.refused("too_large") == 1
    assert door.rows(KEPT) == []
