"""A person is erased wherever the store speaks of them, nobody else is, and they stay erased."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.databases import copied
from tests.flow.web_people.erasure_desk import erased, hub_on, lines, one
from tests.flow.web_people.planted import (
    ABOUT_STAFF,
    EMAIL,
    NAME,
    NOT_TEXT,
    OLD_PHONE,
    PHONE,
    SAID,
    TRACES,
    person,
    plant,
)

from provodka.connectors.crm_store import bindings
from provodka.connectors.crm_store.bindings import Binding
from provodka.connectors.crm_store.engine import open_engine
from provodka.connectors.crm_store.people_holdings import BESIDES
from provodka.connectors.crm_store.people_places import PLACES
from provodka.connectors.crm_store.people_subject import by_client, by_traits
from provodka.connectors.crm_store.people_sweep import mentions
from provodka.connectors.crm_store.people_wiping import documents_of
from provodka.connectors.crm_store.tables import metadata
from provodka.flows.hub import Hub
from provodka.flows.people.erasing import erase
from provodka.foundation.errors import AmbiguousMatch, DocumentError


def test_a_person_in_every_text_of_every_table_is_gone_from_a_full_dump(
    server: str, template: str, tmp_path: Path
) -> None:
    with copied(server, template) as url:
        store = open_engine(url, name="test")
        with store.begin() as connection:
            client = person(connection)
            planted = plant(connection, client)
        assert set(planted) == set(metadata.tables) - ABOUT_STAFF - NOT_TEXT.keys()
        before = {line.partition(":")[0] for line in lines(store)}
        assert len(before) > 100
        hub = hub_on(store, tmp_path)
        with store.connect() as connection:
            subject = by_client(connection, client)
        rehearsed = erase(hub, subject, by="anna", client=client)
        assert {line.partition(":")[0] for line in lines(store)} == before
        done = erased(hub, client)
        assert lines(store) == []
        assert done.counts == rehearsed.counts
        again = erased(hub, client)
        assert (again.counts, again.certificate) == ({}, done.certificate)
        store.dispose()


def test_every_kind_of_document_of_a_client_has_its_place() -> None:
    of_clients = {
        table.name
        for table in metadata.tables.values()
        if table.schema == "crm" and "client_id" in table.columns
    }
    assert of_clients - {place.kind for place in PLACES} == set(BESIDES)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.kind)
def test_what_is_emptied_may_be_empty(place: Any) -> None:
    columns = metadata.tables[f"crm.{place.kind}"].columns
    bare = [name for name, value in place.wiped.items() if value is None]
    assert [name for name in bare if not columns[name].nullable] == []


def test_sums_and_links_of_documents_stay(erasing: Hub) -> None:
    with erasing.engine.begin() as connection:
        client = person(connection)
        key = one(
            connection,
            "INSERT INTO crm.invoice (client_id, date, amount, comment)"
            " VALUES (:client, '2026-11-01', 1234.50, :said) RETURNING id",
            client=client,
            said=SAID,
        )
    erased(erasing, client)
    with erasing.engine.connect() as connection:
        query = text("SELECT client_id, amount, comment FROM crm.invoice WHERE id = :key")
        row = connection.execute(query, {"key": key}).one()
    assert (row.client_id, str(row.amount), row.comment) == (client, "1234.50", None)


def test_a_neighbour_with_the_same_phone_or_name_stays_whole(erasing: Hub) -> None:
    with erasing.engine.begin() as connection:
        client = person(connection)
        neighbour = one(
            connection,
            "INSERT INTO crm.client (name, kind, phone, email) VALUES (:name, 'individual', :phone,"
            " 'other@example.ru') RETURNING id",
            name=NAME,
            phone=PHONE,
        )
    done = erased(erasing, client)
    assert set(done.shared) == {"names", "phones"}
    with erasing.engine.connect() as connection:
        query = text("SELECT name, phone, email FROM crm.client WHERE id = :key")
        kept = connection.execute(query, {"key": neighbour}).one()
        gone = connection.execute(query, {"key": client}).one()
    assert tuple(kept) == (NAME, PHONE, "other@example.ru")
    assert tuple(gone) == ("стерто", None, None)


def test_what_1c_says_of_them_later_is_not_taken_back(erasing: Hub) -> None:
    with erasing.engine.begin() as connection:
        client = person(connection)
        agreed = {"name": NAME, "phone": PHONE}
        bindings.save(connection, Binding("onec", "client", "k", client, "1", agreed))
    erased(erasing, client)
    with erasing.engine.begin() as connection:
        change = text("UPDATE crm.client SET name = :name, email = :email WHERE id = :key")
        connection.execute(change, {"name": NAME, "email": EMAIL, "key": client})
        bindings.save(connection, Binding("onec", "client", "k", client, "2", agreed))
    assert lines(erasing.engine) == []
    with erasing.engine.connect() as connection:
        kept = bindings.find(connection, "onec", "client", client)
    assert kept is not None
    assert kept.external_version == "2"


def test_nobody_hears_of_an_erasure_and_no_letter_goes_after_it(erasing: Hub) -> None:
    with erasing.engine.begin() as connection:
        client = person(connection)
        letter = one(
            connection,
            "INSERT INTO crm.message (client_id, direction, status, recipient, text)"
            " VALUES (:client, 'outgoing', 'queued', :email, 'здравствуйте') RETURNING id",
            client=client,
            email=EMAIL,
        )
        connection.execute(
            text(
                "INSERT INTO hub.outbox (key, target, operation, kind, document)"
                " VALUES ('letter', 'mail', 'letter.send', 'message', :letter)"
            ),
            {"letter": letter},
        )
        last = one(connection, "SELECT max(id) FROM hub.delta")
    erased(erasing, client)
    with erasing.engine.connect() as connection:
        told = "SELECT count(*) FROM hub.delta WHERE id > :last"
        assert one(connection, told, last=last) == 0
        assert one(connection, "SELECT state FROM hub.outbox") == "dropped"


def test_reading_the_whole_store_keeps_no_reader_of_the_journal_waiting(erasing: Hub) -> None:
    with erasing.engine.begin() as connection:
        client = person(connection)
    with erasing.engine.connect() as connection:
        subject = by_client(connection, client)
        documents = documents_of(connection, subject)
        found = mentions(connection, subject.traits)
        assert one(connection, "SELECT pg_current_xact_id_if_assigned()") is None
    assert documents["client"] == [client]
    assert {each.texts.name for each in found} >= {"crm.client", "hub.delta"}


def test_a_former_phone_is_found_in_what_others_wrote(erasing: Hub) -> None:
    with erasing.engine.begin() as connection:
        client = person(connection)
        connection.execute(
            text("INSERT INTO crm.task (subject) VALUES (:said)"),
            {"said": f"перезвонить по старому {OLD_PHONE}"},
        )
    erased(erasing, client)
    with erasing.engine.connect() as connection:
        assert one(connection, "SELECT subject FROM crm.task") == "перезвонить по старому стерто"


def test_somebody_of_a_company_goes_and_the_company_stays(erasing: Hub) -> None:
    with erasing.engine.begin() as connection:
        company = one(
            connection,
            "INSERT INTO crm.client (name, phone) VALUES ('ООО «Гавань»', '+74951234567')"
            " RETURNING id",
        )
        connection.execute(
            text("INSERT INTO crm.contact (client_id, name, email) VALUES (:key, :name, :email)"),
            {"key": company, "name": NAME, "email": EMAIL},
        )
        with pytest.raises(DocumentError, match="организация"):
            by_client(connection, company)
        subject = by_traits(connection, email=EMAIL.upper())
    erase(erasing, subject, by="anna", apply=True)
    assert lines(erasing.engine) == []
    with erasing.engine.connect() as connection:
        kept = connection.execute(text("SELECT name, phone FROM crm.client")).one()
    assert tuple(kept) == ("ООО «Гавань»", "+74951234567")


def test_a_phone_of_several_clients_is_a_question(erasing: Hub) -> None:
    with erasing.engine.begin() as connection:
        person(connection)
        connection.execute(
            text(
                "INSERT INTO crm.client (name, kind, phone) VALUES ('Петр', 'individual', :phone)"
            ),
            {"phone": PHONE},
        )
        with pytest.raises(AmbiguousMatch):
            by_traits(connection, phone=PHONE)


def test_the_certificate_says_what_and_not_whom(erasing: Hub) -> None:
    with erasing.engine.begin() as connection:
        client = person(connection)
    done = erased(erasing, client)
    with erasing.engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM hub.erasure")).one()
    assert (row.id, row.client_id, row.by, row.basis) == (
        done.certificate,
        client,
        "anna",
        "обращение 7",
    )
    assert row.counts["crm.client"] == 1
    assert not TRACES.search(str(row))


def test_nothing_is_certified_where_there_was_nothing(erasing: Hub) -> None:
    with erasing.engine.connect() as connection:
        subject = by_traits(connection, phone="+79990000000")
    done = erase(erasing, subject, by="anna", apply=True)
    assert (done.counts, done.certificate) == ({}, None)
