"""The one-time link that `provodka up` prints, so that the first page opens without a password."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Engine

from provodka.connectors.crm_store import people, sessions
from provodka.connectors.crm_store.people import Person
from provodka.dashboards.web.people.roles import Role
from provodka.foundation.i18n import _

__all__ = ["OWNER", "first_link", "link_for"]

OWNER = "owner"
"""The login of whoever sits at this computer; without a password, every role."""
GOOD_FOR = timedelta(minutes=30)


def first_link(engine: Engine, address: str, now: datetime) -> str | None:
    """An address that lets in whoever starts the hub, once and for half an hour.

    None unless `address` (of the web process, ``http://127.0.0.1:8750``) is on this computer
    alone: elsewhere others might read it first. The person `owner` is entered when there is none,
    and one that was disabled stays so.
    """
    if not _is_loopback(address):
        return None
    with engine.begin() as connection:
        owner = people.by_login(connection, OWNER) or people.add(
            connection, OWNER, _("Хозяин"), roles=[role.value for role in Role]
        )
        return (
            _address(address, sessions.give_link(connection, owner.id, now + GOOD_FOR))
            if (owner.active)
            else None
        )


def link_for(engine: Engine, who: Person, address: str, until: datetime) -> str:
    """An address that lets a person in once, until a moment."""
    with engine.begin() as connection:
        return _address(address, sessions.give_link(connection, who.id, until))


def _address(base: str, token: str) -> str:
    return f"{base.rstrip('/')}/enter/{token}"


def _is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
