"""Whose a telephone and an address are; when they point to different clients, nobody's."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.dashboards.insight.owners import owners_of

__all__ = ["agreed", "client_of"]

BY_EMAIL = text("""
    SELECT DISTINCT c.id
    FROM (SELECT coalesce(merged_into_id, id) AS owner FROM crm.client
          WHERE lower(email) = lower(:email)
            AND (deleted_at IS NULL OR merged_into_id IS NOT NULL)
          UNION ALL
          SELECT client_id FROM crm.contact
          WHERE lower(email) = lower(:email) AND deleted_at IS NULL) found
    JOIN crm.client c ON c.id = found.owner AND c.deleted_at IS NULL
""")


def client_of(connection: Connection, *, phone: str | None, email: str | None) -> UUID | None:
    """The one client who has this telephone (E.164) or address, among contacts too."""
    by_phone = owners_of(connection, [phone]).get(phone, []) if phone else []
    by_email = connection.scalars(BY_EMAIL, {"email": email}) if email else ()
    return agreed({one.client for one in by_phone}, set(by_email))


def agreed(by_phone: AbstractSet[UUID], by_email: AbstractSet[UUID]) -> UUID | None:
    """The client whom both name, or the only one that either does; else nobody.

    Two clients on one number are told apart by the address, and the other way round.
    """
    named = by_phone & by_email if by_phone and by_email else by_phone | by_email
    return next(iter(named)) if len(named) == 1 else None
