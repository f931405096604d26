"""Whom and what the past calls by name: remembered, else found in the store, else made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, text

from provodka.connectors.crm_store.merge import append
from provodka.connectors.crm_store.tables import metadata
from provodka.connectors.crm_store.tables.orders import history_name
from provodka.flows.history.values import folded
from provodka.foundation.identifiers import uuid7s

__all__ = ["Known", "Names", "SomeNames"]

ALIKE = (
    "lower(replace(replace(regexp_replace(btrim({column}), '\\s+', ' ', 'g'), 'ё', 'е'), 'Ё', 'е'))"
)


@dataclass(frozen=True, slots=True)
class Known:
    """A document that bears a name; `kind` is its own kind where it has one."""

    id: UUID
    kind: str = ""


@dataclass
class Names:
    """The documents of one kind by name, for one passage through a file.

    A client that was merged with another stands for that other. `several` are names that more
    than one living document bears: a person has to say which.
    """

    table: str
    known: dict[str, Known] = field(default_factory=dict)
    several: set[str] = field(default_factory=set)
    made: int = 0

    def find(self, connection: Connection, names: Iterable[str | None]) -> None:
        """Look up what is not known yet."""
        wanted = {folded(name) for name in names if name} - self.known.keys() - self.several
        if not wanted:
            return
        self._recall(connection, wanted)
        self._look(connection, wanted - self.known.keys())

    def make(self, connection: Connection, new: Mapping[str, Mapping[str, Any]]) -> None:
        """Make documents for names that nobody bears, by folded name; `name` among the values."""
        missing = {
            key: values
            for key, values in new.items()
            if key not in self.known and key not in self.several
        }
        if not missing:
            return
        ids = uuid7s(len(missing))
        columns = ("id", *next(iter(missing.values())))
        rows = [(id, *values.values()) for id, values in zip(ids, missing.values(), strict=True)]
        append(connection, self._table, columns, rows)
        self._remember(connection, zip(missing, ids, strict=True))
        for key, id in zip(missing, ids, strict=True):
            self.known[key] = Known(id, str(missing[key].get("kind") or ""))
        self.made += len(missing)

    def get(self, name: str | None) -> Known | None:
        """The document of a name, if exactly one is known."""
        return self.known.get(folded(name)) if name else None

    def id(self, name: str | None) -> UUID | None:
        """Its key."""
        found = self.get(name)
        return found.id if found else None

    @property
    def _table(self) -> Table:
        return metadata.tables[f"crm.{self.table}"]

    @property
    def _kind(self) -> str:
        return "d.kind" if "kind" in self._table.columns else "''"

    def _recall(self, connection: Connection, wanted: set[str]) -> None:
        merged = "merged_into_id" in self._table.columns
        into = "coalesce(k.merged_into_id, m.merged_into_id, m.id)" if merged else "m.id"
        join = f"LEFT JOIN crm.{self.table} k ON k.id = m.merged_into_id" if merged else ""
        rows = connection.execute(
            text(
                f"SELECT n.key, d.id, {self._kind} AS kind FROM hub.history_name n"  # noqa: S608
                f" JOIN crm.{self.table} m ON m.id = n.document {join}"
                f" JOIN crm.{self.table} d ON d.id = {into}"
                " WHERE n.kind = :kind AND n.key = ANY (CAST(:keys AS text[]))"
            ),
            {"kind": self.table, "keys": sorted(wanted)},
        )
        self.known |= {row.key: Known(row.id, row.kind or "") for row in rows}

    def _look(self, connection: Connection, wanted: set[str]) -> None:
        if not wanted:
            return
        alike = ALIKE.format(column="d.name")
        merged = " AND d.merged_into_id IS NULL" if "merged_into_id" in self._table.columns else ""
        rows = connection.execute(
            text(
                f"SELECT {alike} AS key, d.id, {self._kind} AS kind FROM crm.{self.table} d"  # noqa: S608
                f" WHERE d.deleted_at IS NULL{merged}"
                f" AND {alike} = ANY (CAST(:keys AS text[]))"
            ),
            {"keys": sorted(wanted)},
        )
        found: dict[str, list[Known]] = {}
        for row in rows:
            found.setdefault(row.key, []).append(Known(row.id, row.kind or ""))
        ours = {key: one[0] for key, one in found.items() if len(one) == 1}
        self.several |= {key for key, one in found.items() if len(one) > 1}
        self.known |= ours
        self._remember(connection, ((key, one.id) for key, one in ours.items()))

    def _remember(self, connection: Connection, pairs: Iterable[tuple[str, UUID]]) -> None:
        rows = [(self.table, key, id) for key, id in pairs]
        append(connection, history_name, ("kind", "key", "document"), rows)


@dataclass
class SomeNames:
    """The names that a kind of history needs, each kind of document by itself."""

    clients: Names = field(default_factory=lambda: Names("client"))
    products: Names = field(default_factory=lambda: Names("product"))
    employees: Names = field(default_factory=lambda: Names("employee"))
    departments: Names = field(default_factory=lambda: Names("department"))

    @property
    def made(self) -> dict[str, int]:
        """How many documents were made for names alone."""
        return {
            name: count
            for name, count in (
                ("clients", self.clients.made),
                ("products", self.products.made),
                ("employees", self.employees.made),
            )
            if count
        }
