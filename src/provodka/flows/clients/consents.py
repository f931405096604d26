"""What clients have agreed to, on what ground, and what they have taken back (152-ФЗ, article 9).

The journal keeps who has written each of them down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, select

from provodka.connectors.crm_store.tables.clients import client
from provodka.connectors.crm_store.tables.outward import consent
from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _, marked

__all__ = ["KINDS", "Consent", "give", "listed", "withdraw"]

KINDS = {
    "mail_opens": marked("узнавать, прочитаны ли письма"),
    "advertising": marked("показывать рекламу в других системах"),
}
"""What may be agreed to, with its title."""


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent; it holds as long as `withdrawn_at` is empty. `basis` is how it is known."""

    id: UUID
    kind: str
    given_at: datetime
    withdrawn_at: datetime | None
    basis: str | None


SHOWN = (
    consent.c.id,
    consent.c.purpose.label("kind"),
    consent.c.given_at,
    consent.c.withdrawn_at,
    consent.c.source.label("basis"),
)
ALIVE = consent.c.deleted_at.is_(None)


def listed(connection: Connection, owner: UUID) -> list[Consent]:
    """All consents of a client, those taken back as well, the latest first."""
    query = select(*SHOWN).where(consent.c.client_id == owner, ALIVE)
    rows = connection.execute(query.order_by(consent.c.given_at.desc(), consent.c.id.desc()))
    return [Consent(**row._mapping) for row in rows]


def give(connection: Connection, owner: UUID, kind: str, basis: str, at: datetime) -> Consent:
    """Write a consent down; one that holds already stands as it is.

    Raises `DocumentError` for an unknown kind and without a basis: the operator has to be able
    to prove a consent (152-ФЗ, article 9, part 3).
    """
    _check(kind)
    if not basis.strip():
        raise DocumentError(
            _("Согласие"),
            found=_("основание не названо"),
            expected=_("откуда известно о согласии: анкета, договор, письмо"),
            next_step=_("добавьте --basis ТЕКСТ"),
            code="no_consent_basis",
        )
    _lock(connection, owner)
    for one in listed(connection, owner):
        if one.kind == kind and one.withdrawn_at is None:
            return one
    values = {"client_id": owner, "purpose": kind, "source": basis.strip(), "given_at": at}
    made = connection.execute(consent.insert().values(values).returning(*SHOWN)).one()
    return Consent(**made._mapping)


def withdraw(connection: Connection, owner: UUID, kind: str, at: datetime) -> Sequence[Consent]:
    """Take back what holds of a kind; returns those taken back, none if nothing held."""
    _check(kind)
    _lock(connection, owner)
    rows = connection.execute(
        consent.update()
        .where(consent.c.client_id == owner, consent.c.purpose == kind, ALIVE)
        .where(consent.c.withdrawn_at.is_(None))
        .values(withdrawn_at=func.greatest(consent.c.given_at, at))
        .returning(*SHOWN)
    )
    return [Consent(**row._mapping) for row in rows]


def _lock(connection: Connection, owner: UUID) -> None:
    """Two who write at once do so one after the other."""
    connection.execute(select(client.c.id).where(client.c.id == owner).with_for_update())


def _check(kind: str) -> None:
    if kind not in KINDS:
        raise DocumentError(
            _("Согласие"),
            found=_("неизвестный вид «{kind}»").format(kind=kind),
            expected=", ".join(KINDS),
            next_step=_("исправьте --kind"),
            code="unknown_consent",
        )
