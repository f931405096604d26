"""The conflict inbox: one field, both sides, and what they last agreed on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.keys import listed_ids
from provodka.connectors.crm_store.tables.hub import conflict

__all__ = [
    "count_open",
    "dissolve",
    "listed",
    "numbered",
    "open_fields",
    "record",
    "rename",
    "resolve",
]

OPEN = conflict.c.resolved_at.is_(None)
ASIDE = text("""
    UPDATE hub.conflict SET field = field || '~'
    WHERE document = :document AND resolved_at IS NULL AND field = ANY(:old)
""")
RENAME = text("""
    UPDATE hub.conflict c SET field = n.new
    FROM unnest(CAST(:old AS text[]), CAST(:new AS text[])) n (old, new)
    WHERE c.document = :document AND c.resolved_at IS NULL AND c.field = n.old || '~'
""")


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
            index_where=OPEN,
            set_={"base": new.base, "ours": new.ours, "theirs": new.theirs},
        )
    )


def count_open(connection: Connection) -> int:
    """How many fields wait for a person's word."""
    query = select(func.count()).select_from(conflict).where(OPEN)
    return int(connection.execute(query).scalar_one())


def open_fields(connection: Connection, documents: Sequence[UUID]) -> dict[UUID, set[str]]:
    """Fields that are in conflict, by document: nobody touches them until it is resolved."""
    fields: dict[UUID, set[str]] = {}
    for document, field in connection.execute(
        select(conflict.c.document, conflict.c.field).where(
            conflict.c.document.in_(listed_ids(documents)), OPEN
        )
    ):
        fields.setdefault(document, set()).add(field)
    return fields


def listed(
    connection: Connection,
    *,
    stream: str | None = None,
    kind: str | None = None,
    document: UUID | None = None,
    resolved: bool = False,
) -> list[dict[str, Any]]:
    """Open conflicts in the order of their numbers; with `resolved`, the settled ones too."""
    query = select(conflict).order_by(conflict.c.id)
    for column, wanted in (
        (conflict.c.stream, stream),
        (conflict.c.kind, kind),
        (conflict.c.document, document),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    rows = connection.execute(query if resolved else query.where(OPEN))
    return [dict(row._mapping) for row in rows]


def numbered(
    connection: Connection, numbers: Collection[int], *, lock: bool = False
) -> list[dict[str, Any]]:
    """The conflicts with these numbers, open or settled, as far as there are such."""
    query = select(conflict).where(conflict.c.id.in_(sorted(numbers))).order_by(conflict.c.id)
    rows = connection.execute(query.with_for_update() if lock else query)
    return [dict(row._mapping) for row in rows]


def resolve(connection: Connection, number: int, taken: str, value: Any, who: str) -> None:
    """Settle an open conflict: `taken` is ours, theirs or value; `who` is `person:name`."""
    connection.execute(
        conflict.update()
        .where(conflict.c.id == number, OPEN)
        .values(resolved_at=text("now()"), taken=taken, resolution=value, resolved_by=who)
    )


def rename(connection: Connection, document: UUID, names: Mapping[str, str]) -> None:
    """Give open conflicts other fields: their lines have other numbers now, maybe each other's."""
    if not names:
        return
    given = {"document": document, "old": list(names), "new": list(names.values())}
    for statement in (ASIDE, RENAME):
        connection.execute(statement, given)


def dissolve(connection: Connection, document: UUID, fields: Collection[str]) -> int:
    """Close conflicts that the sides have ended themselves; returns how many were open."""
    if not fields:
        return 0
    done = connection.execute(
        conflict.update()
        .where(conflict.c.document == document, conflict.c.field.in_(sorted(fields)), OPEN)
        .values(resolved_at=text("now()"), taken="dissolved", resolved_by="hub")
    )
    return done.rowcount
