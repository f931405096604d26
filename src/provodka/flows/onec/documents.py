"""A document of the store that is to be written to 1C, with everything that takes part."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from provodka.connectors.crm_store import bindings, conflicts
from provodka.connectors.crm_store.bindings import Binding
from provodka.flows.onec.stored import part_table, table_of
from provodka.mappings.compiled import Mapping
from provodka.mappings.snapshot import snapshot
from provodka.mappings.tombstones import MARK, with_mark

__all__ = ["Paper", "load_paper"]


@dataclass(frozen=True)
class Paper:
    """A document's own values and lines, and the counterparts of what it refers to.

    `disputed` tells that a person is asked whether its deletion stands.
    """

    mapping: Mapping
    document: UUID
    values: dict[str, Any]
    parts: dict[str, list[dict[str, Any]]]
    binding: Binding | None
    counterparts: AnyMapping[tuple[str, UUID], str]
    disputed: bool = False

    def external(self, kind: str, document: UUID) -> str | None:
        """The key in 1C of a document that this one refers to."""
        return self.counterparts.get((kind, document))

    @property
    def bound(self) -> Binding:
        """The binding of a document that 1C has; a `LookupError` if it has not."""
        if self.binding is None:
            raise LookupError(self.document)
        return self.binding

    @property
    def deleted(self) -> bool:
        """Whether the document has a tombstone."""
        return self.values.get("deleted_at") is not None

    def not_ready(self) -> str:
        """Why there is nothing to send yet; empty when there is."""
        if self.values.get("merged_into_id") is not None:
            return "merged"
        if self.binding is None and self.deleted:
            return "deleted"
        if self.deleted and self.disputed:
            return "disputed"
        if self.binding is None and self.values.get("posted") is False:
            return "not posted"
        if self.mapping.balance and not self.parts[self.mapping.balance]:
            return "no lines"
        return ""

    def agreed(self) -> dict[str, Any]:
        """The snapshot of what 1C has after a faithful write."""
        sent = self.mapping.sendable
        values = {name: self.values[name] for name in self.mapping.columns if name in sent}
        columns = self.mapping.part_columns
        parts = {
            part: [{name: row[name] for name in columns[part]} for row in rows]
            for part, rows in self.parts.items()
        }
        return with_mark(snapshot(values, parts), self.deleted)


def load_paper(
    connection: Connection, system: str, mapping: Mapping, document: UUID
) -> Paper | None:
    """Read a document whole; `None` if it is not in the store any more."""
    table = table_of(mapping)
    row = connection.execute(select(table).where(table.c.id == document)).first()
    if row is None:
        return None
    parts = {part.name: _lines(connection, mapping, part.name, document) for part in mapping.parts}
    values = dict(row._mapping)
    referred = _referred(mapping, values, parts)
    found = bindings.by_documents(connection, system, sorted(referred, key=str))
    buried = values.get("deleted_at") is not None
    waiting = conflicts.open_fields(connection, [document]) if buried else {}
    return Paper(
        mapping=mapping,
        document=document,
        values=values,
        parts=parts,
        binding=bindings.find(connection, system, mapping.kind, document),
        counterparts={key: one.external_key for key, one in found.items()},
        disputed=MARK in waiting.get(document, ()),
    )


def _lines(
    connection: Connection, mapping: Mapping, part: str, document: UUID
) -> list[dict[str, Any]]:
    lines = part_table(mapping, part)
    owner = lines.c[f"{mapping.kind}_id"]
    rows = connection.execute(select(lines).where(owner == document).order_by(lines.c.line))
    return [dict(row._mapping) for row in rows]


def _referred(
    mapping: Mapping, values: dict[str, Any], parts: dict[str, list[dict[str, Any]]]
) -> set[tuple[str, UUID]]:
    found = {
        (pair.argument, values[pair.ours])
        for pair in mapping.pairs
        if "reference" in pair.how and values.get(pair.ours)
    }
    for part in mapping.parts:
        for section in part.sections:
            for pair in section.pairs:
                if "reference" in pair.how:
                    found |= {
                        (pair.argument, row[pair.ours])
                        for row in parts[part.name]
                        if row.get(pair.ours)
                    }
    return found
