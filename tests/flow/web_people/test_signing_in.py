"""Signing in by login and password: right, wrong, too often, from elsewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from tests.flow.web_people.people_desk import NOON, PASSWORD, Desk, csrf_in, sign_in

from provodka.connectors.crm_store import people, sessions
from provodka.dashboards.web.people import passwords

COOKIE = "__Host-provodka_session"


def test_the_right_password_opens_a_session_and_is_noted(people_desk: Desk) -> None:
    anna = people_desk.person()
    browser = people_desk.browser()
    answer = sign_in(browser, " Anna ", next="/calls?from=2026-11-01")
    assert (answer.status_code, answer.headers["location"]) == (303, "/calls?from=2026-11-01")
    assert browser.get("/page").json()["name"] == "Anna"
    [(what, who, detail)] = people_desk.audited()
    assert (what, who, detail["way"]) == ("entered", anna.id, "password")


def test_the_cookie_is_bound_to_this_host_and_no_script_reads_it(people_desk: Desk) -> None:
    people_desk.person()
    said = sign_in(people_desk.browser(), "anna").headers.get_list("set-cookie")
    [cookie] = [one for one in said if one.startswith(COOKIE)]
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("login", "password"),
    [("anna", "не тот пароль вовсе"), ("nobody", PASSWORD), ("anna", ""), ("", PASSWORD)],
)
def test_whatever_does_not_fit_gets_the_same_answer(
    people_desk: Desk, login: str, password: str
) -> None:
    people_desk.person()
    answer = sign_in(people_desk.browser(), login, password)
    assert answer.status_code == 401
    assert "Имя или пароль не подходят" in answer.text
    assert COOKIE not in str(answer.headers.get_list("set-cookie"))


def test_an_unknown_login_takes_the_work_of_a_known_one(
    people_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

    def compare(_hasher: PasswordHasher, kept: str, _given: str) -> bool:
        compared.append(kept)
        raise VerifyMismatchError

    monkeypatch.setattr(PasswordHasher, "verify", compare)
    monkeypatch.setattr(passwords, "HASHER", hasher)
    known = people_desk.person()
    for login in ("anna", "nobody"):
        sign_in(people_desk.browser(), login)
    assert compared[0] == known.password
    assert compared[1].startswith("$argon2id$")


def test_after_a_wrong_password_the_login_need_not_be_typed_again(people_desk: Desk) -> None:
    assert 'value="anna"' in sign_in(people_desk.browser(), "anna", "не то").text


def test_what_was_typed_is_not_kept(people_desk: Desk) -> None:
    sign_in(people_desk.browser(), "мой-пароль-не-туда", "другой")
    [(what, who, detail)] = people_desk.audited()
    assert (what, who, detail["reason"]) == ("refused", None, "unknown")
    assert "пароль" not in str(detail)


def test_somebody_who_was_disabled_is_refused_and_put_out_at_once(people_desk: Desk) -> None:
    anna = people_desk.person()
    browser = people_desk.browser()
    sign_in(browser, "anna")
    with people_desk.store.begin() as connection:
        people.change(connection, anna.id, active=False)
    assert browser.get("/page").status_code == 401
    assert sign_in(people_desk.browser(), "anna").status_code == 401
    assert people_desk.audited()[-1].detail["reason"] == "disabled"


def test_a_role_that_was_taken_away_is_gone_with_the_next_request(people_desk: Desk) -> None:
    anna = people_desk.person(roles=("head", "engineer"))
    browser = people_desk.browser()
    sign_in(browser, "anna")
    with people_desk.store.begin() as connection:
        people.change(connection, anna.id, roles=["head"])
    assert browser.get("/page").json()["roles"] == ["head"]


def test_a_hash_of_yesterdays_parameters_is_made_anew(
    people_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    people_desk.person()
    dearer = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", dearer)
    sign_in(people_desk.browser(), "anna")
    [(kept,)] = people_desk.rows("SELECT password FROM hub.person")
    assert "m=16,t=2,p=1" in kept
    assert sign_in(people_desk.browser(), "anna").status_code == 303


def test_the_sixth_wrong_try_waits_and_the_right_password_does_not_help(people_desk: Desk) -> None:
    people_desk.person()
    browser = people_desk.browser()
    statuses = [sign_in(browser, "anna", "не то").status_code for _time in range(6)]
    assert statuses == [401] * 5 + [429]
    answer = sign_in(browser, "anna")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) == 15 * 60
    assert [one.detail["reason"] for one in people_desk.audited()] == ["wrong"] * 5 + ["too_often"]
    people_desk.now = NOON + timedelta(minutes=15)
    assert sign_in(browser, "anna").status_code == 303


def test_others_may_come_while_somebody_guesses_their_password_elsewhere(people_desk: Desk) -> None:
    people_desk.person()
    guessing = people_desk.browser(host="203.0.113.9")
    for _time in range(8):
        sign_in(guessing, "anna", "не то")
    assert sign_in(people_desk.browser(), "anna").status_code == 303


def test_one_address_may_not_try_many_logins(people_desk: Desk) -> None:
    people_desk.limit(address=8)
    browser = people_desk.browser()
    statuses = [sign_in(browser, f"u{number}", "x").status_code for number in range(9)]
    assert statuses == [401] * 8 + [429]


def test_many_addresses_may_not_try_one_login_without_end(people_desk: Desk) -> None:
    people_desk.limit(login=8)
    answers = [
        sign_in(people_desk.browser(host=f"203.0.113.{number}"), "anna", "x") for number in range(9)
    ]
    assert [one.status_code for one in answers] == [401] * 8 + [429]


def test_a_right_password_takes_the_failures_back(people_desk: Desk) -> None:
    people_desk.person()
    browser = people_desk.browser()
    for _round in range(3):
        for _time in range(4):
            assert sign_in(browser, "anna", "не то").status_code == 401
        assert sign_in(browser, "anna").status_code == 303
        browser.cookies.clear()


def test_neither_addresses_nor_logins_are_in_the_table_of_tries(people_desk: Desk) -> None:
    sign_in(people_desk.browser(), "anna", "x")
    assert len(people_desk.rows("SELECT * FROM hub.sign_in_pace")) == 3
    [(columns,)] = people_desk.rows(
        "SELECT string_agg(data_type, ',' ORDER BY ordinal_position)"
        " FROM information_schema.columns WHERE table_name = 'sign_in_pace'"
    )
    assert columns == "integer,integer,timestamp with time zone"


def test_signing_in_gives_another_session_than_the_browser_had(people_desk: Desk) -> None:
    people_desk.person()
    boris = people_desk.person("boris")
    browser = people_desk.browser()
    with people_desk.store.begin() as connection:
        planted = sessions.open_session(
            connection, boris.id, "password", now=NOON, until=NOON + timedelta(days=1)
        )
    token = csrf_in(browser.get("/sign-in"))
    browser.cookies.set(COOKIE, planted, "hub.example", "/")
    browser.post("/sign-in", data={"csrf": token, "login": "anna", "password": PASSWORD})
    assert browser.cookies[COOKIE] != planted
    assert browser.get("/page").json()["name"] == "Anna"
    browser.cookies.set(COOKIE, planted, "hub.example", "/")
    assert browser.get("/page").status_code == 401


def test_a_made_up_cookie_is_nobody_and_is_not_adopted(people_desk: Desk) -> None:
    people_desk.person()
    browser = people_desk.browser()
    for token in ("A" * 43, "x" * 5000, "я", "'; DROP TABLE hub.session --"):
        headers = {"cookie": f"{COOKIE}={token}".encode()}
        assert browser.get("/page", headers=headers).status_code == 401


def test_a_session_ends_after_idle_time_and_whatever_happens_after_a_week(
    people_desk: Desk,
) -> None:
    people_desk.person()
    browser = people_desk.browser()
    sign_in(browser, "anna")
    for _time in range(8):
        people_desk.now += timedelta(hours=20)
        assert browser.get("/page").status_code == 200
    people_desk.now += timedelta(hours=20)
    assert browser.get("/page").status_code == 401
    idle = people_desk.browser()
    sign_in(idle, "anna")
    people_desk.now += timedelta(hours=24)
    assert idle.get("/page").status_code == 401


def test_only_hashes_of_tokens_are_kept(people_desk: Desk) -> None:
    anna = people_desk.person()
    link = people_desk.link(anna)
    browser = people_desk.browser()
    sign_in(browser, "anna")
    kept = str(people_desk.rows("SELECT * FROM hub.session, hub.enter_link"))
    assert browser.cookies[COOKIE] not in kept
    assert link.rpartition("/")[2] not in kept


def test_without_tls_people_come_in_on_this_computer_alone(people_desk: Desk) -> None:
    people_desk.person()
    answer = sign_in(people_desk.browser("http://hub.example"), "anna")
    assert answer.status_code == 403
    here = people_desk.browser("http://127.0.0.1:8750", host="127.0.0.1")
    assert sign_in(here, "anna").status_code == 303
    assert here.get("/page").json()["name"] == "Anna"


def test_signing_out_ends_this_session_and_everywhere_ends_all(people_desk: Desk) -> None:
    people_desk.person()
    one, other, third = (people_desk.browser() for _number in range(3))
    for browser in (one, other, third):
        sign_in(browser, "anna")
    one.post("/sign-out", data={"csrf": one.get("/page").json()["csrf"]})
    assert [browser.get("/page").status_code for browser in (one, other)] == [401, 200]
    fields = {"csrf": other.get("/page").json()["csrf"], "everywhere": "1"}
    assert other.post("/sign-out", data=fields).headers["location"] == "/sign-in"
    assert [browser.get("/page").status_code for browser in (other, third)] == [401, 401]


def test_somebody_else_cannot_sign_a_person_out(people_desk: Desk) -> None:
    people_desk.person()
    browser = people_desk.browser()
    sign_in(browser, "anna")
    assert browser.post("/sign-out", data={"csrf": "x"}).status_code == 403
    assert browser.get("/page").status_code == 200


def test_who_has_signed_in_is_sent_on_from_the_form(people_desk: Desk) -> None:
    people_desk.person()
    browser = people_desk.browser()
    sign_in(browser, "anna")
    answer = browser.get("/sign-in?next=//evil.example")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
