"""Forms are ours, ways on lead to ourselves, a link lets in once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.flow.web_people.people_desk import PASSWORD, Desk, csrf_in, sign_in

from provodka.connectors.crm_store import people

OUT = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "javascript:alert(1)",
    "/ok\r\nSet-Cookie: provodka_session=x",
    "/%0d%0a\r\nX: y",
    "evil.example",
    "",
    "/" + "a" * 5000,
    "/привет",
]


@pytest.mark.parametrize("asked", OUT)
def test_the_way_on_leads_to_this_server_alone(people_desk: Desk, asked: str) -> None:
    people_desk.person()
    browser = people_desk.browser()
    answer = sign_in(browser, "anna", next=asked)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "x" not in answer.headers
    assert browser.get("/sign-in", params={"next": asked}).headers["location"] == "/"


def test_what_is_typed_stands_in_the_page_as_text_or_not_at_all(people_desk: Desk) -> None:
    bad = '"><script>alert(1)</script>\r\nSet-Cookie: a=b'
    browser = people_desk.browser()
    answer = sign_in(browser, bad, bad, next=f"/{bad}")
    assert answer.status_code == 401
    assert "alert(1)" not in answer.text
    assert "a=b" not in str(answer.headers)


def test_a_form_of_sign_in_from_another_browser_or_site_is_refused(people_desk: Desk) -> None:
    people_desk.person()
    fields = {"login": "anna", "password": PASSWORD}
    elsewhere = csrf_in(people_desk.browser().get("/sign-in"))
    browser = people_desk.browser()
    assert browser.post("/sign-in", data=fields).status_code == 403
    browser.get("/sign-in")
    assert browser.post("/sign-in", data={**fields, "csrf": elsewhere}).status_code == 403
    own = {**fields, "csrf": csrf_in(browser.get("/sign-in"))}
    crossed = {"sec-fetch-site": "cross-site"}
    assert browser.post("/sign-in", data=own, headers=crossed).status_code == 403
    assert browser.post("/sign-in", data=own).status_code == 303


def test_a_form_without_its_token_or_with_another_sessions_does_nothing(people_desk: Desk) -> None:
    people_desk.person()
    one, other = people_desk.browser(), people_desk.browser()
    for browser in (one, other):
        sign_in(browser, "anna")
    own = one.get("/page").json()["csrf"]
    foreign = other.get("/page").json()["csrf"]
    sent = [{}, {"csrf": ""}, {"csrf": "x"}, {"csrf": foreign}, {"csrf": own}]
    assert [one.post("/do", data=data).status_code for data in sent] == [403] * 4 + [200]
    assert one.post("/do", headers={"X-CSRF-Token": own}).status_code == 200
    assert one.post("/do", headers={"X-CSRF-Token": foreign}).status_code == 403
    sites = {"X-CSRF-Token": own, "sec-fetch-site": "same-site"}
    assert one.post("/do", headers=sites).status_code == 403


def test_a_link_lets_in_once_and_looking_at_it_spends_nothing(people_desk: Desk) -> None:
    link = people_desk.link(people_desk.person())
    browser, late = people_desk.browser(), people_desk.browser()
    for _time in range(2):
        assert "Anna" in browser.get(link).text
    stale = csrf_in(late.get(link))
    answer = browser.post(link, data={"csrf": csrf_in(browser.get(link))})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert browser.get("/page").json()["name"] == "Anna"
    assert late.post(link, data={"csrf": stale}).status_code == 410
    assert late.get(link).status_code == 410
    assert late.get("/page").status_code == 401
    assert [one.what for one in people_desk.audited()] == ["entered", "refused", "refused"]


def test_a_link_that_is_old_or_made_up_lets_nobody_in(people_desk: Desk) -> None:
    link = people_desk.link(people_desk.person(), minutes=10)
    browser = people_desk.browser()
    token = csrf_in(browser.get(link))
    people_desk.now += timedelta(minutes=10)
    assert browser.post(link, data={"csrf": token}).status_code == 410
    assert browser.get("/enter/" + "A" * 43).status_code == 410


def test_a_link_of_somebody_disabled_lets_nobody_in(people_desk: Desk) -> None:
    anna = people_desk.person()
    link = people_desk.link(anna)
    with people_desk.store.begin() as connection:
        people.change(connection, anna.id, active=False)
    assert people_desk.browser().get(link).status_code == 410


def test_a_link_does_not_let_in_by_a_form_of_another_site(people_desk: Desk) -> None:
    link = people_desk.link(people_desk.person())
    browser = people_desk.browser()
    assert browser.post(link, data={"csrf": "x"}).status_code == 200
    assert browser.get("/page").status_code == 401


def test_guessing_links_is_limited_too(people_desk: Desk) -> None:
    people_desk.limit(address=8)
    browser = people_desk.browser()
    statuses = [browser.get(f"/enter/{number}").status_code for number in range(10)]
    assert statuses == [410] * 8 + [429] * 2


def test_a_page_with_a_link_in_its_address_tells_no_other_page_of_it(people_desk: Desk) -> None:
    answer = people_desk.browser().get(people_desk.link(people_desk.person()))
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_too_long_a_form_is_not_read(people_desk: Desk) -> None:
    from provodka.dashboards.web.asking import TooLarge

    browser = people_desk.browser()
    with pytest.raises(TooLarge):
        browser.post("/sign-in", content=b"a" * 9000)
