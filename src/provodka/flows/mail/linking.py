"""Whose letter it is: by its thread, by the token of ours it answers, by address, by domain.

The first that tells wins, in this order. Two clients under one address or one domain are not
guessed between: a person chooses.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.letter_tokens import message_of_token
from provodka.connectors.mail.understanding import Kind
from provodka.connectors.mail.wire import DEAL_HEADER
from provodka.flows.mail.arrivals import Arrival, Ours, direction_of, outsiders
from provodka.flows.mail.free_mail import is_free_mail

__all__ = ["Known", "Link", "Owner", "choose", "employees", "know", "open_deals", "tokens_of"]

PLUS = re.compile(r"\+([A-Za-z0-9_-]{43})@")
MOST_REFERENCES = 50
ASKED = frozenset({Kind.PERSON, Kind.INVITATION})
OWNERS = """
    SELECT DISTINCT {key} AS key, client_id, contact_id FROM (
        SELECT email, id AS client_id, NULL::uuid AS contact_id FROM crm.client
        WHERE deleted_at IS NULL AND merged_into_id IS NULL
        UNION ALL
        SELECT t.email, t.client_id, t.id FROM crm.contact t JOIN crm.client c ON c.id = t.client_id
        WHERE t.deleted_at IS NULL AND c.deleted_at IS NULL AND c.merged_into_id IS NULL) o
    WHERE {key} = ANY(:keys)
"""
BY_ADDRESS = text(OWNERS.format(key="lower(email)"))
BY_DOMAIN = text(OWNERS.format(key="split_part(lower(email), '@', 2)"))
BY_REFERENCE = text("""
    SELECT id, message_id, client_id, deal_id, direction FROM crm.message
    WHERE (message_id = ANY(:ids) OR id = ANY(:keys)) AND deleted_at IS NULL
""")
OPEN_DEALS = text("""
    SELECT DISTINCT ON (client_id) client_id, id FROM crm.deal
    WHERE client_id = ANY(:clients) AND status = 'open' AND deleted_at IS NULL
    ORDER BY client_id, created_at DESC, id DESC
""")
EMPLOYEES = text("""
    SELECT lower(email) AS address, id FROM crm.employee
    WHERE email <> '' AND deleted_at IS NULL
""")


class Owner(NamedTuple):
    """Whose an address is."""

    client: UUID
    contact: UUID | None = None


class Earlier(NamedTuple):
    """A letter that is known already."""

    id: UUID
    client: UUID | None
    deal: UUID | None
    direction: str


@dataclass(frozen=True, slots=True)
class Link:
    """Where a letter belongs. `by`: thread, token, address, domain; or why nowhere: ambiguous,
    unknown, own (nobody outside takes part), program. `answers` is our letter that it answers.
    """

    by: str
    client: UUID | None = None
    deal: UUID | None = None
    employee: UUID | None = None
    needs_person: bool = False
    answers: UUID | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of everything that a batch of letters mentions."""

    by_id: Mapping[str, Earlier] = field(default_factory=dict)
    by_key: Mapping[UUID, Earlier] = field(default_factory=dict)
    owners: Mapping[str, Sequence[Owner]] = field(default_factory=dict)
    domains: Mapping[str, Sequence[Owner]] = field(default_factory=dict)
    staff: Mapping[str, UUID] = field(default_factory=dict)
    ours: Ours = field(default_factory=Ours)
    secret: bytes = field(default=b"", repr=False)


def know(
    connection: Connection,
    arrivals: Sequence[Arrival],
    *,
    ours: Ours,
    staff: Mapping[str, UUID],
    secret: bytes,
) -> Known:
    """Look up at once everything that deciding about these letters takes."""
    said = {one for arrival in arrivals for one in _mentioned(arrival)}
    keys = {key for arrival in arrivals for key in tokens_of(arrival, secret)}
    rows = connection.execute(BY_REFERENCE, {"ids": list(said), "keys": list(keys)}).all()
    earlier = {row.id: Earlier(row.id, row.client_id, row.deal_id, row.direction) for row in rows}
    addresses = {
        one for arrival in arrivals for one in outsiders(arrival, direction_of(arrival, ours), ours)
    }
    domains = {one.rpartition("@")[2] for one in addresses}
    return Known(
        by_id={row.message_id: earlier[row.id] for row in rows if row.message_id},
        by_key=earlier,
        owners=_owners(connection, BY_ADDRESS, addresses),
        domains=_owners(connection, BY_DOMAIN, {one for one in domains if not is_free_mail(one)}),
        staff=staff,
        ours=ours,
        secret=secret,
    )


def choose(arrival: Arrival, known: Known) -> Link:
    """Decide where one letter belongs, but for its deal; pure."""
    direction = direction_of(arrival, known.ours)
    employee = _employee(arrival, known, outgoing=direction == "outgoing")
    thread = [known.by_id[one] for one in _mentioned(arrival) if one in known.by_id]
    token = [known.by_key[key] for key in tokens_of(arrival, known.secret) if key in known.by_key]
    answers = next((one.id for one in (*thread, *token) if one.direction == "outgoing"), None)
    for by, found in (("thread", thread), ("token", token)):
        for one in found:
            if one.client is not None:
                return Link(by, one.client, one.deal, employee, answers=answers)
    if direction == "service":
        return Link("program", employee=employee, answers=answers)
    addresses = outsiders(arrival, direction, known.ours)
    link = _by_owner(addresses, known) if addresses else Link("own")
    asked = link.needs_person and arrival.letter.kind in ASKED
    return replace(link, employee=employee, answers=answers, needs_person=asked)


def _by_owner(addresses: Sequence[str], known: Known) -> Link:
    domains = list(dict.fromkeys(one.rpartition("@")[2] for one in addresses))
    for by, keys, owners in (
        ("address", addresses, known.owners),
        ("domain", domains, known.domains),
    ):
        clients = {owner.client for key in keys for owner in owners.get(key, ())}
        if len(clients) == 1:
            return Link(by, clients.pop())
        if clients:
            return Link("ambiguous", needs_person=True)
    return Link("unknown", needs_person=True)


def tokens_of(arrival: Arrival, secret: bytes) -> list[UUID]:
    """Our letters whose tokens stand in this one's recipients or header."""
    if not secret:
        return []
    letter = arrival.letter
    boxes = [*(box.address for box in letter.recipients), *letter.delivered_to]
    tokens = [found[1] for box in boxes if (found := PLUS.search(box))]
    keys = (message_of_token(one, secret) for one in (*tokens, letter.header(DEAL_HEADER)))
    return [key for key in dict.fromkeys(keys) if key is not None]


def open_deals(connection: Connection, clients: Iterable[UUID]) -> dict[UUID, UUID]:
    """The newest open deal of each client that has one."""
    rows = connection.execute(OPEN_DEALS, {"clients": list(set(clients))})
    return {row.client_id: row.id for row in rows}


def employees(connection: Connection) -> dict[str, UUID]:
    """Employees by their addresses in lower case."""
    return {row.address: row.id for row in connection.execute(EMPLOYEES)}


def _mentioned(arrival: Arrival) -> list[str]:
    """Message-IDs of the thread, the nearest first; of what a program reports on, too."""
    letter = arrival.letter
    reported = [one.original_id for one in (letter.bounce, letter.receipt) if one]
    nearest = [*reported, letter.in_reply_to, *reversed(letter.references[-MOST_REFERENCES:])]
    return [one for one in dict.fromkeys(nearest) if one]


def _employee(arrival: Arrival, known: Known, *, outgoing: bool) -> UUID | None:
    letter = arrival.letter
    sender = [letter.sender.address] if letter.sender else []
    boxes = sender if outgoing else [*(b.address for b in letter.recipients), *letter.delivered_to]
    return next((known.staff[b.lower()] for b in boxes if b.lower() in known.staff), None)


def _owners(connection: Connection, query: Any, keys: set[str]) -> dict[str, list[Owner]]:
    found: dict[str, list[Owner]] = defaultdict(list)
    if keys:
        for row in connection.execute(query, {"keys": sorted(keys)}):
            found[row.key].append(Owner(row.client_id, row.contact_id))
    return found
