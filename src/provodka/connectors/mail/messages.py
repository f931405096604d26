"""A letter as a value, and the MIME message made from it.

The Message-ID is made from the effect's key, so that the same effect sent twice is the
same letter: a second copy is recognised, and a reply finds its thread.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from provodka.connectors.mail.bodies import Attachment, fill
from provodka.connectors.mail.header_values import (
    Mailbox,
    ascii_domain,
    checked_address,
    identifier,
    one_line,
    wrong,
)
from provodka.connectors.mail.wire import DEAL_HEADER, EFFECT_HEADER, POLICY
from provodka.foundation.i18n import _

__all__ = ["EFFECT_HEADER", "Attachment", "Letter", "Mailbox", "compose", "message_id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is to be sent. `effect_key` is the outbox key: visible ASCII without spaces.

    `html` may be empty: the letter is then plain text; `pictures` are shown in it by
    ``cid:name``. `in_reply_to` and `references` are Message-IDs with their angle brackets.
    `unsubscribe` are addresses (``mailto:`` or ``https:``) by which a mailing is refused;
    `receipt_to` asks the reader's program to tell that the letter was opened (RFC 8098);
    `deal_token` leads back to the deal.
    """

    effect_key: str
    sender: Mailbox
    to: tuple[Mailbox, ...]
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(default="", repr=False)
    cc: tuple[Mailbox, ...] = ()
    bcc: tuple[Mailbox, ...] = ()
    reply_to: tuple[Mailbox, ...] = ()
    pictures: tuple[Attachment, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    unsubscribe: tuple[str, ...] = ()
    receipt_to: Mailbox | None = None
    deal_token: str = ""


def message_id(effect_key: str, domain: str) -> str:
    """The Message-ID of an effect's letter: always the same for the same key and domain."""
    digest = hashlib.sha256(effect_key.encode()).hexdigest()[:40]
    return f"<{digest}@{ascii_domain(domain)}>"


def compose(letter: Letter, *, domain: str, sent_at: datetime) -> EmailMessage:
    """Build the message. `domain` names the sender in the Message-ID, `sent_at` is aware.

    Hidden recipients stand in ``Bcc`` until the message is sent. Raises `Misunderstood`
    for an address, name, subject or identifier that cannot stand in a header (a line
    feed in one would let its author write headers of his own), for a picture that is missing,
    and for no recipients.
    """
    if not letter.to:
        raise wrong("To", _("получателей нет"), _("хотя бы один адрес"), "no_recipient")
    message = EmailMessage(policy=POLICY)
    message["From"] = checked_address("From", letter.sender)
    for name, boxes in _recipients(letter).items():
        if boxes:
            message[name] = [checked_address(name, box) for box in boxes]
    message["Subject"] = one_line("Subject", letter.subject)
    message["Date"] = format_datetime(sent_at)
    message["Message-ID"] = message_id(letter.effect_key, domain)
    _thread(message, letter)
    _services(message, letter)
    fill(
        message,
        text=letter.text,
        html=letter.html,
        pictures=letter.pictures,
        attachments=letter.attachments,
        domain=ascii_domain(domain),
    )
    return message


def _recipients(letter: Letter) -> dict[str, tuple[Mailbox, ...]]:
    return {
        "To": letter.to,
        "Cc": letter.cc,
        "Bcc": letter.bcc,
        "Reply-To": letter.reply_to,
    }


def _thread(message: EmailMessage, letter: Letter) -> None:
    if letter.in_reply_to:
        message["In-Reply-To"] = identifier("In-Reply-To", letter.in_reply_to)
    known = [*letter.references]
    if letter.in_reply_to and letter.in_reply_to not in known:
        known.append(letter.in_reply_to)
    if known:
        message["References"] = " ".join(identifier("References", one) for one in known)


def _services(message: EmailMessage, letter: Letter) -> None:
    """What programs on the other side read: whose letter it is, how to refuse further ones."""
    message[EFFECT_HEADER] = identifier(EFFECT_HEADER, letter.effect_key)
    if letter.deal_token:
        message[DEAL_HEADER] = identifier(DEAL_HEADER, letter.deal_token)
    # RFC 3834: out-of-office programs do not answer what is marked so.
    message["Auto-Submitted"] = "auto-generated"
    if letter.receipt_to:
        box = checked_address("Disposition-Notification-To", letter.receipt_to)
        message["Disposition-Notification-To"] = box.addr_spec
    if letter.unsubscribe:
        named = [identifier("List-Unsubscribe", one) for one in letter.unsubscribe]
        message["List-Unsubscribe"] = ", ".join(f"<{one}>" for one in named)
        # RFC 8058 §3.1: only an address that takes a POST may promise one click.
        if any(one.startswith("https:") for one in named):
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
