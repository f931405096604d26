"""Documents that came for a dropped client after its merge: they return with it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, select

from provodka.connectors.crm_store.tables.hub import binding
from provodka.connectors.crm_store.tables.merging import client_arrival
from provodka.flows.clients.references import references_to

__all__ = ["send_back"]


def send_back(connection: Connection, merge: int, kept: UUID, dropped: UUID) -> int:
    """Let what has arrived for the dropped client refer to it again; how many documents."""
    done = 0
    for one in references_to("client"):
        came = (
            select(binding.c.document)
            .join(
                client_arrival,
                (client_arrival.c.system == binding.c.system)
                & (client_arrival.c.kind == binding.c.kind)
                & (client_arrival.c.external_key == binding.c.external_key),
            )
            .where(client_arrival.c.merge_id == merge, binding.c.kind == one.table.name)
        )
        if "id" in one.table.columns:
            change = (
                one.table.update()
                .where(one.column == kept, one.table.c.id.in_(came))
                .values({one.column: dropped})
            )
            done += connection.execute(change).rowcount
    return done
