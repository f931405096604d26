"""Living clients as cards to compare: their own fields, contacts' telephones, points' addresses."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.mappings.duplicates.cards import Card

__all__ = ["cards", "concerned"]

CARDS = """
    SELECT c.id, c.name, c.full_name, c.kind, c.inn, c.kpp, c.phone, c.email, c.delivery_address,
           ct.phones, ct.emails, dp.addresses
    FROM crm.client c
    LEFT JOIN (SELECT client_id, array_agg(phone) FILTER (WHERE phone <> '') AS phones,
                      array_agg(email) FILTER (WHERE email <> '') AS emails
               FROM crm.contact WHERE deleted_at IS NULL {of_clients} GROUP BY client_id) ct
        ON ct.client_id = c.id
    LEFT JOIN (SELECT client_id, array_agg(address) AS addresses
               FROM crm.delivery_point WHERE deleted_at IS NULL {of_clients} GROUP BY client_id) dp
        ON dp.client_id = c.id
    WHERE c.deleted_at IS NULL {these}
"""
ALL = text(CARDS.format(of_clients="", these=""))
SOME = text(CARDS.format(of_clients="AND client_id = ANY(:ids)", these="AND c.id = ANY(:ids)"))
CONCERNED = text("""
    SELECT DISTINCT client FROM (
        SELECT document AS client FROM hub.delta WHERE id = ANY(:ids) AND kind = 'client'
        UNION ALL
        SELECT (side->>'client_id')::uuid
        FROM hub.delta, LATERAL (VALUES (before), (after)) sides (side)
        WHERE id = ANY(:ids) AND kind <> 'client') found
    WHERE client IS NOT NULL
""")


def cards(connection: Connection, clients: Collection[UUID] | None = None) -> Iterator[Card]:
    """The cards of these clients, or of all; what has a tombstone has none."""
    if clients is None:
        rows = connection.execute(ALL)
    else:
        rows = connection.execute(SOME, {"ids": sorted(clients)})
    for row in rows:
        yield Card(
            client=row.id,
            name=row.name,
            full_name=row.full_name,
            individual=row.kind == "individual",
            inn=row.inn,
            kpp=row.kpp,
            phones=_all(row.phone, row.phones),
            emails=_all(row.email, row.emails),
            addresses=_all(row.delivery_address, row.addresses),
        )


def _all(own: str | None, others: list[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys([own, *(others or ())] if own else others or ()))


def concerned(connection: Connection, deltas: Collection[int]) -> set[UUID]:
    """The clients whose cards these deltas (of clients, contacts, delivery points) change."""
    return set(connection.scalars(CONCERNED, {"ids": list(deltas)}))
