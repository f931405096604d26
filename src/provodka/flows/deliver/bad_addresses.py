"""Addresses that nothing is sent to: letters came back from there, or a person has refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from email.utils import getaddresses
from uuid import UUID

from sqlalchemy import Connection, select, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.tables.letters import address_state
from provodka.foundation.errors import DocumentError, Refused
from provodka.foundation.i18n import _

__all__ = ["check_address", "refuse_by_letter", "refuse_mailings", "remember_refusal"]

NO_SUCH_ADDRESS = re.compile(r"\b5\.1\.(?:1|2|3|6|10)\b")
"""Enhanced codes of an address that will never do (RFC 3463 §3.2, RFC 7505)."""
SENT_TO = text("SELECT recipient FROM crm.message WHERE id = :id AND direction = 'outgoing'")


def check_address(connection: Connection, address: str, *, mailing: bool) -> None:
    """Raise `Refused` if nothing, or no mailing, is to be sent to an address."""
    wanted = address_state.c.address == address.strip().lower()
    row = connection.execute(
        select(address_state).where(wanted, address_state.c.deleted_at.is_(None))
    ).first()
    if row is None:
        return
    if row.bounced_at is not None:
        raise Refused(
            _("Адрес получателя"),
            found=_("письма на него вернулись: {code}").format(code=row.bounce_code or "—"),
            expected=_("действующий адрес"),
            next_step=_("узнайте у клиента новый адрес и исправьте его карточку"),
            code="address_bounced",
        )
    if mailing and row.unsubscribed_at is not None:
        raise Refused(
            _("Адрес получателя"),
            found=_("получатель отписался от рассылок"),
            expected=_("согласие на рассылки"),
            next_step=_("ничего делать не нужно: остальные письма ему уходят"),
            code="unsubscribed",
        )


def remember_refusal(
    address: str, error: DocumentError, at: datetime
) -> Callable[[Connection], None]:
    """Mark an address of which the server has said at once that there is none."""
    known = NO_SUCH_ADDRESS.search(error.found) if error.code.startswith("smtp_5") else None

    def record(connection: Connection) -> None:
        if known:
            values = {"bounced_at": at, "bounce_code": known[0], "reason": "smtp"}
            _mark(connection, address, values)

    return record


def refuse_mailings(connection: Connection, address: str, at: datetime, reason: str) -> None:
    """Remember that no mailing may go to an address any more; the first refusal counts."""
    _mark(connection, address, {"unsubscribed_at": at, "reason": reason})


def refuse_by_letter(connection: Connection, letter: UUID, at: datetime, reason: str) -> bool:
    """Refuse mailings for everybody whom a letter of ours was sent to; whether there are such."""
    recipient = connection.execute(SENT_TO, {"id": letter}).scalar()
    sent_to = [address for _name, address in getaddresses([recipient or ""]) if address]
    for address in sent_to:
        refuse_mailings(connection, address, at, reason)
    return bool(sent_to)


def _mark(connection: Connection, address: str, values: dict[str, object]) -> None:
    new = insert(address_state).values(address=address.strip().lower(), **values)
    first = next(iter(values))
    connection.execute(
        new.on_conflict_do_update(
            index_elements=[address_state.c.address],
            set_=values,
            where=address_state.c[first].is_(None),
        )
    )
