"""Snapshots from before deletions were agreed on three ways."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from alembic import command
from sqlalchemy import Engine, text

from provodka.connectors.crm_store import bindings, journal, schema
from provodka.connectors.crm_store.bindings import Binding
from provodka.foundation.identifiers import uuid7
from provodka.mappings.tombstones import was_deleted

DELIVERED = text(
    "INSERT INTO hub.outbox (key, target, operation, kind, document, state, intent_at)"
    " VALUES (:key, 'onec', 'push', 'client', :id, 'delivered', now() + interval '1 s')"
)


def buried(store: Engine, origin: str, *, sent: bool = False) -> UUID:
    """A client that 1C has, deleted by somebody."""
    key = uuid7()
    values = {"id": key, "key": f"test:{key}"}
    with store.begin() as connection:
        insert = "INSERT INTO crm.client (id, name, kind) VALUES (:id, 'А', 'legal_entity')"
        connection.execute(text(insert), values)
        bindings.save(connection, Binding("onec", "client", str(key), key, "1", {"name": "А"}))
    with store.begin() as connection:
        journal.attribute(connection, origin)
        delete = "UPDATE crm.client SET deleted_at = now() WHERE id = :id"
        connection.execute(text(delete), values)
        if sent:
            connection.execute(DELIVERED, values)
    return key


def migrated(store: Engine, to: str) -> None:
    config = schema._config()
    with store.begin() as connection:
        config.attributes["connection"] = connection
        (command.upgrade if to == "head" else command.downgrade)(config, to)


def test_a_deletion_was_agreed_on_if_1c_made_it_or_was_told_of_it(store: Engine) -> None:
    clients = [
        buried(store, "onec"),
        buried(store, "person:Котов", sent=True),
        buried(store, "person:Котов"),
    ]

    def snapshots() -> list[Any]:
        with store.connect() as connection:
            found = [bindings.find(connection, "onec", "client", key) for key in clients]
        return [one.snapshot for one in found if one]

    migrated(store, "0013")
    assert snapshots() == [{"name": "А"}] * 3
    migrated(store, "head")
    assert [was_deleted(one) for one in snapshots()] == [True, True, False]
    assert [one["name"] for one in snapshots()] == ["А"] * 3
    migrated(store, "0013")
    assert snapshots() == [{"name": "А"}] * 3
    migrated(store, "head")
