"""Whose a number is: clients and contacts who have it, by index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

__all__ = ["Owner", "owners_of"]

OWNERS = text("""
    SELECT found.phone, found.contact_id, c.id AS client_id
    FROM (SELECT phone, coalesce(merged_into_id, id) AS owner, CAST(NULL AS uuid) AS contact_id
          FROM crm.client WHERE phone = ANY(:numbers)
            AND (deleted_at IS NULL OR merged_into_id IS NOT NULL)
          UNION ALL
          SELECT phone, client_id, id FROM crm.contact
          WHERE phone = ANY(:numbers) AND deleted_at IS NULL) found
    JOIN crm.client c ON c.id = found.owner AND c.deleted_at IS NULL
    ORDER BY found.phone, c.id, found.contact_id NULLS LAST
""")


@dataclass(frozen=True, slots=True)
class Owner:
    """A client who has a number, and which of the client's contacts, if it is theirs."""

    client: UUID
    contact: UUID | None


def owners_of(connection: Connection, numbers: Collection[str]) -> Mapping[str, list[Owner]]:
    """Each number's owners (E.164, or as the PBX logged it); a client once for each number.

    The number of a client who was merged into another is the other's too.
    """
    found: dict[str, dict[UUID, Owner]] = defaultdict(dict)
    if numbers:
        for phone, contact, client in connection.execute(OWNERS, {"numbers": [*numbers]}):
            known = found[phone].get(client)
            if known is None or known.contact is None:
                found[phone][client] = Owner(client, contact)
    return {phone: [*owners.values()] for phone, owners in found.items()}
