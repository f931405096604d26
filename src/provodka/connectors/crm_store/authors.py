"""Who has last changed each field of a document, from the journal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

__all__ = [
    "Authorship",
    "Wanted",
    "is_by_hand",
    "is_correction",
    "last_author",
    "last_authors",
    "last_changes",
    "last_changes_of",
]

HANDS = ("person:", "sql:")
OF_FIELD = text("""
    SELECT origin, at, id, op FROM hub.delta
    WHERE document = :document AND kind = :kind AND part = '' AND op IN ('insert', 'update')
      AND (before->>:field) IS DISTINCT FROM (after->>:field)
    ORDER BY hub.delta.xid DESC, id DESC LIMIT 1
""")
OF_FIELDS = text("""
    SELECT d.* FROM unnest(CAST(:documents AS uuid[])) AS k(document)
    CROSS JOIN LATERAL (
        SELECT j.document, j.origin, j.at, j.id, j.op FROM hub.delta j
        WHERE j.document = k.document AND j.kind = :kind AND j.part = ''
          AND j.op IN ('insert', 'update')
          AND (j.before->>:field) IS DISTINCT FROM (j.after->>:field)
        ORDER BY j.xid DESC, j.id DESC LIMIT 1) d
""")
OF_DOCUMENTS = text("""
    SELECT k.place - 1 AS place, d.origin, d.at, d.id, d.op, d.part, d.before, d.after
    FROM unnest(CAST(:kinds AS text[]), CAST(:documents AS uuid[]),
                CAST(:untils AS timestamptz[])) WITH ORDINALITY AS k(kind, document, until, place)
    CROSS JOIN LATERAL (
        SELECT * FROM hub.delta j WHERE j.document = k.document AND j.kind = k.kind
          AND (k.until IS NULL OR j.at < k.until)
        ORDER BY j.xid DESC, j.id DESC LIMIT :limit) d
    ORDER BY d.xid DESC, d.id DESC
""")
ENOUGH = 1_000


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who changed a field, when, by which delta; `op` is `insert` for what it was created with."""

    origin: str
    at: datetime
    delta: int
    op: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose authors are asked for: all but the origin `but`, before a moment if there is one."""

    kind: str
    document: UUID
    but: str = ""
    until: datetime | None = None


def is_by_hand(origin: str) -> bool:
    """Whether a person made the change: in a program of the CRM, or with SQL."""
    return origin.startswith(HANDS)


def is_correction(author: Authorship | None) -> bool:
    """Whether a value is a person's correction, not what the document was created with."""
    return author is not None and author.op == "update" and is_by_hand(author.origin)


def last_author(connection: Connection, kind: str, document: UUID, field: str) -> Authorship | None:
    """Who gave a column of a document its present value; `None` if nobody ever gave it one."""
    row = connection.execute(OF_FIELD, {"kind": kind, "document": document, "field": field}).first()
    return Authorship(row.origin, row.at, row.id, row.op) if row else None


def last_authors(
    connection: Connection, kind: str, documents: Collection[UUID], field: str
) -> Mapping[UUID, Authorship]:
    """The same as `last_author` of many documents, by one statement."""
    given = {"kind": kind, "documents": list(documents), "field": field}
    return {
        row.document: Authorship(row.origin, row.at, row.id, row.op)
        for row in connection.execute(OF_FIELDS, given)
    }


def last_changes(
    connection: Connection, kind: str, document: UUID, *, but: str = ""
) -> Mapping[str, Authorship]:
    """The last author of each field, named as in conflicts: `comment`, `lines.2`, `lines.2.price`.

    Changes whose origin is `but` are passed over. Looks no further back than a thousand deltas.
    """
    [found] = last_changes_of(connection, [Wanted(kind, document, but)])
    return found


def last_changes_of(
    connection: Connection, wanted: Sequence[Wanted]
) -> Sequence[Mapping[str, Authorship]]:
    """The same as `last_changes` of many documents by one statement, in their order."""
    given = {
        "kinds": [one.kind for one in wanted],
        "documents": [one.document for one in wanted],
        "untils": [one.until for one in wanted],
        "limit": ENOUGH,
    }
    found: list[dict[str, Authorship]] = [{} for _one in wanted]
    for row in connection.execute(OF_DOCUMENTS, given):
        if row.origin != wanted[row.place].but:
            one = Authorship(row.origin, row.at, row.id, row.op)
            for name in _touched(row.part, row.before, row.after):
                found[row.place].setdefault(name, one)
    return found


def _touched(part: str, before: Any, after: Any) -> Iterator[str]:
    if not part:
        yield from _differing(before or {}, after or {})
        return
    was, now = ({row["line"]: row for row in rows or ()} for rows in (before, after))
    for line in was.keys() | now.keys():
        yield f"{part}.{line}"
        for column in _differing(was.get(line, {}), now.get(line, {})):
            yield f"{part}.{line}.{column}"


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    names = dict.fromkeys([*before, *after])
    return (name for name in names if before.get(name) != after.get(name))
