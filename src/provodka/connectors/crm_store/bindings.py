"""Which document here is which document there, one to one, and what both last agreed on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.engine import dump_json
from provodka.connectors.crm_store.keys import listed, listed_ids
from provodka.connectors.crm_store.tables.hub import binding

__all__ = [
    "Binding",
    "agreed_since",
    "any_of",
    "by_documents",
    "documents",
    "find",
    "save",
    "stale",
    "unbind",
    "versions",
]


STALE = text("""
    SELECT seen.key FROM jsonb_each_text(CAST(:versions AS jsonb)) seen
    LEFT JOIN LATERAL (
        SELECT b.external_version FROM hub.binding b
        WHERE b.system = :system AND b.kind = :kind AND b.external_key = seen.key LIMIT 1
    ) known ON true
    WHERE known.external_version IS DISTINCT FROM seen.value
""")
"""One key after another by the index, whatever the planner believes about a table just filled."""


@dataclass(frozen=True, slots=True)
class Binding:
    """`snapshot` is the last agreed state in the hub's own fields (JSON form)."""

    system: str
    kind: str
    external_key: str
    document: UUID
    external_version: str | None = None
    snapshot: Any = None


def _binding(row: Any) -> Binding:
    return Binding(
        row.system, row.kind, row.external_key, row.document, row.external_version, row.snapshot
    )


def documents(
    connection: Connection, system: str, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], UUID]:
    """Only the documents, by (kind, external key): what a page's references need.

    A client that was merged into another leads there.
    """
    wanted = list(keys)
    if not wanted:
        return {}
    rows = connection.execute(
        text(
            "SELECT b.kind, b.external_key, coalesce(m.merged_into_id, b.document)"
            " FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS text[])) w (kind, key)"
            " JOIN hub.binding b ON b.system = :system AND b.kind = w.kind"
            " AND b.external_key = w.key"
            " LEFT JOIN crm.client m ON m.merged_into_id IS NOT NULL"
            " AND m.id = b.document AND b.kind = 'client'"
        ),
        {
            "system": system,
            "kinds": [kind for kind, _key in wanted],
            "keys": [key for _kind, key in wanted],
        },
    )
    return {(kind, key): document for kind, key, document in rows}


def versions(
    connection: Connection, system: str, kind: str, keys: Sequence[str]
) -> dict[str, tuple[UUID, str | None]]:
    """The document and the last seen external version of each key that is bound."""
    rows = connection.execute(
        select(binding.c.external_key, binding.c.document, binding.c.external_version).where(
            binding.c.system == system,
            binding.c.kind == kind,
            binding.c.external_key.in_(listed(keys)),
        )
    )
    return {key: (document, version) for key, document, version in rows}


def stale(connection: Connection, system: str, kind: str, versions: Mapping[str, str]) -> set[str]:
    """Those of the keys that are not bound, or were last seen with another version than this."""
    if not versions:
        return set()
    given = {"versions": dump_json(versions), "system": system, "kind": kind}
    return set(connection.execute(STALE, given).scalars())


def any_of(connection: Connection, system: str, kind: str) -> bool:
    """Whether any document of this kind has a counterpart in that system."""
    bound = select(binding.c.document).where(binding.c.system == system, binding.c.kind == kind)
    return connection.execute(bound.limit(1)).first() is not None


def agreed_since(
    connection: Connection, system: str, kind: str, keys: Sequence[str], moment: datetime
) -> set[str]:
    """Those of the keys that were agreed on at that moment (of the database's clock) or later."""
    rows = connection.execute(
        select(binding.c.external_key).where(
            binding.c.system == system,
            binding.c.kind == kind,
            binding.c.external_key.in_(listed(keys)),
            binding.c.agreed_at >= moment,
        )
    )
    return set(rows.scalars())


def by_documents(
    connection: Connection, system: str, documents: Sequence[tuple[str, UUID]]
) -> dict[tuple[str, UUID], Binding]:
    """Bindings by (kind, document)."""
    if not documents:
        return {}
    wanted = set(documents)
    keys = listed_ids(key for _kind, key in documents)
    rows = connection.execute(
        select(binding).where(binding.c.system == system, binding.c.document.in_(keys))
    )
    found = {(row.kind, row.document): _binding(row) for row in rows}
    return {key: one for key, one in found.items() if key in wanted}


def find(connection: Connection, system: str, kind: str, document: UUID) -> Binding | None:
    """The binding of one document, if it has one in that system."""
    return by_documents(connection, system, [(kind, document)]).get((kind, document))


def save(connection: Connection, one: Binding) -> None:
    """Store or refresh a binding; binding a document to a second key is an integrity error."""
    statement = insert(binding).values(
        system=one.system,
        kind=one.kind,
        external_key=one.external_key,
        document=one.document,
        external_version=one.external_version,
        snapshot=one.snapshot,
    )
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[binding.c.system, binding.c.kind, binding.c.external_key],
            set_={
                "document": new.document,
                "external_version": new.external_version,
                "snapshot": new.snapshot,
                "agreed_at": text("now()"),
            },
        )
    )


def unbind(connection: Connection, system: str, kind: str, external_key: str) -> None:
    """Forget a binding."""
    connection.execute(
        binding.delete().where(
            binding.c.system == system,
            binding.c.kind == kind,
            binding.c.external_key == external_key,
        )
    )
