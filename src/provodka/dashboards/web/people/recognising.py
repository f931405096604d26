"""Who of ours an identity provider's person is, and what that person's groups may do here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import people
from provodka.connectors.crm_store.people import Person
from provodka.connectors.oidc.identity import Identity
from provodka.dashboards.web.people.roles import Role

__all__ = ["recognised"]

ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:whose, 0))")


def recognised(
    connection: Connection,
    identity: Identity,
    roles: Mapping[str, Collection[Role]],
    *,
    creates: bool,
) -> UUID | None:
    """The person to let in; None for whoever is not to be.

    One who is known by subject; else one who was entered beforehand under this login, has no
    password and belongs to no provider yet; else, if it `creates`, a new one. With `roles` (group
    to roles) the provider has the word about roles each time, and whoever has none stays outside.
    """
    granted = sorted({role.value for group in identity.groups for role in roles.get(group, ())})
    if roles and not granted:
        return None
    # A second tap of the button must not enter the same person twice.
    connection.execute(ALONE, {"whose": f"{identity.issuer} {identity.subject}"})
    found = _known(connection, identity)
    if found is None:
        return _created(connection, identity, granted) if creates else None
    if not found.active:
        return None
    wanted = {"issuer": identity.issuer, "subject": identity.subject}
    if roles:
        wanted |= {"roles": granted}  # type: ignore[dict-item]
    people.change(connection, found.id, **wanted)
    return found.id


def _known(connection: Connection, identity: Identity) -> Person | None:
    found = people.by_subject(connection, identity.issuer, identity.subject)
    if found is not None:
        return found
    awaited = people.by_login(connection, identity.login)
    # Whoever has a password is not handed over to anybody that calls themselves so elsewhere.
    if awaited and awaited.issuer is None and awaited.password is None:
        return awaited
    return None


def _created(connection: Connection, identity: Identity, granted: Collection[str]) -> UUID | None:
    if not granted or not identity.login or people.by_login(connection, identity.login):
        return None
    whose = (identity.issuer, identity.subject)
    login, name = identity.login, identity.name or identity.login
    return people.add(connection, login, name, roles=granted, identity=whose).id
