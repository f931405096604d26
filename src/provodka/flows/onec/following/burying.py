"""Documents that 1C has no more: marked deleted here, never removed, with what binds them kept."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, select, text

from provodka.connectors.crm_store import conflicts, journal, parked, quarantine
from provodka.connectors.crm_store.keys import listed
from provodka.connectors.crm_store.tables import hub
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.stored import table_of
from provodka.flows.onec.taking import stream_of
from provodka.mappings.compiled import Mapping
from provodka.mappings.tombstones import MARK

__all__ = ["REVIVED", "agree", "bury", "count_bound", "living"]

AGREE = text(
    "UPDATE hub.binding SET external_version = NULL,"
    " snapshot = (coalesce(snapshot::jsonb, '{}') || '{\"deleted_at\": true}')::json"
    " WHERE system = :system AND kind = :kind AND document = ANY(:documents)"
)


REVIVED = hub.binding.c.snapshot[MARK].as_boolean().is_(True)
"""Of a living document: both had agreed that it is deleted, and a person has restored it since."""


def living(connection: Connection, mapping: Mapping, keys: Sequence[str]) -> dict[str, UUID]:
    """Those of the keys whose documents are here and not marked deleted.

    One that a person has restored since its deletion was agreed on is left to that person.
    """
    if not keys:
        return {}
    table, binding = table_of(mapping), hub.binding
    rows = connection.execute(
        select(binding.c.external_key, binding.c.document)
        .join(table, table.c.id == binding.c.document)
        .where(
            binding.c.system == SYSTEM,
            binding.c.kind == mapping.kind,
            binding.c.external_key.in_(listed(keys)),
            table.c.deleted_at.is_(None),
            ~REVIVED,
        )
    )
    return {row.external_key: row.document for row in rows}


def count_bound(connection: Connection, mapping: Mapping) -> int:
    """How many documents of the kind have a counterpart in 1C."""
    found = connection.execute(
        text("SELECT count(*) FROM hub.binding WHERE system = :system AND kind = :kind"),
        {"system": SYSTEM, "kind": mapping.kind},
    )
    return int(found.scalar_one())


def bury(connection: Connection, mapping: Mapping, keys: Sequence[str]) -> int:
    """Mark the documents of these keys deleted; how many were not before.

    Whatever of them waited for a parent or for a person waits no longer; so does the question
    whether a deletion here stands. Both sides agree on the deletion from now on. The last seen
    version is forgotten, so that an object that comes back under its key is read anew.
    """
    found = living(connection, mapping, keys)
    documents = sorted(found.values(), key=str)
    disputed = _disputed(connection, mapping, keys)
    for document in disputed:
        conflicts.dissolve(connection, document, [MARK])
    journal.attribute(connection, SYSTEM)
    table = table_of(mapping).fullname
    done = connection.execute(
        text(
            f"UPDATE {table} SET deleted_at = now()"  # noqa: S608 - a declared table's name
            " WHERE id = ANY(:documents) AND deleted_at IS NULL"
        ),
        {"documents": documents},
    )
    agree(connection, mapping, [*documents, *disputed])
    parked.release(connection, stream_of(mapping), keys)
    quarantine.heal(connection, stream_of(mapping), keys)
    return done.rowcount


def agree(connection: Connection, mapping: Mapping, documents: Sequence[UUID]) -> None:
    """Remember that both sides have these documents no more."""
    given = {"system": SYSTEM, "kind": mapping.kind, "documents": list(documents)}
    connection.execute(AGREE, given)


def _disputed(connection: Connection, mapping: Mapping, keys: Sequence[str]) -> list[UUID]:
    """Those of the documents of these keys whose deletion here a person is asked about."""
    if not keys:
        return []
    binding, conflict = hub.binding, hub.conflict
    rows = connection.execute(
        select(binding.c.document)
        .join(conflict, conflict.c.document == binding.c.document)
        .where(
            binding.c.system == SYSTEM,
            binding.c.kind == mapping.kind,
            binding.c.external_key.in_(listed(keys)),
            conflict.c.field == MARK,
            conflict.c.resolved_at.is_(None),
        )
        .order_by(binding.c.document)
    )
    return list(rows.scalars())
