"""All that the store holds about a person, as it is, for the person (152-ФЗ, art. 14)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store.people_subject import Subject
from provodka.connectors.crm_store.tables import metadata

__all__ = ["BESIDES", "holdings", "past"]

BESIDES = ("consent", "price", "settlement_balance")
"""Documents of a client without a word about the person; they are told and stay."""
RELATED = {
    "bindings": """
        SELECT system, kind, external_key, document, agreed_at FROM hub.binding
        WHERE document = ANY(CAST(:documents AS uuid[])) ORDER BY system, kind
    """,
    "errands": """
        SELECT target, operation, kind, document, state, payload, created_at, settled_at
        FROM hub.outbox WHERE document = ANY(CAST(:documents AS uuid[])) ORDER BY id
    """,
    "arrivals": """
        SELECT door, system, received_at, state, query, pg_temp.readable(body) AS body
        FROM hub.inbox WHERE document = ANY(CAST(:documents AS uuid[])) ORDER BY id
    """,
    "bank": """
        SELECT number, date, direction, amount, party_name, party_inn, purpose
        FROM hub.bank_document WHERE payment_id = ANY(CAST(:documents AS uuid[])) ORDER BY id
    """,
    "visitors": """
        SELECT site, visitor, known_by, seen_at FROM hub.visitor
        WHERE client_id = ANY(CAST(:documents AS uuid[]))
    """,
    "seen_by": """
        SELECT a.at, p.name AS who, a.what, a.kind, a.document FROM hub.audit a
        LEFT JOIN hub.person p ON p.id = a.person_id
        WHERE a.document = ANY(CAST(:documents AS uuid[])) ORDER BY a.id
    """,
}
PAST = text("""
    SELECT at, kind, document, part, op, before, after, origin FROM hub.delta
    WHERE document = ANY(CAST(:documents AS uuid[])) ORDER BY hub.delta.xid, id
""")
Rows = Sequence[Mapping[str, Any]]


def holdings(
    connection: Connection, subject: Subject, documents: Mapping[str, Collection[UUID]]
) -> Mapping[str, Rows]:
    """Documents by kind, whole, with their lines; what is remembered about them elsewhere.

    Call after `people_wiping.prepare`.
    """
    found: dict[str, Rows] = {}
    for kind, keys in documents.items():
        found[kind] = _rows(connection, f'crm."{kind}"', "id", keys)
        for part in _parts(kind):
            found[part] = _rows(connection, f"crm.{part}", f"{kind}_id", keys)
    for kind in BESIDES:
        found[kind] = _rows(connection, f"crm.{kind}", "client_id", subject.clients)
    every = {"documents": [key for keys in documents.values() for key in keys]}
    for name, query in RELATED.items():
        found[name] = [dict(row._mapping) for row in connection.execute(text(query), every)]
    return {name: rows for name, rows in found.items() if rows}


def past(connection: Connection, documents: Mapping[str, Collection[UUID]]) -> Rows:
    """Every change of these documents, oldest first, with who made it."""
    every = {"documents": [key for keys in documents.values() for key in keys]}
    return [dict(row._mapping) for row in connection.execute(PAST, every)]


def _rows(connection: Connection, table: str, key: str, keys: Collection[UUID]) -> Rows:
    query = text(f"SELECT to_jsonb(t) FROM {table} t WHERE {key} = ANY(CAST(:keys AS uuid[]))")
    return list(connection.scalars(query, {"keys": list(keys)}))


def _parts(kind: str) -> list[str]:
    return [
        table.name
        for table in metadata.tables.values()
        if (of := table.info.get("journal")) and of[0] == kind and of[1]
    ]
