"""Open deals of scenarios that have no next step, as the store sees them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store.journal import Position
from provodka.trigger_rules.book import RuleBook

__all__ = ["all_without", "without_next_step"]

BARE = """
    SELECT d.id FROM crm.deal d
    WHERE d.status = 'open' AND d.kind <> 'unstaged' AND d.deleted_at IS NULL
      AND d.scenario = ANY(CAST(:scenarios AS text[])) AND d.paused_at IS NULL
      AND NOT EXISTS (SELECT FROM crm.task t
                      WHERE t.deal_id = d.id AND t.status = 'open' AND t.deleted_at IS NULL)
      AND NOT EXISTS (SELECT FROM crm.interaction i WHERE i.deal_id = d.id
                      AND i.status = 'planned' AND i.deleted_at IS NULL)
"""
OF_THESE = text(f"{BARE} AND d.id = ANY(CAST(:deals AS uuid[]))")
OF_ALL = text(f"""{BARE}
    AND NOT EXISTS (SELECT FROM hub.delta j WHERE j.document = d.id AND j.kind = 'deal'
                    AND (j.xid, j.id) > (CAST(:xid AS text)::xid8, :id))
    ORDER BY d.id LIMIT :limit
""")


def without_next_step(
    connection: Connection, book: RuleBook, deals: Collection[UUID]
) -> frozenset[UUID]:
    """Those of the deals that lack one."""
    if not deals or not book.scenarios:
        return frozenset()
    given = {"scenarios": list(book.scenarios), "deals": list(deals)}
    return frozenset(connection.execute(OF_THESE, given).scalars())


def all_without(
    connection: Connection, book: RuleBook, place: Position | None, limit: int
) -> list[UUID]:
    """Deals that lack one, but for those with changes that the rules have not read yet.

    `place` is how far they have read.
    """
    read = place or Position(0, 0)
    given = {
        "scenarios": list(book.scenarios),
        "xid": str(read.xid),
        "id": read.id,
        "limit": limit,
    }
    return list(connection.execute(OF_ALL, given).scalars())
