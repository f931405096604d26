"""Forms of a site become entries, each once, on the client who filled it in."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.flow.inbox_desk import SECRETS, Desk, desk_at

from provodka.connectors.crm_store import inbox
from provodka.connectors.web_forms import fingerprint
from provodka.flows.inbox.handling import handle_inbox

ENTRIES = "SELECT * FROM crm.form_entry ORDER BY created_at, id"
PHONE = "+79991234567"


@pytest.fixture
def desk(store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name in SECRETS:
        monkeypatch.setenv(name, "a secret")
    return desk_at(store, tmp_path)


@pytest.mark.requirement("R55", "S-15")
def test_a_form_becomes_an_entry_with_what_the_person_said(desk: Desk) -> None:
    desk.form(name="Анна", tel="8 (999) 123-45-67", email="Anna@Shop.Example", comment="Две бутыли")
    assert handle_inbox(desk.hub) == Counter(handled=1)
    entry = desk.one(ENTRIES)
    assert (entry.kind, entry.form, entry.name, entry.phone, entry.email, entry.text) == (
        "form", "order", "Анна", PHONE, "anna@shop.example", "Две бутыли",
    )  # fmt: skip
    assert entry.at == desk.now
    assert desk.one("SELECT DISTINCT origin FROM hub.delta WHERE kind = 'form_entry'") == ("site",)


def test_a_request_to_call_back_is_one(desk: Desk) -> None:
    desk.form("callback", name="Анна", phone="+7 999 123-45-67")
    handle_inbox(desk.hub)
    entry = desk.one(ENTRIES)
    assert (entry.kind, entry.form, entry.phone) == ("callback", "callback", PHONE)


@pytest.mark.requirement("R76")
def test_a_client_is_known_by_telephone_or_address_and_two_different_ones_are_nobody(
    desk: Desk,
) -> None:
    one = desk.insert("client", name="Ландыш", phone=PHONE)
    other = desk.insert("client", name="Василек")
    desk.insert("contact", name="Петров", client_id=other, email="Petrov@vasilek.example")
    desk.form(tel="89991234567")
    desk.form(email="petrov@VASILEK.example")
    desk.form(tel="89991234567", email="petrov@vasilek.example")
    desk.form(name="Никто")
    handle_inbox(desk.hub)
    assert [row.client_id for row in desk.rows(ENTRIES)] == [one, other, None, None]


def test_two_clients_on_one_number_are_told_apart_by_the_address(desk: Desk) -> None:
    desk.insert("client", name="Ландыш", phone=PHONE)
    desk.form(tel=PHONE)
    wanted = desk.insert("client", name="Сосед", phone=PHONE, email="sosed@example.test")
    desk.form(tel=PHONE, email="sosed@example.test")
    handle_inbox(desk.hub)
    assert [row.client_id for row in desk.rows(ENTRIES)] == [None, wanted]


def test_the_client_who_was_kept_by_a_merge_is_meant(desk: Desk) -> None:
    kept = desk.insert("client", name="Ландыш")
    gone = desk.insert("client", name="Ландыш-2", phone=PHONE, email="l@example.test")
    desk.execute(
        "UPDATE crm.client SET merged_into_id = :kept, deleted_at = now() WHERE id = :gone",
        kept=kept,
        gone=gone,
    )
    desk.form(tel=PHONE, email="l@example.test")
    handle_inbox(desk.hub)
    assert desk.one(ENTRIES).client_id == kept


def test_what_has_no_place_is_told_in_the_text(desk: Desk) -> None:
    desk.form(tel="звоните вечером", email="нет", comment="Срочно", bottles="5", _csrf="x1")
    handle_inbox(desk.hub)
    entry = desk.one(ENTRIES)
    assert (entry.phone, entry.email) == (None, None)
    assert entry.text.splitlines() == ["Срочно", "звоните вечером", "нет", "bottles: 5"]


def test_a_button_pressed_twice_is_one_entry_and_the_same_wish_later_is_another(
    desk: Desk,
) -> None:
    fields = {"name": "Анна", "tel": PHONE}
    likeness = fingerprint(fields)
    for seconds in (0, 30, 50, 70):
        desk.later(seconds=seconds)
        desk.form(**fields)
    desk.execute("UPDATE hub.inbox SET likeness = :likeness", likeness=likeness)
    handle_inbox(desk.hub)
    assert desk.states() == ["done"] * 4
    moments = [row.at for row in desk.rows(ENTRIES)]
    since_first = [(one - moments[0]).total_seconds() for one in moments]
    assert since_first == [0, 80, 150]


def test_handled_again_it_is_the_same_entry(desk: Desk) -> None:
    number = desk.form(name="Анна", tel=PHONE)
    handle_inbox(desk.hub)
    with desk.engine.begin() as connection:
        assert inbox.reopen(connection, number=number) == [number]
    handle_inbox(desk.hub)
    assert len(desk.rows(ENTRIES)) == 1


def test_a_form_of_windows_1251_and_one_in_json_are_read(desk: Desk) -> None:
    old = {"content-type": "application/x-www-form-urlencoded; charset=windows-1251"}
    desk.arrive("form", "order", headers=old, body=b"name=%C0%ED%ED%E0")
    new = {"content-type": "application/json"}
    desk.arrive("form", "order", headers=new, body='{"name": "Анна", "n": 5}'.encode())
    handle_inbox(desk.hub)
    assert [row.name for row in desk.rows(ENTRIES)] == ["Анна", "Анна"]


def test_sql_and_script_in_every_field_are_kept_as_words(desk: Desk) -> None:
    nasty = "'); DROP TABLE crm.client; -- <script>alert(1)</script>\x00"
    desk.form(name=nasty, tel=nasty, email=nasty, comment=nasty, **{nasty: nasty})
    assert handle_inbox(desk.hub)["handled"] == 1
    assert desk.one(ENTRIES).name == nasty.replace("\x00", "")
