"""Two clients become one, and two again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, MetaData, text

from provodka.connectors.crm_store import bindings, journal, merges
from provodka.connectors.crm_store.bindings import Binding
from provodka.connectors.crm_store.tables import metadata
from provodka.connectors.crm_store.tables.columns import document, lines, ref
from provodka.flows.clients.merging import merge
from provodka.flows.clients.references import references_to
from provodka.flows.clients.undoing import unmerge
from provodka.foundation.errors import DocumentError
from provodka.foundation.identifiers import uuid7

INN = "7707083893"
AT = "2026-11-02T10:00:00+03:00"
PRICE = {"product_id": UUID(int=1), "amount": 10, "valid_from": "2026-11-02"}
REFERRING: dict[str, dict[str, Any]] = {
    "contact": {"name": "Котов"},
    "price": PRICE,
    "contract": {"name": "Договор 1"},
    "delivery_point": {"address": "Тверь, Садовая 1"},
    "deal": {"title": "Вода", "kind": "unstaged"},
    "task": {"subject": "Позвонить"},
    "interaction": {"at": AT},
    "proposal": {},
    "invoice": {},
    "payment": {},
    "shipment": {},
    "settlement_balance": {"as_of": AT},
    "call": {"source": "office", "call_key": "1", "started_at": AT},
    "message": {},
    "signal": {"name": "manual", "key": "1", "kind": "client"},
    "visit": {"at": AT},
    "form_entry": {},
    "order": {},
    "delivery": {},
    "returnable": {"product_id": PRICE["product_id"], "quantity": 1},
    "consent": {"purpose": "mail_opens"},
    "messenger_account": {"messenger": "telegram", "account": "1"},
}


@pytest.fixture
def connection(store: Engine) -> Iterator[Connection]:
    with store.begin() as opened:
        journal.attribute(opened, "person:Котов")
        insert(opened, "product", id=PRICE["product_id"], name="Вода")
        yield opened


def insert(connection: Connection, table: str, **values: Any) -> UUID:
    key: UUID = values.setdefault("id", uuid7())
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO crm.{table} ({names}) VALUES ({marks})"), values)
    return key


def row(connection: Connection, table: str, key: UUID) -> Any:
    query = text(f"SELECT * FROM crm.{table} WHERE id = :key")
    return connection.execute(query, {"key": key}).first()


def everything(connection: Connection) -> dict[str, Any]:
    """All documents and all bindings."""
    tables = [*(t.fullname for t in metadata.tables.values() if t.schema == "crm"), "hub.binding"]
    queries = ((name, f"SELECT to_jsonb(t)::text FROM {name} t ORDER BY 1") for name in tables)
    return {name: list(connection.scalars(text(query))) for name, query in queries}


def pair(connection: Connection, **of_dropped: Any) -> tuple[UUID, UUID]:
    kept = insert(connection, "client", name="ООО Ромашка", phone="+79990000001")
    values = {"name": "Ромашка ООО", "phone": "+79990000002", "email": "a@x.example", **of_dropped}
    return kept, insert(connection, "client", **values)


@pytest.mark.requirement("R76")
def test_everything_that_referred_to_the_dropped_client_refers_to_the_kept_one(
    connection: Connection,
) -> None:
    kept, dropped = pair(connection)
    made = {
        table: insert(connection, table, client_id=dropped, **values)
        for table, values in REFERRING.items()
    }
    known = {one.table.name for one in references_to("client")} - {"client"}
    assert known == set(REFERRING), "a new table: say how a row of it looks"
    done = merge(connection, kept, dropped, "Орлова")
    assert {table: row(connection, table, key).client_id for table, key in made.items()} == (
        dict.fromkeys(REFERRING, kept)
    )
    assert dict(done.moved) == dict.fromkeys(REFERRING, 1)


def test_a_table_that_will_be_added_follows_by_its_declared_foreign_key(
    connection: Connection,
) -> None:
    declared = MetaData()
    for name in ("employee", "department", "client"):
        metadata.tables[f"crm.{name}"].to_metadata(declared)
    card = document("card", "Карты", ref("client_id", "client", "Клиент")).to_metadata(declared)
    row_of = lines("card_gifts", "card", "Подарки", ref("for_id", "client", "Кому"))
    gifts = row_of.to_metadata(declared)
    for table in (row_of, metadata.tables["crm.card"]):
        metadata.remove(table)
    for table in (card, gifts):
        table.create(connection)
        of = "'{}', '{}', '{}'".format(*table.info["journal"])
        connection.execute(text(f"CALL hub.keep_journal('{table.fullname}', {of})"))
    kept, dropped = pair(connection)
    key = insert(connection, "card", client_id=dropped)
    given = {"card": key, "client": dropped}
    connection.execute(text("INSERT INTO crm.card_gifts VALUES (:card, 1, :client)"), given)
    gift = text("SELECT for_id FROM crm.card_gifts")
    done = merge(connection, kept, dropped, "Орлова", declared)
    assert row(connection, "card", key).client_id == kept
    assert connection.execute(gift).scalar_one() == kept
    assert done.moved["card"] == done.moved["card_gifts"] == 1
    unmerge(connection, done.number, "Орлова")
    assert row(connection, "card", key).client_id == dropped
    assert connection.execute(gift).scalar_one() == dropped


def test_the_kept_clients_fields_win_and_its_empty_ones_are_filled(connection: Connection) -> None:
    kept, dropped = pair(connection, inn=INN, kpp="770701001", source="Сайт")
    done = merge(connection, kept, dropped, "Орлова")
    now = row(connection, "client", kept)
    assert (now.name, now.phone) == ("ООО Ромашка", "+79990000001")
    assert (now.inn, now.kpp, now.email, now.source) == (INN, "770701001", "a@x.example", "Сайт")
    assert dict(done.differing) == {
        "name": ("ООО Ромашка", "Ромашка ООО"),
        "phone": ("+79990000001", "+79990000002"),
    }


def test_a_kpp_of_another_inn_is_not_taken(connection: Connection) -> None:
    kept = insert(connection, "client", name="Ромашка", inn="500100732259")
    dropped = insert(connection, "client", name="Ромашка", inn=INN, kpp="770701001")
    merge(connection, kept, dropped, "Орлова")
    assert row(connection, "client", kept).kpp is None


def test_the_second_telephone_stays_reachable_as_a_contact(connection: Connection) -> None:
    kept, dropped = pair(connection)
    done = merge(connection, kept, dropped, "Орлова")
    query = text("SELECT phone, email FROM crm.contact WHERE client_id = :kept")
    assert list(connection.execute(query, {"kept": kept})) == [("+79990000002", None)]
    assert done.carried == ("+79990000002",)


def test_addresses_of_two_individuals_become_points_of_one_each_once(
    connection: Connection,
) -> None:
    people = [
        insert(connection, "client", name="Котов", kind="individual", delivery_address=address)
        for address in ("Садовая 1", "Лесная 2", "Садовая 1")
    ]
    for other in people[1:]:
        merge(connection, people[0], other, "Орлова")
    points = text("SELECT address FROM crm.delivery_point WHERE client_id = :kept"
                  " AND deleted_at IS NULL ORDER BY 1")  # fmt: skip
    assert list(connection.scalars(points, {"kept": people[0]})) == ["Лесная 2", "Садовая 1"]
    connection.execute(text("UPDATE crm.client SET source = 'Сайт'"))
    of_others = text("SELECT count(*) FROM crm.delivery_point WHERE client_id <> :kept")
    assert connection.execute(of_others, {"kept": people[0]}).scalar_one() == 0


@pytest.mark.requirement("R76", "R77")
def test_taken_back_a_merge_leaves_every_table_as_it_was(connection: Connection) -> None:
    kept, dropped = pair(
        connection, inn=INN, kpp="770701001", kind="individual", delivery_address="Лесная 2"
    )
    older = insert(connection, "client", name="Ромашка, старая")
    merge(connection, dropped, older, "Орлова")
    for table, values in REFERRING.items():
        insert(connection, table, client_id=dropped, **values)
    bindings.save(connection, Binding("onec", "client", "EXT-D", dropped, "1", {"name": "Д"}))
    before = everything(connection)
    done = merge(connection, kept, dropped, "Орлова")
    assert everything(connection) != before
    undone = unmerge(connection, done.number, "Котов")
    assert everything(connection) == before
    assert not undone.left


def test_what_was_changed_since_the_merge_stays_when_it_is_taken_back(
    connection: Connection,
) -> None:
    kept, dropped = pair(connection, inn=INN)
    third = insert(connection, "client", name="Третий")
    deals = [insert(connection, "deal", client_id=dropped, **REFERRING["deal"]) for _n in "ab"]
    done = merge(connection, kept, dropped, "Орлова")
    given = {"third": third, "deal": deals[0], "kept": kept}
    connection.execute(text("UPDATE crm.deal SET client_id = :third WHERE id = :deal"), given)
    connection.execute(text("UPDATE crm.client SET email = 'b@x.example' WHERE id = :kept"), given)
    undone = unmerge(connection, done.number, "Котов")
    assert row(connection, "deal", deals[0]).client_id == third
    assert row(connection, "deal", deals[1]).client_id == dropped
    now = row(connection, "client", kept)
    assert (now.email, now.inn) == ("b@x.example", None)
    assert undone.left["deal"] == 1


def test_a_rehearsal_says_what_a_merge_does_and_leaves_nothing(store: Engine) -> None:
    with store.begin() as connection:
        kept, dropped = pair(connection, inn=INN)
        insert(connection, "deal", client_id=dropped, **REFERRING["deal"])
        before = everything(connection)
    with store.connect() as connection:
        rehearsed = merge(connection, kept, dropped, "Орлова")
        connection.rollback()
        assert everything(connection) == before
    with store.begin() as connection:
        done = merge(connection, kept, dropped, "Орлова")
    assert (rehearsed.moved, rehearsed.filled) == (done.moved, done.filled)


def test_the_journal_names_the_person_on_every_row(store: Engine) -> None:
    with store.begin() as connection:
        kept, dropped = pair(connection)
        insert(connection, "deal", client_id=dropped, **REFERRING["deal"])
    with store.begin() as connection:
        merge(connection, kept, dropped, "Орлова")
        told = text("SELECT DISTINCT origin FROM hub.delta WHERE xid = pg_current_xact_id()")
        assert list(connection.scalars(told)) == ["person:Орлова"]


def test_references_to_the_dropped_counterpart_lead_to_the_kept_client_through_a_chain(
    connection: Connection,
) -> None:
    clients = [insert(connection, "client", name=f"Клиент {number}") for number in range(3)]
    for number, key in enumerate(clients):
        bindings.save(connection, Binding("onec", "client", f"EXT-{number}", key))
    merge(connection, clients[1], clients[0], "Орлова")
    merge(connection, clients[2], clients[1], "Орлова")
    keys = [("client", f"EXT-{number}") for number in range(3)]
    assert set(bindings.documents(connection, "onec", keys).values()) == {clients[2]}
    assert bindings.find(connection, "onec", "client", clients[0]), "its own binding is kept"
    led = merges.dropped_keys(connection, "onec")
    assert {key: len(passed) for key, passed in led.items()} == {keys[0]: 2, keys[1]: 1}


def test_a_counterpart_passes_to_a_kept_client_that_has_none(connection: Connection) -> None:
    kept, dropped = pair(connection)
    bindings.save(connection, Binding("onec", "client", "EXT-D", dropped))
    done = merge(connection, kept, dropped, "Орлова")
    bound = bindings.find(connection, "onec", "client", kept)
    assert bound
    assert (bound.external_key, done.bindings) == ("EXT-D", ("onec EXT-D",))


@pytest.mark.parametrize("which", [0, 1])
def test_a_client_in_conflict_is_refused_in_words(connection: Connection, which: int) -> None:
    both = pair(connection)
    given = {"document": both[which]}
    connection.execute(
        text("INSERT INTO hub.conflict (stream, kind, document, field)"
             " VALUES ('onec:client', 'client', :document, 'inn')"), given)  # fmt: skip
    with pytest.raises(DocumentError, match="открыт конфликт, поля: inn") as refusal:
        merge(connection, *both, "Орлова")
    assert refusal.value.code == "open_conflict"


@pytest.mark.parametrize("state", ["waiting", "sending", "unsure"])
def test_a_client_whose_errand_is_under_way_is_refused_in_words(
    connection: Connection, state: str
) -> None:
    both = pair(connection)
    given = {"document": both[1], "state": state}
    connection.execute(
        text("INSERT INTO hub.outbox (key, target, operation, kind, document, state)"
             " VALUES ('k', 'onec', 'push', 'client', :document, :state)"), given)  # fmt: skip
    with pytest.raises(DocumentError, match="еще отправляются, куда: 1С"):
        merge(connection, *both, "Орлова")


def test_neither_itself_nor_a_merged_nor_a_deleted_client_is_merged(
    connection: Connection,
) -> None:
    kept, dropped = pair(connection)
    third = insert(connection, "client", name="Третий", deleted_at=AT)
    with pytest.raises(DocumentError, match="назван дважды"):
        merge(connection, kept, kept, "Орлова")
    with pytest.raises(DocumentError, match="помечен удаленным"):
        merge(connection, kept, third, "Орлова")
    merge(connection, kept, dropped, "Орлова")
    with pytest.raises(DocumentError, match="уже объединен"):
        merge(connection, kept, dropped, "Орлова")


def test_merges_are_taken_back_from_the_last_and_once(connection: Connection) -> None:
    kept, dropped = pair(connection)
    third = insert(connection, "client", name="Третий")
    first = merge(connection, kept, dropped, "Орлова")
    second = merge(connection, third, kept, "Орлова")
    with pytest.raises(DocumentError, match=f"объединены еще раз: {second.number}"):
        unmerge(connection, first.number, "Орлова")
    unmerge(connection, second.number, "Орлова")
    unmerge(connection, first.number, "Орлова")
    with pytest.raises(DocumentError, match="уже отменено"):
        unmerge(connection, first.number, "Орлова")
