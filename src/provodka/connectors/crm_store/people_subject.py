"""Who is meant by a client's key, a phone or an address of mail, and by what they are found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store.people_traits import Traits
from provodka.foundation.errors import AmbiguousMatch, DocumentError
from provodka.foundation.i18n import _

__all__ = ["Subject", "by_client", "by_traits"]

PERSONAL_INN = re.compile(r"\d{12}")
MERGED = text("""
    WITH RECURSIVE one AS (
        SELECT id FROM crm.client WHERE id = ANY(CAST(:clients AS uuid[]))
        UNION SELECT c.id FROM crm.client c JOIN one ON c.merged_into_id = one.id)
    SELECT id FROM one ORDER BY id
""")
CLIENTS = text("""
    SELECT coalesce(merged_into_id, id) AS id, name FROM crm.client
    WHERE (kind = 'individual' OR length(inn) = 12)
      AND (phone = :phone OR lower(email) = :email)
    UNION SELECT coalesce(c.merged_into_id, c.id), c.name FROM crm.messenger_account m
    JOIN crm.client c ON c.id = m.client_id
    WHERE m.phone = :phone AND m.contact_id IS NULL
      AND (c.kind = 'individual' OR length(c.inn) = 12)
""")
CONTACTS = text("SELECT id FROM crm.contact WHERE phone = :phone OR lower(email) = :email")
OF_CLIENTS = text("SELECT id FROM crm.contact WHERE client_id = ANY(CAST(:clients AS uuid[]))")
KIND = text("SELECT kind, inn FROM crm.client WHERE id = :client")
IMAGES = text("""
    SELECT kind, image FROM (
        SELECT 'client' AS kind, id, NULL::uuid AS owner, NULL::uuid AS contact,
            to_jsonb(t) AS image FROM crm.client t
        UNION ALL SELECT 'contact', id, client_id, id, to_jsonb(t) FROM crm.contact t
        UNION ALL SELECT 'delivery_point', id, client_id, contact_id, to_jsonb(t)
        FROM crm.delivery_point t
        UNION ALL SELECT 'messenger_account', id, client_id, contact_id, to_jsonb(t)
        FROM crm.messenger_account t) rows
    WHERE id = ANY(CAST(:clients AS uuid[])) OR owner = ANY(CAST(:clients AS uuid[]))
       OR contact = ANY(CAST(:contacts AS uuid[]))
""")
PAST = text("""
    SELECT d.kind, i.image FROM hub.delta d
    CROSS JOIN LATERAL (VALUES (d.before::jsonb), (d.after::jsonb)) i (image)
    WHERE d.document = ANY(CAST(:documents AS uuid[])) AND d.part = '' AND i.image IS NOT NULL
      AND d.kind IN ('client', 'contact', 'delivery_point', 'messenger_account')
""")
SHARED = text("""
    SELECT 'names' AS trait, name AS value FROM crm.client WHERE id <> ALL(CAST(:clients AS uuid[]))
        AND name = ANY(CAST(:names AS text[]))
    UNION SELECT 'names', name FROM crm.contact WHERE id <> ALL(CAST(:contacts AS uuid[]))
        AND name = ANY(CAST(:names AS text[]))
    UNION SELECT 'names', name FROM crm.employee WHERE name = ANY(CAST(:names AS text[]))
    UNION SELECT 'phones', phone FROM crm.client WHERE id <> ALL(CAST(:clients AS uuid[]))
        AND phone = ANY(CAST(:phones AS text[]))
    UNION SELECT 'phones', phone FROM crm.contact WHERE id <> ALL(CAST(:contacts AS uuid[]))
        AND phone = ANY(CAST(:phones AS text[]))
    UNION SELECT 'phones', phone FROM crm.employee WHERE phone = ANY(CAST(:phones AS text[]))
    UNION SELECT 'emails', lower(email) FROM crm.client WHERE id <> ALL(CAST(:clients AS uuid[]))
        AND lower(email) = ANY(CAST(:emails AS text[]))
    UNION SELECT 'emails', lower(email) FROM crm.contact WHERE id <> ALL(CAST(:contacts AS uuid[]))
        AND lower(email) = ANY(CAST(:emails AS text[]))
    UNION SELECT 'emails', lower(email) FROM crm.employee
        WHERE lower(email) = ANY(CAST(:emails AS text[]))
    UNION SELECT 'addresses', address FROM crm.delivery_point
        WHERE client_id <> ALL(CAST(:clients AS uuid[]))
          AND address = ANY(CAST(:addresses AS text[]))
""")
FIELDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "names": {
        "client": ("name", "full_name"),
        "contact": ("name",),
        "messenger_account": ("name",),
    },
    "phones": {"client": ("phone",), "contact": ("phone",), "messenger_account": ("phone",)},
    "emails": {"client": ("email",), "contact": ("email",)},
    "numbers": {"client": ("inn",), "messenger_account": ("account",)},
    "addresses": {"client": ("delivery_address",), "delivery_point": ("address",)},
}
"""Which columns of which kinds are traits; an address of a contact's company is not one."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A person: keys of clients (with those merged into them) and contacts, and traits.

    `shared` are traits that somebody else has too: by them nobody is looked for.
    """

    clients: tuple[UUID, ...] = ()
    contacts: tuple[UUID, ...] = ()
    traits: Traits = field(default_factory=Traits, repr=False)
    shared: Traits = field(default_factory=Traits, repr=False)

    def given(self) -> dict[str, Any]:
        """Parameters of the conditions of `PLACES`."""
        return {
            "clients": list(self.clients),
            "contacts": list(self.contacts),
            "phones": sorted(self.traits.phones),
            "emails": sorted(self.traits.emails),
        }


def by_client(connection: Connection, client: UUID) -> Subject:
    """The person that a client is, with contacts. Raises `DocumentError` for a company."""
    row = connection.execute(KIND, {"client": client}).one()
    if row.kind != "individual" and not PERSONAL_INN.fullmatch(row.inn or ""):
        raise DocumentError(
            _("Клиент {client}").format(client=client),
            found=_("это организация, а не человек"),
            expected=_("физическое лицо или предприниматель"),
            next_step=_("людей организации называют по телефону или почте: --phone, --email"),
            code="not_a_person",
        )
    clients = _with_merged(connection, [client])
    given = {"clients": clients}
    return _known(connection, clients, list(connection.scalars(OF_CLIENTS, given)), Traits())


def by_traits(connection: Connection, *, phone: str = "", email: str = "") -> Subject:
    """The person of a phone (E.164) or an address of mail, also one that is no client.

    Raises `AmbiguousMatch` if several clients have it.
    """
    given = {"phone": phone or None, "email": email.lower() or None}
    found = {row.id: row.name for row in connection.execute(CLIENTS, given)}
    if len(found) > 1:
        candidates = [str(one) for one in sorted(found)]
        raise AmbiguousMatch(
            _("Телефон или почта"),
            candidates=candidates,
            found=_("это у нескольких клиентов: {list}").format(list=", ".join(candidates)),
            expected=_("один человек"),
            next_step=_("назовите клиента ключом"),
            code="ambiguous_person",
        )
    clients = _with_merged(connection, list(found))
    contacts = list(connection.scalars(CONTACTS, given))
    contacts += connection.scalars(OF_CLIENTS, {"clients": clients})
    told = Traits(
        phones=frozenset({phone} if phone else ()),
        emails=frozenset({email.lower()} if email else ()),
    )
    return _known(connection, clients, sorted(set(contacts)), told)


def _with_merged(connection: Connection, clients: list[UUID]) -> list[UUID]:
    return list(connection.scalars(MERGED, {"clients": clients}))


def _known(
    connection: Connection, clients: list[UUID], contacts: list[UUID], told: Traits
) -> Subject:
    given = {"clients": clients, "contacts": contacts}
    rows = [(row.kind, row.image) for row in connection.execute(IMAGES, given)]
    documents = [*clients, *contacts, *(UUID(image["id"]) for _kind, image in rows)]
    rows += [(row.kind, row.image) for row in connection.execute(PAST, {"documents": documents})]
    # A contact's points of delivery are those of the company.
    kept = rows if clients else [row for row in rows if row[0] != "delivery_point"]
    found = _traits(kept) | told
    shared = _shared(connection, clients, contacts, found)
    own = Traits(
        **{name: getattr(found, name) - getattr(shared, name) for name in Traits.__slots__}
    )
    return Subject(tuple(clients), tuple(contacts), own, shared)


def _traits(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> Traits:
    found: dict[str, set[str]] = {name: set() for name in FIELDS}
    for kind, image in rows:
        for name, of in FIELDS.items():
            found[name].update(_texts(image, of.get(kind, ())))
    found["emails"] = {one.lower() for one in found["emails"]}
    return Traits(**{name: frozenset(values) for name, values in found.items()})


def _texts(image: Mapping[str, Any], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if isinstance(image.get(name), str) and image[name].strip():
            yield image[name].strip()


def _shared(
    connection: Connection, clients: list[UUID], contacts: list[UUID], found: Traits
) -> Traits:
    given = {name: sorted(getattr(found, name)) for name in Traits.__slots__ if name != "numbers"}
    rows = connection.execute(SHARED, {**given, "clients": clients, "contacts": contacts})
    others: dict[str, set[str]] = {}
    for row in rows:
        others.setdefault(row.trait, set()).add(row.value)
    return Traits(**{name: frozenset(values) for name, values in others.items()})
