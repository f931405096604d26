"""Letters that nobody could be found for, and the clients that they may be from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["find_letter", "unlinked"]

UNLINKED = text("""
    SELECT m.id, m.direction, m.sent_at, m.sender, m.sender_name, m.recipient, m.subject,
           m.linked_by, m.channel, coalesce(may.clients, '[]') AS clients
    FROM crm.message m
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(DISTINCT jsonb_build_object('id', c.id, 'name', c.name)) AS clients
        FROM crm.client c
        LEFT JOIN crm.contact t ON t.client_id = c.id AND t.deleted_at IS NULL
        WHERE c.deleted_at IS NULL AND c.merged_into_id IS NULL AND m.linked_by = 'ambiguous'
          AND (lower(c.email) = lower(m.sender) OR lower(t.email) = lower(m.sender)
               OR split_part(lower(c.email), '@', 2) = split_part(lower(m.sender), '@', 2)
               OR split_part(lower(t.email), '@', 2) = split_part(lower(m.sender), '@', 2))
    ) may ON true
    WHERE m.needs_person AND m.deleted_at IS NULL
    ORDER BY m.sent_at DESC NULLS LAST LIMIT :most
""")
LETTERS = text("""
    SELECT id FROM crm.message
    WHERE deleted_at IS NULL AND (CAST(id AS text) LIKE :start OR message_id = :said)
    ORDER BY needs_person DESC LIMIT 3
""")


def unlinked(connection: Connection, most: int = 200) -> list[dict[str, Any]]:
    """Letters and messages that wait for a person to name their client, newest first.

    `clients` are those between whom the hub would not guess.
    """
    return [dict(row._mapping) for row in connection.execute(UNLINKED, {"most": most})]


def find_letter(connection: Connection, said: str) -> UUID:
    """A letter by its key, the key's beginning, or its Message-ID.

    Raises `ConfigurationError` where there is none, or more than one.
    """
    escaped = said.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    found = list(connection.execute(LETTERS, {"start": f"{escaped}%", "said": said}).scalars())
    if len(found) == 1:
        key: UUID = found[0]
        return key
    raise ConfigurationError(
        _("Письмо «{said}»").format(said=said),
        found=_("таких писем несколько") if found else _("такого письма нет"),
        expected=_("ключ письма из provodka mail unlinked"),
        next_step=_("повторите команду с ключом целиком"),
        code="no_letter",
    )
