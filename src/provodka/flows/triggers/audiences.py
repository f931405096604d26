"""Audiences that rules have gathered, as advertising systems take them: hashes, with consent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _
from provodka.trigger_rules.actions.outside import hashed

__all__ = ["Audience", "Member", "audiences", "members"]

AGREED = """
    EXISTS (SELECT FROM crm.consent s WHERE s.client_id = coalesce(c.merged_into_id, c.id)
            AND s.purpose = 'advertising' AND s.withdrawn_at IS NULL AND s.deleted_at IS NULL)
    AND (c.deleted_at IS NULL OR c.merged_into_id IS NOT NULL)"""
LISTS = text(f"""
    SELECT a.list AS name, count(DISTINCT a.client_id) AS clients,
      count(DISTINCT a.client_id) FILTER (WHERE {AGREED}) AS agreed,
      max(a.added_at) AS added_at
    FROM hub.audience a JOIN crm.client c ON c.id = a.client_id
    GROUP BY a.list ORDER BY a.list
""")  # noqa: S608
MEMBERS = text(f"""
    SELECT a.client_id AS client, c.phone,
      max(a.hash) FILTER (WHERE a.kind = 'email') AS email_hash,
      array_agg(a.hash) FILTER (WHERE a.kind = 'phone') AS phone_hashes
    FROM hub.audience a JOIN crm.client c ON c.id = a.client_id
    WHERE a.list = :name AND {AGREED}
    GROUP BY a.client_id, c.phone ORDER BY min(a.added_at), a.client_id
""")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Audience:
    """A list: how many clients rules have added, and how many of them have agreed to be shown."""

    name: str
    clients: int
    agreed: int
    added_at: Any


@dataclass(frozen=True, slots=True)
class Member:
    """A client of an audience as SHA-256 in hex; empty where the client has no such contact."""

    client: UUID
    email: str
    phone: str


def audiences(connection: Connection) -> list[Audience]:
    """Every audience that rules have gathered."""
    return [Audience(**row._mapping) for row in connection.execute(LISTS)]


def members(connection: Connection, name: str, *, digits: bool = False) -> Iterator[Member]:
    """The clients of an audience who have agreed to advertising and not taken it back.

    A phone is hashed as ``+79991234567``; with `digits` as ``79991234567``, the way some systems
    want it: then only that of clients whose phone is still the one that was added. Raises
    `DocumentError` for an audience that no rule has added to.
    """
    known = [one.name for one in audiences(connection)]
    if name not in known:
        raise DocumentError(
            _("Аудитория {name}").format(name=name),
            found=_("такой аудитории нет"),
            expected=", ".join(known) or _("правило с действием add_to_audience"),
            next_step=_("посмотрите список: provodka rules audience"),
            code="no_audience",
        )
    return (_member(row, digits) for row in connection.execute(MEMBERS, {"name": name}))


def _member(row: Any, digits: bool) -> Member:
    phones = row.phone_hashes or [""]
    phone = str(phones[-1])
    if digits and phone:
        now = row.phone or ""
        phone = hashed(now.lstrip("+")) if hashed(now) in phones else ""
    return Member(row.client, row.email_hash or "", phone)
