"""Which client a visitor of a site is: known by a form, or by a link in a letter."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

__all__ = ["acquaint", "first_order", "host", "known_client"]

FIRST_ORDER = text("""
    SELECT least(
        (SELECT min(ordered_at) FROM crm."order"
         WHERE client_id = :client AND status <> 'cancelled' AND deleted_at IS NULL),
        (SELECT min(date) FROM crm.invoice WHERE client_id = :client AND deleted_at IS NULL))
""")
MERGED = text("""
    UPDATE hub.visitor v SET client_id = c.merged_into_id FROM crm.client c
    WHERE v.site = :site AND v.visitor = :visitor AND c.id = v.client_id
        AND c.merged_into_id IS NOT NULL
""")
KNOWN = text("SELECT client_id FROM hub.visitor WHERE site = :site AND visitor = :visitor")
MET = text("""
    INSERT INTO hub.visitor AS known (site, visitor, client_id, known_by)
    VALUES (:site, :visitor, :client, :by)
    ON CONFLICT (site, visitor) DO UPDATE SET
        ambiguous = known.ambiguous OR coalesce(known.client_id <> excluded.client_id, false),
        client_id = CASE WHEN known.ambiguous OR known.client_id <> excluded.client_id
                         THEN NULL ELSE excluded.client_id END,
        known_by = coalesce(known.known_by, excluded.known_by)
    RETURNING client_id
""")
EARLIER = text("""
    UPDATE crm.visit SET client_id = :client,
        after_order = coalesce(at > CAST(:first AS timestamptz), false)
    WHERE site = :host AND visitor = :visitor AND client_id IS NULL AND deleted_at IS NULL
""")


def acquaint(connection: Connection, site: str, visitor: str, client: UUID, by: str) -> None:
    """Remember who a visitor is, and put the visits so far on that client.

    Whoever has been two different clients (a shared computer) is nobody from then on.
    """
    given = {"site": site, "visitor": visitor}
    connection.execute(MERGED, given)
    met = connection.execute(MET, given | {"client": client, "by": by}).scalar_one()
    if met is not None:
        told = {"host": host(site), "client": client, "first": first_order(connection, client)}
        connection.execute(EARLIER, given | told)


def known_client(connection: Connection, site: str, visitor: str) -> UUID | None:
    """The client whom a visitor is known to be; of merged ones the one that was kept."""
    given = {"site": site, "visitor": visitor}
    connection.execute(MERGED, given)
    found: UUID | None = connection.execute(KNOWN, given).scalar()
    return found


def first_order(connection: Connection, client: UUID) -> datetime | None:
    """When a client first ordered: the earliest order or invoice that was not taken back."""
    found: datetime | None = connection.execute(FIRST_ORDER, {"client": client}).scalar()
    return found


def host(site: str) -> str:
    """A site as reports name it: `shop.example`."""
    return site.partition("://")[2]
