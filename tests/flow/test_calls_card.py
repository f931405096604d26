"""The caller's card: whoever has the number, the latest contact first, with what is open."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, text
from tests.flow.calls_desk import NOON, calls_store, insert, kept_store

from provodka.dashboards.insight.caller import Card, caller_card

__all__ = ["calls_store", "kept_store"]

PHONE = "+79990000001"


def card(store: Engine, number: str = "8 (999) 000-00-01") -> Card:
    with store.connect() as connection:
        return caller_card(connection, number, internal_lengths={3})


def names(found: Card) -> list[str]:
    return [one.name for one in found.clients]


@pytest.mark.requirement("R67", "R85")
def test_the_card_tells_who_calls_what_is_open_and_who_looks_after_them(
    calls_store: Engine,
) -> None:
    manager = insert(calls_store, "employee", name="Котов К. К.", extension="101")
    courier = insert(calls_store, "employee", name="Псов П. П.", role="courier")
    client = insert(calls_store, "client", name="ООО Ромашка", phone=PHONE, responsible_id=manager)
    deal = insert(
        calls_store, "deal", title="Вода", client_id=client, kind="unstaged", amount=500,
        responsible_id=manager,
    )  # fmt: skip
    insert(calls_store, "deal", title="Старая", client_id=client, kind="unstaged", status="won")
    insert(
        calls_store, "task", subject="Доставка", kind="delivery", deal_id=deal, due_at=NOON,
        executor_id=courier,
    )  # fmt: skip
    insert(calls_store, "task", subject="Позвонить", kind="call", deal_id=deal)
    insert(calls_store, "interaction", client_id=client, kind="call", status="done", at=NOON)
    [found] = card(calls_store).clients
    assert (found.name, found.responsible, found.last_contact) == (
        "ООО Ромашка", "Котов К. К.", NOON,
    )  # fmt: skip
    assert [(one.title, one.amount) for one in found.deals] == [("Вода", Decimal(500))]
    assert [(one.subject, one.courier) for one in found.deliveries] == [("Доставка", "Псов П. П.")]


@pytest.mark.requirement("R67")
def test_of_several_clients_on_one_number_the_latest_contact_comes_first(
    calls_store: Engine,
) -> None:
    for name, days in (("Давний", 30), ("Недавний", 1), ("Прошлый", 7)):
        key = insert(calls_store, "client", name=name, phone=PHONE)
        at = NOON - timedelta(days=days)
        insert(calls_store, "interaction", client_id=key, kind="call", status="done", at=at)
    insert(calls_store, "client", name="Новый", phone=PHONE)
    assert names(card(calls_store)) == ["Недавний", "Прошлый", "Давний", "Новый"]


def test_a_contact_s_number_leads_to_the_client_and_names_the_person(calls_store: Engine) -> None:
    client = insert(calls_store, "client", name="ООО Ромашка", phone="+79990000009")
    insert(calls_store, "contact", client_id=client, name="Анна", position="Бухгалтер", phone=PHONE)
    [found] = card(calls_store).clients
    assert (found.name, found.contact, found.position) == ("ООО Ромашка", "Анна", "Бухгалтер")


def test_the_number_of_a_client_who_was_merged_leads_to_the_one_who_stayed(
    calls_store: Engine,
) -> None:
    kept = insert(calls_store, "client", name="Остался", phone="+79990000009")
    gone = insert(calls_store, "client", name="Ушел", phone=PHONE)
    with calls_store.begin() as connection:
        query = "UPDATE crm.client SET merged_into_id = :kept, deleted_at = now() WHERE id = :gone"
        connection.execute(text(query), {"kept": kept, "gone": gone})
    assert names(card(calls_store)) == ["Остался"]


def test_who_was_deleted_is_nobody(calls_store: Engine) -> None:
    client = insert(calls_store, "client", name="Ушел", phone=PHONE, deleted_at=NOON)
    insert(calls_store, "contact", client_id=client, name="Анна", phone=PHONE)
    assert not card(calls_store).known


def test_duplicates_of_the_caller_are_shown_unless_a_person_told_them_apart(
    calls_store: Engine,
) -> None:
    first, second, third = sorted(
        insert(calls_store, "client", name=name, phone=phone)
        for name, phone in (("А", PHONE), ("Б", None), ("В", None))
    )
    with calls_store.begin() as connection:
        for other, score in ((second, 90), (third, 60)):
            connection.execute(
                text("INSERT INTO hub.duplicate (first, second, score, reasons)"
                     " VALUES (:first, :second, :score, '[]')"),
                {"first": first, "second": other, "score": score},
            )  # fmt: skip
        connection.execute(
            text("INSERT INTO hub.client_apart (first, second, who) VALUES (:a, :b, 'person:x')"),
            {"a": first, "b": third},
        )
    [found] = card(calls_store).clients
    assert [(one.name, one.score) for one in found.twins] == [("Б", 90)]


def test_an_extension_is_a_colleague_and_a_hidden_number_is_nobody(calls_store: Engine) -> None:
    insert(calls_store, "employee", name="Котов К. К.", extension="101")
    assert card(calls_store, "101").employee == "Котов К. К."
    hidden = card(calls_store, "anonymous")
    assert (hidden.hidden, hidden.known) == (True, False)


def test_a_stranger_s_number_is_told_in_full_so_that_a_client_can_be_made(
    calls_store: Engine,
) -> None:
    assert card(calls_store, "8 999 000-00-01 доб. 12") == Card(PHONE)
