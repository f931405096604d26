"""The courier's telephone: his own stops, words that are heeded once, conflicts that are told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from tests.flow.web_pages.desk_room import NOON, PHONE, Room, room_of

from provodka.dashboards.web.pages.vendored import asset
from provodka.dashboards.web.people.roles import Role

HOUR = 3_600_000


@pytest.fixture(scope="module")
def room(server: str, template: str) -> Iterator[Room]:
    """One company for all tests of this file; each takes an order of its own."""
    with room_of(server, template) as opened:
        yield opened


@pytest.fixture
def petrov(room: Room) -> Room:
    """Petrov at his telephone."""
    room.sit(Role.COURIER, employee=room.water.petrov)
    return room


def day(room: Room) -> dict[str, Any]:
    told: dict[str, Any] = room.reader.get("/courier/day").json()
    return told


def shown(room: Room, stop: Any) -> dict[str, Any]:
    [found] = [one for one in day(room)["stops"] if one["id"] == str(stop.id)]
    return dict(found)


def status(room: Room, stop: Any) -> tuple[Any, ...]:
    query = "SELECT status, cash_due, cash_taken, reason, note FROM crm.delivery WHERE id = :id"
    return tuple(room.water.rows(query, id=stop.id)[0])


@pytest.mark.requirement("R87")
def test_a_stop_is_shown_with_everything_that_is_needed_at_the_door(petrov: Room) -> None:
    stop = petrov.stop()
    told = shown(petrov, stop)
    assert (told["client"], told["phone"], told["address"]) == (
        "ООО Ландыш",
        PHONE,
        "Оренбург, Советская, 1",
    )
    assert (told["from"], told["due"], told["status"]) == ("12:00", "900.00", "planned")
    assert [(one["name"], one["quantity"], one["tare"]) for one in told["items"]] == [
        ("Вода 19 л", "2", False),
        ("Бутыль 19 л", "2", True),
    ]


def test_a_courier_sees_his_own_stops_alone(petrov: Room) -> None:
    stop = petrov.stop(courier=petrov.water.somov)
    assert str(stop.id) not in [one["id"] for one in day(petrov)["stops"]]
    petrov.sit(Role.COURIER, employee=petrov.water.somov)
    assert str(stop.id) in [one["id"] for one in day(petrov)["stops"]]


def test_whoever_is_no_employee_has_no_stops_and_is_told_so(room: Room) -> None:
    room.stop()
    room.sit(Role.COURIER)
    told = day(room)
    assert (told["stops"], told["employee"]) == ([], False)


@pytest.mark.requirement("R92")
def test_a_delivery_is_written_down_with_its_money_and_tare(petrov: Room) -> None:
    stop = petrov.stop()
    answer = petrov.act("done", stop, cash="900.00").json()
    assert answer["state"] == "new"
    assert petrov.carry()["done"] == 1
    assert status(petrov, stop)[:3] == ("done", Decimal(900), Decimal(900))
    assert "900,00" in petrov.settled(answer["id"])[1]
    told = shown(petrov, stop)
    assert (told["status"], told["taken"], told["over"]) == ("done", "900.00", "2026-11-20")
    assert {"id": answer["id"], "state": "done"}.items() <= day(petrov)["acts"][0].items()


def test_the_same_word_sent_three_times_is_heeded_once(petrov: Room) -> None:
    stop = petrov.stop()
    number = uuid4()
    for _time in range(2):
        assert petrov.act("done", stop, number, cash="900").status_code == 200
    petrov.carry()
    again = petrov.act("done", stop, number, cash="900").json()
    assert again["state"] == "done"
    assert petrov.carry()["refused"] == 0
    taken = "SELECT sum(quantity) FROM crm.returnable WHERE delivery_id = :id"
    assert petrov.water.rows(taken, id=stop.id)[0][0] == 2


def test_a_stop_that_is_settled_already_is_not_settled_again(petrov: Room) -> None:
    stop = petrov.stop()
    petrov.act("done", stop, cash="900")
    petrov.carry()
    second = petrov.act("failed", stop, reason="client_absent").json()
    petrov.carry()
    state, said = petrov.settled(second["id"])
    assert (state, status(petrov, stop)[0]) == ("refused", "done")
    assert "уже выполнена" in said


def test_a_word_said_without_a_connection_is_dated_by_when_it_was_said(petrov: Room) -> None:
    stop = petrov.stop()
    petrov.act("done", stop, cash="900", pressed=5 * HOUR, sent=7 * HOUR)
    petrov.carry()
    query = "SELECT arrived_at FROM crm.delivery WHERE id = :id"
    [row] = petrov.water.rows(query, id=stop.id)
    assert row.arrived_at == petrov.hub.clock() - timedelta(hours=2)


def test_a_telephone_whose_clock_has_jumped_says_when_its_word_came(petrov: Room) -> None:
    stop = petrov.stop()
    petrov.act("done", stop, cash="900", pressed=7 * HOUR, sent=5 * HOUR)
    petrov.carry()
    query = "SELECT arrived_at FROM crm.delivery WHERE id = :id"
    assert petrov.water.rows(query, id=stop.id)[0].arrived_at == petrov.hub.clock()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"cash": "1000"}, "получено 1000"),
        ({"cash": "-1"}, "меньше нуля"),
        ({"cash": "NaN"}, "меньше нуля"),
        ({"cash": "900", "delivered": {"water": "-2"}}, "меньше нуля"),
        ({"cash": "900", "returned": {"bottle": "7000"}}, "принято тары"),
    ],
)
def test_a_word_that_cannot_be_is_refused_and_changes_nothing(
    petrov: Room, more: dict[str, Any], why: str
) -> None:
    stop = petrov.stop()
    keys = {"water": str(petrov.water.water), "bottle": str(petrov.water.bottle)}
    said: dict[str, Any] = {
        name: {keys[one]: count for one, count in value.items()} if type(value) is dict else value
        for name, value in more.items()
    }
    answer = petrov.act("done", stop, **said).json()
    petrov.carry()
    state, text = petrov.settled(answer["id"])
    assert (state, status(petrov, stop)[0]) == ("refused", "planned")
    assert why in text


def test_more_cash_than_is_due_is_taken_with_an_explanation(petrov: Room) -> None:
    stop = petrov.stop()
    petrov.act("done", stop, cash="1000", note="Долг за прошлый раз")
    petrov.carry()
    assert status(petrov, stop) == (
        "done",
        Decimal(900),
        Decimal(1000),
        None,
        "Долг за прошлый раз",
    )


@pytest.mark.requirement("R90", "R93")
def test_a_failure_has_a_reason_and_sends_the_order_back(petrov: Room) -> None:
    stop = petrov.stop()
    petrov.act("failed", stop, reason="client_absent", note="Домофон молчит")
    petrov.carry()
    assert status(petrov, stop)[0] == "failed"
    query = "SELECT stage FROM crm.deal WHERE id = :id"
    assert petrov.water.rows(query, id=stop.deal_id)[0][0] == "order"


def test_a_failure_without_a_known_reason_is_refused(petrov: Room) -> None:
    stop = petrov.stop()
    answer = petrov.act("failed", stop, reason="надоело").json()
    petrov.carry()
    assert petrov.settled(answer["id"])[0] == "refused"
    assert status(petrov, stop)[0] == "planned"


@pytest.mark.requirement("R89")
def test_a_move_is_by_the_companys_clock_and_remembers_who_and_why(petrov: Room) -> None:
    stop = petrov.stop()
    petrov.act("move", stop, reason="courier_late", to="2026-11-20T15:30")
    petrov.carry()
    query = "SELECT planned_from, reason FROM crm.delivery WHERE id = :id"
    [row] = petrov.water.rows(query, id=stop.id)
    assert (row.planned_from, row.reason) == (NOON + timedelta(minutes=210), "courier_late")
    [moved] = petrov.water.rows(
        "SELECT who, reason FROM crm.delivery_moves WHERE delivery_id = :id", id=stop.id
    )
    assert tuple(moved) == ("person:Анна Чтец", "courier_late")


def test_a_move_into_the_past_is_refused(petrov: Room) -> None:
    stop = petrov.stop()
    answer = petrov.act("move", stop, reason="courier_late", to="2026-11-19T15:30").json()
    petrov.carry()
    assert "уже прошло" in petrov.settled(answer["id"])[1]


@pytest.mark.requirement("R89")
def test_a_move_that_did_not_see_another_wins_and_says_so(petrov: Room) -> None:
    stop = petrov.stop()
    petrov.water.update("delivery", stop.id, planned_from=NOON + timedelta(hours=1))
    answer = petrov.act("move", stop, reason="courier_late", to="2026-11-20T17:00").json()
    petrov.carry()
    state, said = petrov.settled(answer["id"])
    assert (state, "До вас ее перенесли" in said) == ("done", True)


def test_not_delivered_does_not_undo_a_move_that_the_courier_has_not_seen(petrov: Room) -> None:
    stop = petrov.stop()
    petrov.water.update("delivery", stop.id, planned_from=NOON + timedelta(days=1))
    answer = petrov.act("failed", stop, reason="client_absent").json()
    petrov.carry()
    state, said = petrov.settled(answer["id"])
    assert (state, status(petrov, stop)[0]) == ("refused", "planned")
    assert "21.11.2026 12:00" in said


def test_delivered_wins_over_a_move_that_the_courier_has_not_seen(petrov: Room) -> None:
    stop = petrov.stop()
    petrov.water.update("delivery", stop.id, planned_from=NOON + timedelta(days=1))
    answer = petrov.act("done", stop, cash="900").json()
    petrov.carry()
    state, said = petrov.settled(answer["id"])
    assert (state, status(petrov, stop)[0]) == ("done", "done")
    assert "перенести" in said


def test_a_stop_of_another_is_refused_at_the_page(petrov: Room) -> None:
    stop = petrov.stop(courier=petrov.water.somov)
    other = petrov.water.rows("SELECT * FROM crm.delivery WHERE id = :id", id=stop.id)[0]
    petrov.water.execute(f"DELETE FROM crm.delivery_moves WHERE delivery_id = '{stop.id}'")
    answer = petrov.act("done", other, cash="900")
    assert (answer.status_code, answer.json()["state"]) == (422, "refused")
    assert not petrov.water.rows("SELECT FROM hub.request WHERE state = 'new'")


def test_a_stop_that_went_to_another_meanwhile_is_refused_by_the_hub_and_told(
    petrov: Room,
) -> None:
    stop = petrov.stop()
    petrov.water.update("delivery", stop.id, courier_id=petrov.water.somov)
    answer = petrov.act("done", stop, cash="900").json()
    petrov.carry()
    state, said = petrov.settled(answer["id"])
    assert (state, status(petrov, stop)[0]) == ("refused", "planned")
    assert "Сомов" in said


def test_a_word_of_another_person_waits_for_that_person(petrov: Room) -> None:
    stop = petrov.stop()
    answer = petrov.act("done", stop, cash="900", person=str(uuid4()))
    assert (answer.status_code, answer.json()["state"]) == (409, "foreign")


@pytest.mark.parametrize("body", ["", "{", "[]", '{"id": 1}', '"х"', "\ud800"])
def test_a_word_that_cannot_be_read_is_refused_and_never_breaks(petrov: Room, body: str) -> None:
    headers = {"X-CSRF-Token": petrov.reader.csrf, "Content-Type": "application/json"}
    content = body.encode("utf-8", "surrogatepass")
    answer = petrov.reader.post("/courier/acts", content=content, headers=headers)
    assert (answer.status_code, answer.json()["state"]) == (422, "refused")


def test_a_word_without_the_token_of_the_session_is_not_kept(petrov: Room) -> None:
    stop = petrov.stop()
    petrov.reader.csrf = "чужой".encode().hex()
    assert petrov.act("done", stop, cash="900").status_code == 403
    assert not petrov.water.rows("SELECT FROM hub.request WHERE state = 'new'")


def test_the_shell_holds_nobodys_data_and_all_of_it_is_small(petrov: Room) -> None:
    petrov.stop()
    page = petrov.reader.get("/courier")
    assert PHONE not in page.text
    assert petrov.reader.csrf not in page.text
    names = ("courier.css", "courier.js", "courier-acts.js", "courier-cards.js", "provodka.svg")
    files = [found.packed for name in names if (found := asset(name))]
    assert len(files) == len(names)
    worker = petrov.reader.get("/courier-worker.js").content
    told = petrov.reader.get("/courier/day", headers={"Accept-Encoding": "gzip"})
    assert told.headers["content-encoding"] == "gzip"
    whole = [page.content, worker, told.content, *files]
    assert sum(len(one) for one in whole) < 50 * 1024


def test_the_worker_may_speak_to_this_server_alone_and_is_asked_for_anew(room: Room) -> None:
    answer = room.reader.get("/courier-worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
    assert room.reader.get("/no-such-worker.js").status_code == 404
