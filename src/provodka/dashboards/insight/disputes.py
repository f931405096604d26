"""Conflicts as a person looks at them: names, sides, who has changed ours and when."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from provodka.connectors.crm_store import authors, conflicts
from provodka.connectors.crm_store.authors import Authorship, Wanted
from provodka.connectors.crm_store.tables.hub import conflict
from provodka.dashboards.insight.fields import field_title, part_title, value_word
from provodka.dashboards.insight.titles import Key, reference_kind, titles

__all__ = [
    "Dispute",
    "disputed_field",
    "disputes",
    "one_dispute",
    "open_disputes",
    "place_of",
    "side_word",
]


@dataclasses.dataclass(frozen=True, slots=True)
class Dispute:
    """One conflict; `base`, `ours`, `theirs` as the inbox keeps them, in canonical JSON.

    `ours_by` and `ours_at` tell who has last changed our side, other than the system itself;
    empty if the journal does not remember. `names` are those of documents that the sides refer
    to, by key. What follows `resolved_at` is empty while the conflict is open.
    """

    number: int
    stream: str
    kind: str
    document: UUID
    title: str
    field: str
    base: Any
    ours: Any
    theirs: Any
    seen_at: datetime
    ours_by: str = ""
    ours_at: datetime | None = None
    names: Mapping[str, str] = dataclasses.field(default_factory=dict)
    resolved_at: datetime | None = None
    taken: str | None = None
    resolution: Any = None
    resolved_by: str | None = None


def disputes(
    connection: Connection,
    *,
    stream: str | None = None,
    kind: str | None = None,
    resolved: bool = False,
) -> list[Dispute]:
    """Open conflicts, oldest first; with `resolved`, the settled ones among them."""
    return _told(
        connection, conflicts.listed(connection, stream=stream, kind=kind, resolved=resolved)
    )


def open_disputes(
    connection: Connection, *, after: int, limit: int, kind: str = ""
) -> list[Dispute]:
    """Open conflicts whose numbers are greater than `after`, so many of them."""
    query = select(conflict.c.id).where(conflict.c.resolved_at.is_(None), conflict.c.id > after)
    if kind:
        query = query.where(conflict.c.kind == kind)
    numbers = connection.execute(query.order_by(conflict.c.id).limit(limit)).scalars().all()
    return _told(connection, conflicts.numbered(connection, numbers))


def one_dispute(connection: Connection, number: int) -> Dispute | None:
    """The conflict with this number, open or settled."""
    return next(iter(_told(connection, conflicts.numbered(connection, [number]))), None)


def disputed_field(kind: str, field: str) -> str:
    """What people call a field in conflict: «Комментарий», «строка № 2: Цена»."""
    part, _dot, rest = field.partition(".")
    line, _dot, column = rest.partition(".")
    if not line.isdigit():
        return f"{field_title(kind, '', part)}{f': {rest}' if rest else ''}"
    row = f"{part_title(part)} {line}"
    return f"{row}: {field_title(kind, part, column)}" if column else row


def side_word(one: Dispute, value: Any) -> str:
    """A side for people: codes in words, documents by their names, a row as `name: value`."""
    part, column = place_of(one.field)
    if value is None:
        return "—"
    if isinstance(value, dict):
        told = (
            (field_title(one.kind, part, name), value_word(one.kind, part, name, cell))
            for name, cell in value.items()
            if cell is not None
        )
        return ", ".join(f"{title}: {one.names.get(cell, cell)}" for title, cell in told)
    word = value_word(one.kind, part, column, value)
    return str(one.names.get(word, word))


def place_of(field: str) -> tuple[str, str]:
    """The part and the column of a field; no column of a whole row, no part of a plain column."""
    head, _dot, rest = field.partition(".")
    line, _dot, column = rest.partition(".")
    return (head, column.partition(".")[0]) if line.isdigit() else ("", head)


def _told(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[Dispute]:
    wanted = {(row["kind"], row["document"]) for row in rows}
    named = titles(connection, wanted | {key for row in rows for key in _referred(row)})
    changed = authors.last_changes_of(connection, [_wanted(row) for row in rows])
    return [_dispute(row, named, by) for row, by in zip(rows, changed, strict=True)]


def _wanted(row: Mapping[str, Any]) -> Wanted:
    """Whoever settles a conflict changes the field too, and is no side of it."""
    system = row["stream"].partition(":")[0]
    return Wanted(row["kind"], row["document"], system, row["resolved_at"])


def _referred(row: Mapping[str, Any]) -> Iterator[Key]:
    """The documents that the sides of a conflict refer to."""
    part, column = place_of(row["field"])
    for side in (row["base"], row["ours"], row["theirs"], row["resolution"]):
        cells = side if isinstance(side, dict) else {column: side}
        for name, value in cells.items():
            target = reference_kind(row["kind"], part, name)
            if target and value:
                yield target, UUID(value)


def _dispute(
    row: Mapping[str, Any], named: Mapping[Key, str], changed: Mapping[str, Authorship]
) -> Dispute:
    key = row["kind"], row["document"]
    author = changed.get(row["field"])
    same = ("stream", "kind", "document", "field", "base", "ours", "theirs", "seen_at")
    ended = ("resolved_at", "taken", "resolution", "resolved_by")
    return Dispute(
        number=row["id"],
        title=named.get(key, ""),
        ours_by=author.origin if author else "",
        ours_at=author.at if author else None,
        names={str(of): named[kind, of] for kind, of in _referred(row) if named.get((kind, of))},
        **{name: row[name] for name in (*same, *ended)},
    )
