"""Which client a visitor of a site is: known by a form, or by a link in a letter."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, text

__all__ = ["acquaint", "host", "known_client"]

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
    UPDATE crm.visit SET client_id = :client
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
        connection.execute(EARLIER, given | {"host": host(site), "client": client})


def known_client(connection: Connection, site: str, visitor: str) -> UUID | None:
    """The client whom a visitor is known to be; of merged ones the one that was kept."""
    given = {"site": site, "visitor": visitor}
    connection.execute(MERGED, given)
    found: UUID | None = connection.execute(KNOWN, given).scalar()
    return found


def host(site: str) -> str:
    """A site as reports name it: `shop.example`."""
    return site.partition("://")[2]
