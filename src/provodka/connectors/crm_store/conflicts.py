"""The conflict inbox: one field, both sides, and what they last agreed on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.keys import listed_ids
from provodka.connectors.crm_store.tables.hub import conflict

__all__ = ["count_open", "open_fields", "record"]


def record(
    connection: Connection,
    *,
    stream: str,
    kind: str,
    document: UUID,
    field: str,
    sides: Sequence[Any],
) -> None:
    """Keep an open conflict; `sides` are base, ours, theirs. Seen again, it is refreshed."""
    base, ours, theirs = sides
    statement = insert(conflict).values(
        stream=stream,
        kind=kind,
        document=document,
        field=field,
        base=base,
        ours=ours,
        theirs=theirs,
    )
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[conflict.c.document, conflict.c.field],
            index_where=conflict.c.resolved_at.is_(None),
            set_={"base": new.base, "ours": new.ours, "theirs": new.theirs},
        )
    )


def count_open(connection: Connection) -> int:
    """How many fields wait for a person's word."""
    query = select(func.count()).select_from(conflict).where(conflict.c.resolved_at.is_(None))
    return int(connection.execute(query).scalar_one())


def open_fields(connection: Connection, documents: Sequence[UUID]) -> dict[UUID, set[str]]:
    """Fields that are in conflict, by document: nobody touches them until it is resolved."""
    fields: dict[UUID, set[str]] = {}
    for document, field in connection.execute(
        select(conflict.c.document, conflict.c.field).where(
            conflict.c.document.in_(listed_ids(documents)), conflict.c.resolved_at.is_(None)
        )
    ):
        fields.setdefault(document, set()).add(field)
    return fields
