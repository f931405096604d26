"""The caller's card: who calls, what is open with them, who looks after them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from provodka.connectors.telephony.numbers import INTERNAL_LENGTHS, Kind, normalize
from provodka.dashboards.insight.owners import Owner, owners_of

__all__ = [
    "Card",
    "CardClient",
    "Delivery",
    "OpenDeal",
    "Twin",
    "caller_card",
    "client_card",
]

NEVER = datetime.min.replace(tzinfo=UTC)
CLIENTS = text("""
    SELECT c.id, c.name, c.kind, c.phone, e.name AS responsible, last.at AS last_contact
    FROM crm.client c
    LEFT JOIN crm.employee e ON e.id = c.responsible_id
    LEFT JOIN LATERAL (
        SELECT i.at FROM crm.interaction i
        WHERE i.client_id = c.id AND i.status = 'done' AND i.deleted_at IS NULL
        ORDER BY i.at DESC LIMIT 1) last ON true
    WHERE c.id = ANY(:ids) AND c.deleted_at IS NULL
""")
CONTACTS = text("SELECT id, name, position FROM crm.contact WHERE id = ANY(:ids)")
DEALS = text("""
    SELECT d.client_id AS of_client, d.id, d.number, d.title, d.amount, d.currency,
           coalesce(s.name, '') AS stage, e.name AS responsible
    FROM crm.deal d
    LEFT JOIN crm.stage s ON (s.scenario, s.code) = (d.scenario, d.stage)
    LEFT JOIN crm.employee e ON e.id = d.responsible_id
    WHERE d.client_id = ANY(:ids) AND d.status = 'open' AND d.deleted_at IS NULL
    ORDER BY d.created_at DESC, d.id
""")
DELIVERIES = text("""
    SELECT found.of_client, t.id, t.subject, t.due_at, e.name AS courier
    FROM (SELECT client_id AS of_client, id FROM crm.task
          WHERE client_id = ANY(:ids) AND status = 'open'
          UNION
          SELECT d.client_id, t.id FROM crm.deal d JOIN crm.task t ON t.deal_id = d.id
          WHERE d.client_id = ANY(:ids) AND d.deleted_at IS NULL AND t.status = 'open') found
    JOIN crm.task t ON t.id = found.id AND t.kind = 'delivery' AND t.deleted_at IS NULL
    LEFT JOIN crm.employee e ON e.id = t.executor_id
    ORDER BY t.due_at NULLS LAST, t.id
""")
TWINS = text("""
    SELECT found.of_client, c.id, c.name, found.score
    FROM (SELECT first AS of_client, second AS other, score FROM hub.duplicate
          WHERE first = ANY(:ids)
          UNION ALL
          SELECT second, first, score FROM hub.duplicate WHERE second = ANY(:ids)) found
    JOIN crm.client c ON c.id = found.other AND c.deleted_at IS NULL
    WHERE NOT EXISTS (
        SELECT FROM hub.client_apart a WHERE a.undone_at IS NULL
            AND a.first = least(found.of_client, found.other)
            AND a.second = greatest(found.of_client, found.other))
    ORDER BY found.score DESC, c.id
""")


@dataclass(frozen=True, slots=True)
class OpenDeal:
    """A deal that goes on; `stage` is its name for people."""

    id: UUID
    number: str
    title: str
    stage: str
    amount: Decimal
    currency: str
    responsible: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery that is under way or planned."""

    id: UUID
    subject: str
    due_at: datetime | None
    courier: str | None


@dataclass(frozen=True, slots=True)
class Twin:
    """Another client who may be the same one; `score` is up to 100."""

    id: UUID
    name: str = field(repr=False)
    score: int = 0


@dataclass(frozen=True, slots=True)
class CardClient:
    """One client who has the number; `contact` and `position` are of the person, if known."""

    id: UUID
    name: str = field(repr=False)
    kind: str
    responsible: str | None
    last_contact: datetime | None
    contact: str | None = field(default=None, repr=False)
    position: str | None = None
    deals: tuple[OpenDeal, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    twins: tuple[Twin, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """Who may be calling: the client with the latest contact first.

    `number` is E.164, or as it was given where it is no full number; `employee` is who has
    an internal number.
    """

    number: str = field(repr=False)
    clients: tuple[CardClient, ...] = ()
    employee: str | None = None
    hidden: bool = False

    @property
    def known(self) -> bool:
        """Whether anybody has this number."""
        return bool(self.clients or self.employee)


def caller_card(
    connection: Connection, number: str, *, internal_lengths: Collection[int] = INTERNAL_LENGTHS
) -> Card:
    """Everything that whoever picks up should see, from a number as a PBX or a person writes it."""
    asked = normalize(number, internal_lengths=internal_lengths)
    if asked.kind is Kind.HIDDEN:
        return Card("", hidden=True)
    if asked.kind is Kind.INTERNAL:
        return Card(asked.raw, employee=_employee(connection, asked.extension or ""))
    owners = owners_of(connection, [asked.best]).get(asked.best, [])
    return Card(asked.best, _clients(connection, owners)) if owners else Card(asked.best)


def client_card(connection: Connection, key: UUID) -> CardClient | None:
    """What whoever speaks with a known client should see; None for one who is gone."""
    found = _clients(connection, [Owner(key, None)])
    return found[0] if found else None


def _employee(connection: Connection, extension: str) -> str | None:
    named = text("SELECT name FROM crm.employee WHERE extension = :x AND deleted_at IS NULL")
    return connection.execute(named, {"x": extension}).scalars().first()


def _clients(connection: Connection, owners: list[Owner]) -> tuple[CardClient, ...]:
    ids = [owner.client for owner in owners]
    persons = _persons(connection, owners)
    deals = _by_client(connection, DEALS, ids)
    deliveries = _by_client(connection, DELIVERIES, ids)
    twins = _by_client(connection, TWINS, ids)
    found = [
        CardClient(
            row.id,
            row.name,
            row.kind,
            row.responsible,
            row.last_contact,
            *persons.get(row.id, (None, None)),
            tuple(OpenDeal(**one) for one in deals[row.id]),
            tuple(Delivery(**one) for one in deliveries[row.id]),
            tuple(Twin(**one) for one in twins[row.id]),
        )
        for row in connection.execute(CLIENTS, {"ids": ids})
    ]
    return tuple(sorted(found, key=_lately, reverse=True))


def _lately(one: CardClient) -> tuple[datetime, bool, UUID]:
    return one.last_contact or NEVER, bool(one.deals), one.id


def _persons(
    connection: Connection, owners: list[Owner]
) -> Mapping[UUID, tuple[str | None, str | None]]:
    of_contact = {owner.contact: owner.client for owner in owners if owner.contact}
    if not of_contact:
        return {}
    rows = connection.execute(CONTACTS, {"ids": [*of_contact]})
    return {of_contact[row.id]: (row.name, row.position) for row in rows}


def _by_client(
    connection: Connection, query: TextClause, ids: list[UUID]
) -> Mapping[UUID, list[dict[str, Any]]]:
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.execute(query, {"ids": ids}):
        values = dict(row._mapping)
        found[values.pop("of_client")].append(values)
    return found
