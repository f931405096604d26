"""Letters, SMS and messages of rules: a row for people, an errand for the courier."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from provodka.connectors.crm_store import outbox
from provodka.connectors.crm_store.batches import insert_rows
from provodka.connectors.crm_store.tables.letters import letter_paper
from provodka.connectors.crm_store.tables.talk import message as messages
from provodka.flows.triggers.doing.enclosing import enclose, names_of
from provodka.trigger_rules import effects

if TYPE_CHECKING:
    from provodka.flows.triggers.performing import Performer

__all__ = ["DOERS", "intent", "letter_row", "papers_of"]

LAST_LETTER = text("""
    SELECT message_id FROM crm.message
    WHERE deal_id = :deal AND message_id IS NOT NULL AND :address IN (recipient, sender)
    ORDER BY created_at DESC, id DESC LIMIT 1
""")
NEW_LETTER = messages.insert().inline()
Letter = effects.SendLetter | effects.Notify
Row = dict[str, Any]


def letter_row(performer: Performer, effect: Letter, facts: Mapping[str, Any]) -> Row:
    """The letter as `crm.message` keeps it, but for its key.

    Raises `DocumentError` if it cannot be rendered.
    """
    if isinstance(effect, effects.Notify):
        return _addressed(effect, facts) | {
            "subject": performer.letters.fill(effect.subject, facts) or None,
            "text": performer.letters.fill(effect.text, facts),
            "channel": effect.channel,
        }
    rendered = performer.letters.render(effect.template, facts)
    enclosed = names_of(performer.connection, effect)
    return _addressed(effect, facts) | {
        "reply_to": effect.reply_to,
        "in_reply_to": _last_letter(performer, effect) if effect.in_thread else None,
        "subject": rendered.subject,
        "text": rendered.text,
        "html": rendered.html or None,
        "attachments": [*(file.name for file in rendered.attachments), *enclosed],
        "template": effect.template,
    }


def send(performer: Performer, effect: Letter, letter: Row) -> dict[str, Any]:
    """Queue the letter: a row for people, an outbox row for the courier."""
    performer.connection.execute(NEW_LETTER, letter)
    enclose(performer.connection, effect, letter["id"])
    insert_rows(performer.connection, letter_paper, papers_of(effect, letter))
    outbox.enqueue(performer.connection, intent(effect, letter))
    return {}


def papers_of(effect: Letter, letter: Row) -> list[Row]:
    """Which papers the client gets by the letter."""
    sends = getattr(effect, "sends", ())
    return [{"message_id": letter["id"], "kind": kind, "document": key} for kind, key in sends]


def intent(effect: Letter, letter: Row) -> outbox.Intent:
    """What the courier of the letter's channel is to do."""
    reason, channel = effect.reason, letter.get("channel", "mail")
    return outbox.Intent(
        key=reason.key,
        target=channel,
        operation="letter.send" if channel == "mail" else "message.send",
        kind="message",
        document=letter["id"],
        cause=reason.cause,
        depth=reason.depth,
    )


def _last_letter(performer: Performer, effect: effects.SendLetter) -> str | None:
    """The Message-ID of the deal's last letter to or from the address."""
    given = {"deal": effect.deal, "address": effect.address}
    return performer.connection.execute(LAST_LETTER, given).scalar()


def _addressed(effect: Letter, facts: Mapping[str, Any]) -> Row:
    person = facts.get(effect.to) if effect.to in ("head", "responsible") else None
    client = facts.get("client")
    return {
        "deal_id": effect.deal,
        "client_id": client["id"] if client else None,
        "employee_id": person["id"] if person else None,
        "direction": "outgoing",
        "status": "queued",
        "recipient": effect.address,
    }


DOERS: Mapping[type[Any], Callable[[Any, Any, Any], dict[str, Any]]] = {
    effects.SendLetter: send,
    effects.Notify: send,
}
