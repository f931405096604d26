"""The dispatcher's one window: calls, clients, orders, the day, moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.flow.web_pages.desk_room import MORNING, NOON, PHONE, Room, room_of

from provodka.dashboards.web.people.roles import Role

EVIL = "<script>alert(1)</script>"
STRANGER = "+79035550011"


@pytest.fixture(scope="module")
def company(server: str, template: str) -> Iterator[Room]:
    """One company for all tests of this file."""
    with room_of(server, template) as opened:
        yield opened


@pytest.fixture
def room(company: Room) -> Iterator[Room]:
    """A dispatcher at the desk; nobody calls."""
    operator = company.water.insert("employee", name="Диспетчерова", extension="101")
    company.sit(Role.DISPATCHER, employee=operator)
    yield company
    company.water.execute("DELETE FROM hub.live_call")
    company.water.execute("UPDATE crm.employee SET extension = NULL WHERE extension = '101'")


def ordered(room: Room, **more: Any) -> dict[str, Any]:
    """The fields of an order of two waters for the client."""
    return {
        "key": str(uuid4()),
        "client": str(room.water.client),
        f"item-{room.water.water}": "2",
        **more,
    }


def newest_order(room: Room) -> Any:
    return room.water.rows("SELECT * FROM crm.order ORDER BY id DESC LIMIT 1")[0]


def orders(room: Room) -> int:
    return int(room.water.rows("SELECT count(*) FROM crm.order")[0][0])


@pytest.mark.requirement("R67", "R96")
def test_a_call_is_shown_with_the_card_of_whoever_calls(room: Room) -> None:
    stop = room.stop()
    room.ring(PHONE, "call-1")
    part = room.reader.part("/dispatcher/calls").text
    assert "ООО Ландыш" in part
    assert "Вам" in part
    assert stop.number in part
    assert "Принять заказ" in part


def test_calls_that_have_not_changed_are_not_sent_again(room: Room) -> None:
    room.ring(STRANGER, "call-2")
    part = room.reader.part("/dispatcher/calls").text
    seen = part.split("seen=")[1].split('"')[0]
    assert room.reader.part(f"/dispatcher/calls?seen={seen}").status_code == 204
    room.ring(STRANGER, "call-2", state="answered")
    assert room.reader.part(f"/dispatcher/calls?seen={seen}").status_code == 200


def test_several_lines_are_shown_at_once_my_own_first_and_ended_ones_not(room: Room) -> None:
    room.ring(STRANGER, "call-3", extension="207")
    room.ring(PHONE, "call-4", extension="101")
    room.ring("+79035550012", "call-5", extension="208", state="ended")
    part = room.reader.part("/dispatcher/calls").text
    assert part.index(PHONE) < part.index(STRANGER)
    assert "+79035550012" not in part


@pytest.mark.requirement("R67")
def test_an_unknown_number_becomes_a_client_with_an_order_in_one_go(room: Room) -> None:
    room.ring("+79035550013", "call-6")
    page = room.reader.get("/dispatcher?call=office%7Ccall-6").text
    assert 'value="+79035550013"' in page
    form = ordered(room, name="Новикова Нина", phone="+79035550013", address="Степная, 5")
    del form["client"]
    room.reader.submit("/dispatcher/orders", form)
    assert room.carry()["done"] == 1
    query = "SELECT name FROM crm.client WHERE phone = '+79035550013'"
    assert [row.name for row in room.water.rows(query)] == ["Новикова Нина"]
    assert newest_order(room).amount == Decimal(500)


def test_a_number_that_is_somebodys_is_not_registered_twice_by_accident(room: Room) -> None:
    form = {"key": str(uuid4()), "name": "Двойник", "phone": PHONE, "address": "Там же"}
    room.reader.submit("/dispatcher/clients", form)
    room.carry()
    state, said = room.settled(form["key"])
    assert (state, "ООО Ландыш" in said) == ("refused", True)
    again = {**form, "key": str(uuid4()), "again": "on"}
    room.reader.submit("/dispatcher/clients", again)
    room.carry()
    assert room.settled(again["key"])[0] == "done"
    room.water.execute("UPDATE crm.client SET deleted_at = now() WHERE name = 'Двойник'")


@pytest.mark.requirement("R85", "R91")
def test_an_order_with_courier_time_and_window_becomes_a_stop(room: Room) -> None:
    point = room.water.rows("SELECT id FROM crm.delivery_point LIMIT 1")[0].id
    form = ordered(
        room,
        point=str(point),
        courier=str(room.water.petrov),
        at="2026-11-20T14:00",
        window="120",
        comment="Домофон 12",
    )
    room.reader.submit("/dispatcher/orders", form)
    room.carry()
    assert room.settled(form["key"])[0] == "done"
    order = newest_order(room)
    assert (order.comment, order.delivery_point_id) == ("Домофон 12", point)
    query = "SELECT planned_from, planned_to, courier_id FROM crm.delivery WHERE order_id = :id"
    [stop] = room.water.rows(query, id=order.id)
    assert tuple(stop) == (
        NOON + timedelta(hours=2),
        NOON + timedelta(hours=4),
        room.water.petrov,
    )
    page = room.reader.get("/dispatcher?day=2026-11-20").text
    assert "14:00–16:00" in page


def test_the_same_form_sent_twice_is_one_order(room: Room) -> None:
    before = orders(room)
    form = ordered(room)
    for _time in range(2):
        assert room.reader.submit("/dispatcher/orders", form).status_code == 200
        room.carry()
    assert room.reader.submit("/dispatcher/orders", form).status_code == 200
    room.carry()
    assert orders(room) == before + 1


def test_a_new_address_becomes_a_delivery_point_of_the_client(room: Room) -> None:
    room.reader.submit("/dispatcher/orders", ordered(room, point="new", address="Дачная, 7"))
    room.carry()
    query = "SELECT address FROM crm.delivery_point WHERE id = :id"
    [row] = room.water.rows(query, id=newest_order(room).delivery_point_id)
    assert row.address == "Дачная, 7"


def test_the_sum_is_told_with_the_deposit_apart_and_by_the_contract(room: Room) -> None:
    form = ordered(room, **{f"item-{room.water.bottle}": "2"})
    said = room.reader.submit("/dispatcher/quote", form).text
    assert ("500,00" in said, "400,00" in said, "900,00" in said) == (True, True, True)
    company = room.water.insert("client", name="ООО Договор", kind="legal_entity")
    room.water.insert(
        "price",
        product_id=room.water.water,
        client_id=company,
        amount=Decimal("210.50"),
        valid_from=MORNING.date() - timedelta(days=500),
    )
    said = room.reader.submit("/dispatcher/quote", {**form, "client": str(company)}).text
    assert "421,00" in said


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"at": "вчера"}, "Когда привезти"),
        ({"at": "2026-11-19T10:00"}, "время уже прошло"),
        ({"window": "61"}, "Сколько ждут"),
        ({"courier": "Петров"}, "Экспедитор"),
        ({"client": "x"}, "Клиент"),
        ({"item-x": "1"}, "Товар"),
        ({"key": ""}, "Ключ формы"),
        ({"point": "new", "address": " "}, "Новый адрес"),
    ],
)
def test_a_form_that_is_filled_wrongly_is_explained_and_asks_for_nothing(
    room: Room, fields: dict[str, str], why: str
) -> None:
    answer = room.reader.submit("/dispatcher/orders", ordered(room, **fields))
    assert (answer.status_code, why in answer.text) == (422, True)
    assert not room.water.rows("SELECT FROM hub.request WHERE state = 'new'")


@pytest.mark.parametrize("much", ["-1", "много", "1e9", "NaN", "Infinity"])
def test_a_senseless_quantity_is_explained(room: Room, much: str) -> None:
    form = ordered(room, **{f"item-{room.water.water}": much})
    assert room.reader.submit("/dispatcher/orders", form).status_code == 422
    assert room.reader.submit("/dispatcher/quote", form).status_code == 200


def test_an_order_to_another_clients_address_is_refused(room: Room) -> None:
    other = room.water.insert("client", name="Другой", kind="individual")
    point = room.water.insert("delivery_point", client_id=other, address="Чужая, 1")
    form = ordered(room, point=str(point))
    room.reader.submit("/dispatcher/orders", form)
    room.carry()
    assert room.settled(form["key"])[0] == "refused"


def test_an_order_that_waits_is_given_a_courier_and_a_time(room: Room) -> None:
    room.reader.submit("/dispatcher/orders", ordered(room))
    room.carry()
    order = newest_order(room)
    assert order.number in room.reader.part("/dispatcher/waiting").text
    number = str(uuid4())
    form = {"key": number, "courier": str(room.water.somov), "at": "2026-11-21T10:00"}
    room.reader.submit(f"/dispatcher/orders/{order.id}", form)
    room.carry()
    assert room.settled(number)[0] == "done"
    query = "SELECT courier_id FROM crm.delivery WHERE order_id = :id AND status = 'planned'"
    assert [row[0] for row in room.water.rows(query, id=order.id)] == [room.water.somov]
    assert order.number not in room.reader.part("/dispatcher/waiting").text
    again = {**form, "key": str(uuid4())}
    room.reader.submit(f"/dispatcher/orders/{order.id}", again)
    room.carry()
    assert "остановка уже назначена" in room.settled(again["key"])[1]


@pytest.mark.requirement("R93", "R95")
def test_a_failed_stop_waits_for_a_call_and_gets_a_second_journey_or_a_refusal(room: Room) -> None:
    stop = room.stop()
    room.sit(Role.COURIER, employee=room.water.petrov)
    room.act("failed", stop, reason="client_absent", note="Никого")
    room.carry()
    room.sit(Role.DISPATCHER)
    part = room.reader.part("/dispatcher/waiting").text
    assert ("Перезвонить" in part, "Никого" in part) == (True, True)
    form = {"key": str(uuid4()), "courier": str(room.water.petrov), "at": "2026-11-21T10:00"}
    room.reader.submit(f"/dispatcher/orders/{stop.order_id}", form)
    room.carry()
    query = "SELECT attempt, status FROM crm.delivery WHERE order_id = :id ORDER BY id"
    found = room.water.rows(query, id=stop.order_id)
    assert [tuple(row) for row in found] == [(1, "failed"), (2, "planned")]


def test_an_order_that_the_client_refuses_is_cancelled_with_the_reason(room: Room) -> None:
    room.reader.submit("/dispatcher/orders", ordered(room))
    room.carry()
    order = newest_order(room)
    form = {"key": str(uuid4()), "reason": "Купил в магазине"}
    room.reader.submit(f"/dispatcher/orders/{order.id}/cancel", form)
    room.carry()
    found = newest_order(room)
    assert (found.status, found.cancel_reason) == ("cancelled", "Купил в магазине")


@pytest.mark.requirement("R89", "R90")
def test_a_stop_is_moved_with_a_reason_and_its_history_is_shown(room: Room) -> None:
    stop = room.stop()
    path = f"/dispatcher/stops/{stop.id}"
    form = {
        "key": room.key_in(room.reader.get(path).text),
        "seen": "1",
        "at": "2026-11-20T18:00",
        "courier": str(room.water.somov),
        "reason": "client_asked",
    }
    assert room.reader.submit(path, form).status_code == 200
    room.carry()
    page = room.reader.get(path).text
    assert ("20.11.2026 18:00, Сомов" in page, "клиент просил перенести" in page) == (True, True)
    wrong = room.reader.submit(path, {**form, "key": str(uuid4()), "reason": "так надо"})
    assert wrong.status_code == 422


def test_words_of_couriers_that_could_not_be_written_are_shown(room: Room) -> None:
    stop = room.stop()
    room.sit(Role.COURIER, employee=room.water.petrov)
    room.water.update("delivery", stop.id, courier_id=room.water.somov)
    room.act("done", stop, cash="900")
    room.carry()
    room.sit(Role.DISPATCHER)
    part = room.reader.part("/dispatcher/waiting").text
    assert ("не записаны" in part, stop.number in part) == (True, True)


@pytest.mark.parametrize(
    "asked", [PHONE, "8 (916) 123-45-67", "ландыш", "ООО Лан", "Советская 1", "СОВЕТСК"]
)
def test_a_client_is_found_by_number_name_and_address(room: Room, asked: str) -> None:
    part = room.reader.post(
        "/dispatcher/find",
        data={"asked": asked},
        headers={"HX-Request": "true", "X-CSRF-Token": room.reader.csrf},
    ).text
    assert "ООО Ландыш" in part


@pytest.mark.parametrize("asked", ["", "ооо", "я", "'; DROP TABLE crm.client; --", "%%%", "& | !"])
def test_a_search_that_says_nothing_finds_nobody_and_breaks_nothing(room: Room, asked: str) -> None:
    answer = room.reader.submit("/dispatcher/find", {"asked": asked})
    assert answer.status_code == 200
    assert "dispatcher?client=" not in answer.text.split('id="found"')[1].split("</section>")[0]


def test_two_clients_become_one_at_the_dispatchers_word(room: Room) -> None:
    kept, dropped = (
        room.water.insert("client", name=name, kind="individual", phone="+79035550099")
        for name in ("Зимин И. С.", "Зимин Иван")
    )
    room.ring("+79035550099", "call-9")
    page = room.reader.get("/dispatcher?call=office%7Ccall-9").text
    assert ("Зимин И. С." in page, "Зимин Иван" in page) == (True, True)
    form = {"key": str(uuid4()), "kept": str(kept), "dropped": str(dropped)}
    room.reader.submit("/dispatcher/merge", form)
    room.carry()
    query = "SELECT merged_into_id FROM crm.client WHERE id = :id"
    assert room.water.rows(query, id=dropped)[0][0] == kept


def test_names_numbers_and_comments_from_outside_are_text(room: Room) -> None:
    client = room.water.insert("client", name=EVIL, kind="individual", phone="+79035550098")
    room.water.insert("delivery_point", client_id=client, address=f'"{EVIL}')
    room.reader.submit("/dispatcher/orders", ordered(room, client=str(client), comment=EVIL))
    room.carry()
    room.ring("+79035550098", "call-10", did=EVIL)
    room.ring(EVIL, "call-11")
    for path in (
        f"/dispatcher?client={client}",
        "/dispatcher",
        "/dispatcher?call=office%7Ccall-11",
    ):
        page = room.reader.get(path).text
        assert EVIL not in page, path
        assert "&lt;script&gt;" in page, path


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("day=завтра", 422),
        ("day=2026-13-01", 422),
        ("day=9999-12-31", 422),
        ("day=0001-01-01", 422),
        ("courier=x", 422),
        ("client=x", 422),
        (f"client={UUID(int=1)}", 200),
        ("call=никто", 200),
        ("day=2026-11-21", 200),
    ],
)
def test_what_stands_in_the_address_never_breaks_the_page(
    room: Room, query: str, code: int
) -> None:
    assert room.reader.get(f"/dispatcher?{query}").status_code == code


def test_the_day_is_narrowed_to_a_courier(room: Room) -> None:
    mine = room.stop()
    other = room.stop(courier=room.water.somov)
    part = room.reader.part(f"/dispatcher/day?courier={room.water.somov}").text
    assert (other.number in part, mine.number in part) == (True, False)


def test_whoever_lost_the_role_meanwhile_is_refused_by_the_hub(room: Room) -> None:
    form = ordered(room)
    room.reader.submit("/dispatcher/orders", form)
    room.water.execute(
        f"UPDATE hub.person SET roles = '{{analyst}}' WHERE id = '{room.reader.person}'"
    )
    room.carry()
    assert room.settled(form["key"])[0] == "refused"
