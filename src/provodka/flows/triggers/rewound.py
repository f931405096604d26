"""What rules knew when they decided: the surroundings of an event, wound back by the journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as KEY

from provodka.connectors.crm_store.tables import metadata
from provodka.flows.triggers.asked import COUNTED, Row
from provodka.flows.triggers.surroundings import Surroundings
from provodka.trigger_rules.events import Event, settled
from provodka.trigger_rules.schema import decode

__all__ = ["Rewound"]

LATER = text("""
    SELECT DISTINCT ON (document) document, before FROM hub.delta
    WHERE kind = :kind AND part = '' AND id > :cut AND document = ANY(:ids)
    ORDER BY document, id
""").bindparams(bindparam("ids", type_=ARRAY(KEY(as_uuid=True))))
COUNTS = ("invoices_posted", "invoices_unpaid", "invoices_unshipped", "tasks", "open_tasks")


@dataclass
class Rewound(Surroundings):
    """Documents as they were after the change `cut`, the last one that the rules had seen.

    Rows of documents and what is counted about deals are wound back; tabular sections,
    departments and who their heads are, are as they are now.
    """

    cut: int = 0

    @classmethod
    def at(
        cls, connection: Connection, event: Event, related: Collection[str], cut: int
    ) -> Rewound:
        """What is around one event, after the change with that number."""
        made = cls(connection, related=tuple(sorted(related)), cut=cut)
        made._load_own([event])
        made.load_deals(made._link([event]))
        made._load_clients([event])
        made._relate()
        return made

    def _read(self, kind: str, ids: Collection[UUID]) -> dict[UUID, Row]:
        rows = self._then(kind, ids)
        return {key: row for key, row in rows.items() if row.get("deleted_at") is None}

    def _then(self, kind: str, ids: Collection[UUID]) -> dict[UUID, Row]:
        """Rows as they were, tombstones too: the first later change tells what it found."""
        if not ids:
            return {}
        table = metadata.tables[f"crm.{kind}"]
        query = select(table).where(table.c.id.in_(ids))
        found = {row.id: dict(row._mapping) for row in self.connection.execute(query)}
        given = {"kind": kind, "cut": self.cut, "ids": list(ids)}
        for document, before in self.connection.execute(LATER, given):
            if before is None:
                found.pop(document, None)
            else:
                found[document] = {**found.get(document, {}), **decode(kind, before)}
        return found

    def _query(self, sql: str, ids: Collection[UUID]) -> Iterator[Row]:
        if sql is COUNTED:
            return self._counted(ids)
        return super()._query(sql, ids)

    def _counted(self, deals: Collection[UUID]) -> Iterator[Row]:
        """What `COUNTED` counts, of documents as they were."""
        counts: dict[UUID, Counter[str]] = {deal: Counter() for deal in deals}
        for row in self._of_deals("invoice", deals):
            if row["posted"] and row["deleted_at"] is None:
                counts[row["deal_id"]].update(
                    invoices_posted=1,
                    invoices_unpaid=int(not settled(row["amount"], row["paid_amount"])),
                    invoices_unshipped=int(not settled(row["amount"], row["shipped_amount"])),
                )
        for row in self._of_deals("task", deals):
            alive = row["status"] == "open" and row["deleted_at"] is None
            counts[row["deal_id"]].update(tasks=1, open_tasks=int(alive))
        for row in self._of_deals("interaction", deals):
            planned = row["status"] == "planned" and row["deleted_at"] is None
            counts[row["deal_id"]].update(open_tasks=int(planned))
        for deal, count in counts.items():
            yield {"id": deal, **{name: count[name] for name in COUNTS}}

    def _of_deals(self, kind: str, deals: Collection[UUID]) -> Iterator[Row]:
        query = f"SELECT id FROM crm.{kind} WHERE deal_id = ANY(:ids)"  # noqa: S608
        keys = [row["id"] for row in super()._query(query, deals)]
        return (row for row in self._then(kind, keys).values() if row["deal_id"] in set(deals))
