"""Keys that a base lists, kept in the database while they are compared: a million take no memory.

The table is temporary and each page is committed by itself, so that no long transaction holds up
the readers of the journal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, column, exists, func, select, table, text

from provodka.connectors.crm_store.engine import dump_json
from provodka.connectors.crm_store.tables import hub
from provodka.flows.onec.merging import table_of
from provodka.flows.onec.queueing import SYSTEM
from provodka.mappings.compiled import Mapping

__all__ = ["Listing", "listing"]

LISTED = table("listed_keys", column("key"))
ADD = text("INSERT INTO listed_keys SELECT jsonb_array_elements_text(CAST(:keys AS jsonb))")


@dataclass
class Listing:
    """What a base has listed so far of one set."""

    connection: Connection

    def add(self, keys: Sequence[str]) -> None:
        """Note a page of keys."""
        self.connection.execute(ADD, {"keys": dump_json(list(keys))})

    def count_absent(self, mapping: Mapping, before: datetime) -> int:
        """How many living documents that were agreed on before a moment are not listed."""
        self.connection.execute(text("ANALYZE listed_keys"))
        found = self._absent(mapping, before).subquery()
        return int(self.connection.execute(select(func.count()).select_from(found)).scalar_one())

    def absent(self, mapping: Mapping, before: datetime) -> list[str]:
        """The keys of those documents."""
        return list(self.connection.execute(self._absent(mapping, before)).scalars())

    def _absent(self, mapping: Mapping, before: datetime) -> Select[Any]:
        documents, binding = table_of(mapping), hub.binding
        own = [
            documents.c[pair.ours] == pair.value for pair in mapping.pairs if pair.how == "constant"
        ]
        return (
            select(binding.c.external_key)
            .join(documents, documents.c.id == binding.c.document)
            .where(
                binding.c.system == SYSTEM,
                binding.c.kind == mapping.kind,
                binding.c.agreed_at < before,
                documents.c.deleted_at.is_(None),
                ~exists().where(LISTED.c.key == binding.c.external_key),
                *own,
            )
        )


@contextmanager
def listing(engine: Engine) -> Iterator[Listing]:
    """A place for the keys of one set, gone after the block."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE TEMPORARY TABLE listed_keys (key text)"))
        try:
            yield Listing(connection)
        finally:
            connection.execute(text("DROP TABLE listed_keys"))
