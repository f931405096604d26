"""Who writes from an account of a messenger: by what they have shared, or come by, or been told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.channels.telegram import Update
from provodka.connectors.crm_store.tables.outward import messenger_account
from provodka.connectors.letter_tokens import message_of_token

__all__ = ["TELEGRAM", "Known", "know"]

TELEGRAM = "telegram"
BY_PHONE = text("""
    SELECT coalesce(m.merged_into_id, found.client_id) AS client_id, found.contact_id
    FROM (SELECT id AS client_id, CAST(NULL AS uuid) AS contact_id FROM crm.client
          WHERE phone = :phone AND deleted_at IS NULL
          UNION ALL
          SELECT client_id, id FROM crm.contact WHERE phone = :phone AND deleted_at IS NULL) found
    LEFT JOIN crm.client m ON m.id = found.client_id AND m.merged_into_id IS NOT NULL
    ORDER BY found.contact_id NULLS LAST
""")
OF_LETTER = text("SELECT client_id FROM crm.message WHERE id = :message")
BY_HAND = text("""
    SELECT client_id FROM crm.message WHERE channel = 'messenger' AND sender = :sender
      AND client_id IS NOT NULL ORDER BY created_at DESC LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class Known:
    """The client and contact of an account; no client if nobody knows.

    `why`: account (known before), token (came by a link of ours), phone (shared), person (said
    so), ambiguous (a phone of several clients), unknown.
    """

    client: UUID | None = None
    contact: UUID | None = None
    why: str = ""


def know(connection: Connection, update: Update, secret: bytes) -> Known:
    """Keep the account that an update came from, and say whose it is.

    A phone that belongs to several clients is nobody's. What is known once stays.
    """
    kept = _kept(connection, update)
    known = Known(kept.client_id, kept.contact_id, "account")
    if kept.client_id is None:
        known = _found(connection, update, kept.phone, secret)
        if known.client is not None:
            linked = {"client_id": known.client, "contact_id": known.contact}
            connection.execute(_mine(update).values(linked))
    return known


def _kept(connection: Connection, update: Update) -> Any:
    """The account's row; whoever writes may be written to again."""
    values = {"messenger": TELEGRAM, "account": update.chat, "name": update.name or None}
    told = {"phone": update.phone} if update.phone else {}
    table = messenger_account
    connection.execute(
        insert(table)
        .values(values | told)
        .on_conflict_do_update(
            index_elements=[table.c.messenger, table.c.account],
            set_={"name": update.name or None, "blocked_at": None, **told},
            where=table.c.name.is_distinct_from(update.name or None)
            | table.c.blocked_at.is_not(None)
            | (table.c.phone.is_distinct_from(update.phone) if update.phone else False),
        )
    )
    mine = (table.c.messenger == TELEGRAM) & (table.c.account == update.chat)
    return connection.execute(table.select().where(mine)).one()


def _mine(update: Update) -> Any:
    table = messenger_account
    return table.update().where(table.c.messenger == TELEGRAM, table.c.account == update.chat)


def _found(connection: Connection, update: Update, phone: str | None, secret: bytes) -> Known:
    letter = message_of_token(update.start, secret) if update.start and secret else None
    if letter is not None:
        client = connection.execute(OF_LETTER, {"message": letter}).scalar()
        if client is not None:
            return Known(client, None, "token")
    if phone:
        rows = connection.execute(BY_PHONE, {"phone": phone}).all()
        if len({row.client_id for row in rows}) == 1:
            return Known(rows[0].client_id, rows[0].contact_id, "phone")
        if rows:
            return Known(why="ambiguous")
    sender = f"{TELEGRAM}:{update.chat}"
    client = connection.execute(BY_HAND, {"sender": sender}).scalar()
    if client is not None:
        return Known(client, None, "person")
    return Known(why="unknown")
