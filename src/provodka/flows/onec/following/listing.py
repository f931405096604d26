"""What a base lists of a set, kept in the database to be compared: a million take no memory.

The table is temporary and each page is committed by itself, so that no long transaction holds up
the readers of the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    MetaData,
    Select,
    Table,
    Text,
    exists,
    func,
    select,
    text,
)

from provodka.connectors.crm_store.keys import listed
from provodka.connectors.crm_store.merge import append
from provodka.connectors.crm_store.tables import hub
from provodka.flows.onec.following.asking import constants
from provodka.flows.onec.following.burying import REVIVED
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.stored import table_of
from provodka.mappings.compiled import Mapping
from provodka.mappings.tombstones import MARK

__all__ = ["LISTED", "Listed", "Listing", "listing"]

LISTED = Table(
    "listed_keys",
    MetaData(),
    Column("key", Text),
    Column("version", Text),
    Column("deleted", Boolean),
    prefixes=["TEMPORARY"],
)
Listed = tuple[str, str | None, bool | None]
"""An object's key, its version, and whether it is marked deleted; what was not asked is None."""


@dataclass
class Listing:
    """What a base has listed so far of one set."""

    connection: Connection

    def add(self, keys: Sequence[str]) -> None:
        """Note a page of keys."""
        self.add_versions((key, None, None) for key in keys)

    def add_versions(self, rows: Iterable[Listed]) -> None:
        """Note a page of keys with their versions and marks."""
        append(self.connection, LISTED, ("key", "version", "deleted"), rows)

    def versions(self, keys: Sequence[str]) -> dict[str, str | None]:
        """The versions of those of the keys that were listed."""
        self.connection.execute(text("CREATE INDEX IF NOT EXISTS ix_listed ON listed_keys (key)"))
        wanted = select(LISTED.c.key, LISTED.c.version).where(LISTED.c.key.in_(listed(keys)))
        rows = self.connection.execute(wanted)
        return {row.key: row.version for row in rows}

    def ended(self) -> None:
        """All has been noted: from now on it can be searched."""
        self.connection.execute(text("ANALYZE listed_keys"))

    def count_bound(self, mapping: Mapping) -> int:
        """How many documents that this very mapping feeds have a counterpart there."""
        return int(self.connection.execute(_bound(mapping, func.count())).scalar_one())

    def count_absent(self, mapping: Mapping, before: datetime) -> int:
        """How many documents that were agreed on before a moment are not listed.

        Living ones, unless a person has restored them since, and those whose deletion here a
        person is asked about.
        """
        found = self._absent(mapping, before).subquery()
        return int(self.connection.execute(select(func.count()).select_from(found)).scalar_one())

    def absent(self, mapping: Mapping, before: datetime, limit: int | None = None) -> list[str]:
        """The keys of those documents, or of some of them."""
        found = self._absent(mapping, before).limit(limit)
        return list(self.connection.execute(found).scalars())

    def revived(self, mapping: Mapping, before: datetime) -> list[str]:
        """The keys that are not listed of documents that a person has restored here since."""
        alive = table_of(mapping).c.deleted_at.is_(None)
        found = self._unlisted(mapping, before).where(alive, REVIVED)
        return list(self.connection.execute(found).scalars())

    def _absent(self, mapping: Mapping, before: datetime) -> Select[Any]:
        documents, binding, conflict = table_of(mapping), hub.binding, hub.conflict
        asked = exists().where(
            conflict.c.document == binding.c.document,
            conflict.c.field == MARK,
            conflict.c.resolved_at.is_(None),
        )
        alive = documents.c.deleted_at.is_(None) & ~REVIVED
        return self._unlisted(mapping, before).where(alive | asked)

    def _unlisted(self, mapping: Mapping, before: datetime) -> Select[Any]:
        binding = hub.binding
        return _bound(mapping, binding.c.external_key).where(
            binding.c.agreed_at < before,
            ~exists().where(LISTED.c.key == binding.c.external_key),
        )


def _bound(mapping: Mapping, wanted: Any) -> Select[Any]:
    documents, binding = table_of(mapping), hub.binding
    own = [documents.c[name] == value for name, value in constants(mapping).items()]
    return (
        select(wanted)
        .select_from(binding)
        .join(documents, documents.c.id == binding.c.document)
        .where(binding.c.system == SYSTEM, binding.c.kind == mapping.kind, *own)
    )


@contextmanager
def listing(engine: Engine) -> Iterator[Listing]:
    """A place for the keys of one set, gone after the block."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        LISTED.create(connection)
        try:
            yield Listing(connection)
        finally:
            connection.execute(text("DROP TABLE listed_keys"))
