"""What our documents refer to, as the base knows it: keys, and key properties."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from provodka.connectors.crm_store import bindings
from provodka.connectors.crm_store.tables import metadata
from provodka.flows.onec.queueing import SYSTEM
from provodka.mappings.enterprise_data.format_books import FORMAT_BOOKS
from provodka.mappings.enterprise_data.translation import Translation
from provodka.mappings.writers import Sending

__all__ = ["Counterparts"]

Key = tuple[str, UUID]


@dataclass
class Counterparts:
    """Answers for one message, in one version of the format.

    A document that the base does not have yet goes under its own identifier, if its kind may be
    written: its object is sent too, and until then key properties are enough for the base.
    `unbound` collects such documents.
    """

    connection: Connection
    translations: dict[str, Translation]
    version: str
    zone: ZoneInfo
    unbound: set[Key] = field(default_factory=set)
    _keys: dict[Key, str | None] = field(default_factory=dict)
    _documents: dict[tuple[str, str], UUID] = field(default_factory=dict)
    _said: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    _services: dict[str, bool] = field(default_factory=dict)

    def external(self, kind: str, document: UUID) -> str | None:
        """The key of a document; None for one that neither side may create."""
        key = (kind, document)
        if key not in self._keys:
            self._keys[key] = found = self._look_up(kind, document)
            if found is not None:
                self._documents[kind, found] = document
        return self._keys[key]

    def keys(self, kind: str, key: str) -> dict[str, Any]:
        """Key properties of a document whose key `external` has told."""
        if (kind, key) not in self._said:
            translation = self._of_kind(kind)
            document = self._documents[kind, key]
            self._said[kind, key] = translation.key_properties(
                self._values(kind, document),
                key,
                self.version,
                self,
                Sending(self.external, self.zone, FORMAT_BOOKS),
            )
        return self._said[kind, key]

    def is_service(self, key: str) -> bool:
        """Whether a product is a service."""
        if key not in self._services:
            values = self._values("product", self._documents["product", key])
            self._services[key] = values["kind"] == "service"
        return self._services[key]

    def _look_up(self, kind: str, document: UUID) -> str | None:
        bound = bindings.find(self.connection, SYSTEM, kind, document)
        if bound is not None:
            return bound.external_key
        if not self._of_kind(kind).mapping.writes:
            return None
        self.unbound.add((kind, document))
        return str(document)

    def _of_kind(self, kind: str) -> Translation:
        return next(one for one in self.translations.values() if one.mapping.kind == kind)

    def _values(self, kind: str, document: UUID) -> dict[str, Any]:
        table = metadata.tables[f"crm.{kind}"]
        row = self.connection.execute(select(table).where(table.c.id == document)).one()
        return dict(row._mapping)
