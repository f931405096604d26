"""Faults on demand and the habits of the server in front of the base."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from tests.contract.sandbox.neighbours import INVOICES, Base, Hands


def made(base: Base, marker: str) -> int:
    return len(base.rows(INVOICES, filter=f"substringof('{marker}', Комментарий)"))


def test_a_lost_answer_leaves_the_document_behind(base: Base, hands: Hands) -> None:
    hands.fault("drop_after", path=INVOICES)
    with pytest.raises(httpx.RemoteProtocolError):
        base.create(Комментарий="после записи")
    assert made(base, "после записи") == 1


def test_a_lost_request_leaves_nothing_behind(base: Base, hands: Hands) -> None:
    hands.fault("drop_before", method="POST")
    with pytest.raises(httpx.RemoteProtocolError):
        base.create(Комментарий="до записи")
    assert made(base, "до записи") == 0


def test_a_page_can_break_off_in_the_middle(base: Base, hands: Hands) -> None:
    hands.fault("half_page")
    with pytest.raises(httpx.RemoteProtocolError):
        base.get("Catalog_Контрагенты")
    assert base.get("Catalog_Контрагенты").status_code == 200


@pytest.mark.parametrize(
    ("kind", "status"), [("error500", 500), ("unauthorized", 401), ("unavailable503", 503)]
)
def test_the_server_can_answer_in_place_of_the_base(
    base: Base, hands: Hands, kind: str, status: int
) -> None:
    hands.fault(kind, count=2, path="Catalog_Валюты")
    assert base.get("Catalog_Склады").status_code == 200
    assert [base.get("Catalog_Валюты").status_code for _ in range(3)] == [status, status, 200]


def test_an_html_page_can_come_with_success(base: Base, hands: Hands) -> None:
    hands.fault("html200")
    response = base.get("Catalog_Валюты", format="json")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")


def test_a_refusal_carries_the_text_of_the_configuration(base: Base, hands: Hands) -> None:
    hands.fault("refuse", path="/Post", text="Не удалось записать: Счет-фактура выданный!")
    invoice = base.create()
    refusal = base.error(base.post(invoice))
    assert refusal == (500, "-1", "Не удалось записать: Счет-фактура выданный!")
    assert base.post(invoice).status_code == 200


@pytest.mark.parametrize(
    ("fault", "left"),
    [({"kind": "ignore_field"}, ""), ({"kind": "truncate", "length": 4}, "[hub")],
)
def test_a_field_can_be_dropped_or_cut(
    base: Base, hands: Hands, fault: dict[str, Any], left: str
) -> None:
    hands.ask("POST", "faults", **fault, field="Комментарий")
    assert base.create(Комментарий="[hub:1]")["Комментарий"] == left
    assert base.create(Комментарий="[hub:1]")["Комментарий"] == "[hub:1]"


def test_latency_delays_one_answer(base: Base, hands: Hands) -> None:
    hands.fault("latency", seconds=0.3, count=1)
    started = time.monotonic()
    base.get("Catalog_Валюты")
    slow = time.monotonic() - started
    assert slow >= 0.3


def test_a_probable_fault_fires_sometimes(base: Base, hands: Hands) -> None:
    hands.fault("unavailable503", count=None, probability=0.5)
    answers = {base.get("Catalog_Валюты").status_code for _ in range(40)}
    assert answers == {200, 503}


def test_faults_can_be_listed_and_cleared(base: Base, hands: Hands) -> None:
    hands.fault("unavailable503", count=None)
    assert hands.ask("GET", "faults")["faults"][0]["kind"] == "unavailable503"
    hands.ask("DELETE", "faults")
    assert base.get("Catalog_Валюты").status_code == 200


@pytest.mark.parametrize("wish", [{"kind": "чудо"}, {"kind": "latency", "сколько": 1}])
def test_an_unknown_fault_is_refused(hands: Hands, wish: dict[str, Any]) -> None:
    answer = hands.http.post("faults", json=wish)
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_a_wrong_password_is_turned_away_by_the_server(base: Base) -> None:
    response = base.http.get("", auth=httpx.BasicAuth("Интеграция".encode(), "не тот"))
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Basic")


def test_a_login_in_another_encoding_than_utf8_is_turned_away(base: Base) -> None:
    login = httpx.BasicAuth("Интеграция".encode("cp1251"), base.about["onec_password"])
    assert base.http.get("", auth=login).status_code == 401


def test_iis_hides_long_queries_behind_a_bare_404(base: Base, hands: Hands) -> None:
    long = "substringof('" + "ы" * 335 + "', Description)"
    assert base.get("Catalog_Контрагенты", filter=long).status_code == 200
    hands.ask("POST", "switches", iis=True)
    response = base.get("Catalog_Контрагенты", filter=long)
    assert response.status_code == 404
    assert "odata.error" not in response.text


def test_a_session_is_a_cookie_and_a_licence(base: Base, hands: Hands) -> None:
    hands.ask("POST", "switches", licences=1)
    begin, end = {"IBSession": "start"}, {"IBSession": "finish"}
    first = base.http.get("Catalog_Валюты", headers=begin)
    cookie = {"Cookie": f"ibsession={first.cookies['ibsession']}"}
    base.http.cookies.clear()
    assert base.http.get("Catalog_Валюты", headers=begin).status_code == 406
    assert base.http.get("Catalog_Валюты", headers=cookie).status_code == 200
    assert base.http.get("Catalog_Валюты", headers=cookie | end).status_code == 200
    assert base.http.get("Catalog_Валюты", headers=cookie).status_code == 400
    assert base.http.get("Catalog_Валюты").status_code == 200


def test_a_shortage_of_licences_can_be_passing(base: Base, hands: Hands) -> None:
    hands.fault("no_licence")
    statuses = [base.get("Catalog_Валюты").status_code for _ in range(2)]
    assert statuses == [406, 200]


def test_the_first_request_after_idle_is_slow(base: Base, hands: Hands) -> None:
    hands.ask("POST", "switches", idle_seconds=0.0, slow_first_seconds=0.3)
    started = time.monotonic()
    base.get("Catalog_Валюты")
    assert time.monotonic() - started >= 0.3


def test_an_unknown_switch_is_refused(hands: Hands) -> None:
    assert hands.http.post("switches", json={"чудо": True}).status_code == 422


def test_requests_at_the_same_time_do_not_disturb_each_other(base: Base) -> None:
    draft = base.draft(Date="2036-01-01T00:00:00")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: base.http.post(INVOICES, json=draft), range(64)))
    numbers = sorted(answer.json()["Number"] for answer in answers)
    assert numbers == [f"РМ00-{number:06}" for number in range(1, 65)]
