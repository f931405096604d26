"""Rows that go in together: their references are looked up at once, and nothing else is waived."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from provodka.connectors.crm_store.merge import append
from provodka.connectors.crm_store.references import looked_up
from provodka.connectors.crm_store.tables.clients import client, contact
from provodka.foundation.identifiers import uuid7

ROLE = text("SHOW session_replication_role")
NOBODY = UUID(int=7)
OWN_TRIGGER = """
    CREATE TABLE crm.noticed (id uuid);
    CREATE FUNCTION crm.notice() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO crm.noticed VALUES (NEW.id); RETURN NEW; END';
    CREATE TRIGGER own AFTER INSERT ON crm.contact FOR EACH ROW EXECUTE FUNCTION crm.notice();
"""


def a_client(connection: Connection) -> UUID:
    key = uuid7()
    append(connection, client, ("id", "name"), [(key, "Клиент")])
    return key


def write_contact(connection: Connection, of: UUID, parents: dict[str, set[UUID]]) -> str:
    """Write one contact in the block; returns the role that was in force there."""
    with looked_up(connection, [contact], parents):
        role: Any = connection.execute(ROLE).scalar_one()
        append(connection, contact, ("id", "client_id", "name"), [(uuid7(), of, "Контакт")])
    return str(role)


def test_known_parents_are_looked_up_once_and_the_rows_are_journaled(store: Engine) -> None:
    with store.begin() as connection:
        key = a_client(connection)
        assert write_contact(connection, key, {"client": {key}}) == "replica"
        assert connection.execute(ROLE).scalar_one() == "origin"
        journaled = text("SELECT count(*) FROM hub.delta WHERE kind = 'contact'")
        assert connection.execute(journaled).scalar_one() == 1


def test_a_parent_that_is_not_there_is_refused_by_the_foreign_key(store: Engine) -> None:
    with pytest.raises(Exception, match="fk_contact_client_id"), store.begin() as connection:
        write_contact(connection, NOBODY, {"client": {NOBODY}})


def test_a_trigger_that_somebody_has_added_is_not_passed_over(store: Engine) -> None:
    with store.begin() as connection:
        connection.execute(text(OWN_TRIGGER))
        key = a_client(connection)
        assert write_contact(connection, key, {"client": {key}}) == "origin"
        assert connection.execute(text("SELECT count(*) FROM crm.noticed")).scalar_one() == 1


def test_a_role_without_the_right_writes_with_the_foreign_keys_on(store: Engine) -> None:
    with store.begin() as connection:
        key = a_client(connection)
        connection.execute(text("CREATE ROLE plain_hub"))
        connection.execute(text("GRANT USAGE ON SCHEMA crm, hub TO plain_hub"))
        connection.execute(text("GRANT ALL ON ALL TABLES IN SCHEMA crm, hub TO plain_hub"))
        connection.execute(text("SET LOCAL ROLE plain_hub"))
        assert write_contact(connection, key, {"client": {key}}) == "origin"
        connection.execute(text("RESET ROLE"))
        connection.execute(text("DROP OWNED BY plain_hub"))
        connection.execute(text("DROP ROLE plain_hub"))


def test_afterwards_a_wrong_reference_is_refused_as_always(store: Engine) -> None:
    with store.begin() as connection:
        key = a_client(connection)
        write_contact(connection, key, {"client": {key}})
    statement = text("INSERT INTO crm.contact (client_id, name) VALUES (:key, 'Чужой')")
    with pytest.raises(IntegrityError, match="fk_contact_client_id"), store.begin() as connection:
        connection.execute(statement, {"key": uuid7()})
