"""What people write to the bot becomes incoming messages, each once, whatever is interrupted.

Telegram forgets what was asked for with a higher number, so the number moves here in the
transaction that keeps the messages, and is said to Telegram by the next question only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.channels.telegram import TelegramBot, Update
from provodka.connectors.channels.telegram_files import LARGEST
from provodka.connectors.crm_store import cursors, journal
from provodka.connectors.crm_store.tables.talk import message
from provodka.flows.channels.enclosing import Fetched, fetch, note
from provodka.flows.channels.people import TELEGRAM, know
from provodka.flows.mail.files import FileStore
from provodka.flows.work import Work
from provodka.foundation.i18n import _
from provodka.foundation.identifiers import uuid7

__all__ = ["receive"]

SHOW = text("""
    INSERT INTO crm.interaction (id, client_id, deal_id, kind, direction, status, at, subject, text)
    SELECT m.id, m.client_id, m.deal_id, 'message', 'incoming', 'done', m.sent_at, :subject, m.text
    FROM crm.message m WHERE m.id = :message AND m.client_id IS NOT NULL
    ON CONFLICT (id) DO NOTHING
""")
OPEN_DEAL = text("""
    SELECT id FROM crm.deal WHERE client_id = :client AND status = 'open' AND deleted_at IS NULL
    ORDER BY created_at DESC LIMIT 1
""")


def receive(
    work: Work, bot: TelegramBot, secret: bytes, files: FileStore, largest: int = LARGEST
) -> Counter[str]:
    """Read all there is; counts `read`, `new`, `unlinked`. Each page is one transaction.

    Files go to `files` before it, unless they have more than `largest` bytes.
    """
    counts: Counter[str] = Counter()
    stream = f"{TELEGRAM}:{bot.number}"
    with work.begin() as connection:
        place = cursors.read(connection, stream)
    after = place["update"] if place else None
    while updates := bot.updates(after):
        after = updates[-1].number
        fetched = fetch(bot, updates, files, largest)
        with work.begin() as connection:
            journal.attribute(connection, TELEGRAM)
            for update in updates:
                counts += _take(connection, bot.number, update, secret, fetched)
            cursors.move(connection, stream, {"update": after})
    return counts


def _take(
    connection: Connection,
    bot: str,
    update: Update,
    secret: bytes,
    fetched: Mapping[int, Fetched],
) -> Counter[str]:
    if not update.chat:
        return Counter(read=1)
    known = know(connection, update, secret)
    enclosed = fetched.get(update.number)
    row = _row(bot, update) | {"attachments": [enclosed.name] if enclosed else None}
    row |= {
        "client_id": known.client,
        "deal_id": _deal(connection, known.client),
        "linked_by": known.why,
        "needs_person": known.client is None,
    }
    added = connection.execute(
        insert(message)
        .values(row)
        .on_conflict_do_nothing(index_elements=[message.c.message_id])
        .returning(message.c.id)
    ).first()
    if added is None:
        return Counter(read=1)
    if enclosed is not None:
        note(connection, row["id"], enclosed)
    connection.execute(SHOW, {"message": row["id"], "subject": _("Сообщение в Telegram")})
    return Counter(read=1, new=1, unlinked=int(known.client is None))


def _row(bot: str, update: Update) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "direction": "incoming",
        "status": "received",
        "channel": "messenger",
        "sender": f"{TELEGRAM}:{update.chat}",
        "sender_name": update.name or None,
        "recipient": f"{TELEGRAM}:{bot}",
        "text": update.text or (f"[{update.other}]" if update.other else ""),
        "message_id": f"{TELEGRAM}:{bot}:{update.chat}:{update.message}",
        "sent_at": update.at,
        "kind": "person",
    }


def _deal(connection: Connection, client: Any) -> Any:
    if client is None:
        return None
    return connection.execute(OPEN_DEAL, {"client": client}).scalar()
