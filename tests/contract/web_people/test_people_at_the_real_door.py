"""Sign-in over real HTTP: behind a proxy with TLS, without one, and by whoever means ill."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import Engine, text
from tests.databases import copied
from tests.flow.web_people.people_desk import CHEAP, PASSWORD, csrf_in

from provodka.connectors.crm_store import people
from provodka.connectors.crm_store.engine import open_engine
from provodka.dashboards.web.house import House
from provodka.dashboards.web.people import passwords
from provodka.flows.people.composing import sign_in_rules
from provodka.flows.settings import HubSettings
from provodka.flows.web_process import server_of

COMPANY = {"company": {"name": "ООО «Ромашка»", "inn": "7707083893"}}


@contextmanager
def standing(url: str, store: Engine, **web: object) -> Iterator[httpx.Client]:
    """The web process's server in a thread, and a browser at it."""
    settings = HubSettings.model_validate({**COMPANY, "web": web})
    assert settings.web is not None
    house = House(store, sign_in=sign_in_rules(settings.web))
    server = server_of(settings, settings.web, url, house=house)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(32)
        port = listener.getsockname()[1]
        given = {"sockets": [listener]}
        thread = threading.Thread(target=server.run, kwargs=given, daemon=True)
        thread.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as browser:
            yield browser
        server.should_exit = True
        thread.join(60)


@pytest.fixture(scope="module")
def door_url(server: str, template: str) -> Iterator[str]:
    """A store with Anna in it."""
    with copied(server, template) as url:
        engine = open_engine(url)
        with engine.begin() as connection:
            kept = CHEAP.hash(PASSWORD)
            people.add(connection, "anna", "Анна", roles=["engineer"], password=kept)
        engine.dispose()
        yield url


@pytest.fixture(scope="module")
def open_house(door_url: str) -> Iterator[httpx.Client]:
    """A hub that trusts the proxy on this computer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", CHEAP)
        engine = open_engine(door_url, name="test")
        with standing(door_url, engine, trusted_proxies=["127.0.0.1"]) as browser:
            yield browser
        engine.dispose()


@pytest.fixture
def house(open_house: httpx.Client) -> httpx.Client:
    """The same, with a browser that has been nowhere, and tries counted anew."""
    open_house.cookies.clear()
    return open_house


def signed_in(browser: httpx.Client, **headers: str) -> httpx.Response:
    """The answer to the right password; cookies are carried by hand, for the proxy speaks TLS."""
    page = browser.get("/sign-in", headers=headers)
    held = "; ".join(one.split(";")[0] for one in page.headers.get_list("set-cookie"))
    fields = {"csrf": csrf_in(page), "login": "anna", "password": PASSWORD}
    return browser.post("/sign-in", data=fields, headers={**headers, "cookie": held})


def test_behind_a_trusted_proxy_with_tls_the_cookie_is_bound_to_the_host(
    house: httpx.Client,
) -> None:
    answer = signed_in(house, **{"x-forwarded-proto": "https", "host": "hub.example"})
    assert answer.status_code == 303
    [cookie] = [one for one in answer.headers.get_list("set-cookie") if "_session=" in one]
    assert cookie.startswith("__Host-provodka_session=")
    assert "Secure" in cookie
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_without_tls_nobody_comes_in_under_another_name_than_this_computer(
    house: httpx.Client,
) -> None:
    assert signed_in(house, host="hub.example").status_code == 403
    assert signed_in(house).status_code == 303


def test_a_page_asks_who_it_is_and_leads_on_after_sign_in(house: httpx.Client) -> None:
    away = house.get("/requests/0199a5f0-5f6c-7cc2-8a55-8f1d5f6f5a01")
    assert away.status_code == 303
    assert away.headers["location"].startswith("/sign-in?next=%2Frequests%2F")


def test_a_line_end_in_the_address_adds_no_header(house: httpx.Client) -> None:
    answer = house.get("/sign-in?next=/%0d%0aSet-Cookie:%20provodka_session=x")
    assert "provodka_session=x" not in str(answer.headers)
    assert 'name="next" value="/"' in answer.text


def test_answers_of_sign_in_are_kept_by_nobody_and_framed_nowhere(house: httpx.Client) -> None:
    headers = house.get("/sign-in").headers
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]


@pytest.mark.parametrize("verb", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_verbs_do_nothing(house: httpx.Client, verb: str) -> None:
    assert house.request(verb, "/sign-in").status_code == 405


def test_a_form_that_is_too_long_is_not_read(house: httpx.Client) -> None:
    assert house.post("/sign-in", content=b"a" * 20_000).status_code == 413


def test_a_store_that_is_away_is_told_as_such(door_url: str) -> None:
    gone = open_engine(door_url.replace("/provodka_test", "/no_such_provodka_test"))
    with standing(door_url, gone) as browser:
        browser.cookies.set("provodka_session", "x" * 43)
        assert browser.get("/sign-in").status_code == 503
    gone.dispose()


def test_tries_are_remembered_by_the_store_when_the_process_starts_anew(door_url: str) -> None:
    engine = open_engine(door_url, name="test")
    for _process in range(2):
        with standing(door_url, engine) as browser:
            token = csrf_in(browser.get("/sign-in"))
            fields = {"csrf": token, "login": "boris", "password": "x"}
            statuses = [browser.post("/sign-in", data=fields).status_code for _try in range(3)]
    assert statuses == [401, 401, 429]
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM hub.sign_in_pace"))
    engine.dispose()
