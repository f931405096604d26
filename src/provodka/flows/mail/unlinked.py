"""Letters that nobody could be found for, and the clients that they may be from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["find_letter", "unlinked"]

OWNERS = """
    SELECT o.id FROM crm.client o WHERE {own} = {theirs}
      AND o.deleted_at IS NULL AND o.merged_into_id IS NULL
    UNION
    SELECT t.client_id FROM crm.contact t WHERE {contact} = {theirs} AND t.deleted_at IS NULL
"""
OF_ADDRESS = OWNERS.format(own="lower(o.email)", contact="lower(t.email)", theirs="lower(m.sender)")
OF_DOMAIN = OWNERS.format(
    own="split_part(lower(o.email), '@', 2)",
    contact="split_part(lower(t.email), '@', 2)",
    theirs="split_part(lower(m.sender), '@', 2)",
)
UNLINKED = text(f"""
    WITH m AS MATERIALIZED (
        SELECT * FROM crm.message WHERE needs_person AND deleted_at IS NULL
        ORDER BY sent_at DESC NULLS LAST LIMIT :most)
    SELECT m.id, m.direction, m.sent_at, m.sender, m.sender_name, m.recipient, m.subject,
           m.linked_by, m.channel, coalesce(may.clients, '[]') AS clients
    FROM m LEFT JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name) ORDER BY c.id) AS clients
        FROM crm.client c
        WHERE m.linked_by = 'ambiguous' AND c.deleted_at IS NULL AND c.merged_into_id IS NULL
          AND c.id = ANY (coalesce(
            (SELECT array_agg(id) FROM ({OF_ADDRESS}) o),
            (SELECT array_agg(id) FROM ({OF_DOMAIN}) o)))
    ) may ON true
    ORDER BY m.sent_at DESC NULLS LAST
""")  # noqa: S608
LETTERS = text("""
    SELECT id FROM crm.message
    WHERE deleted_at IS NULL AND (CAST(id AS text) LIKE :start OR message_id = :said)
    ORDER BY needs_person DESC LIMIT 3
""")


def unlinked(connection: Connection, most: int = 200) -> list[dict[str, Any]]:
    """Letters and messages that wait for a person to name their client, newest first.

    `clients` are those between whom the hub would not guess: of the sender's address, else of its
    domain.
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
