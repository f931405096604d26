"""Letters of the store as the mail channel sends them: template, signature, thread, services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import getaddresses
from html import escape
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from provodka.connectors.letter_tokens import pixel_token
from provodka.connectors.mail.bodies import Attachment
from provodka.connectors.mail.header_values import one_line
from provodka.connectors.mail.messages import Letter, Mailbox, compose
from provodka.connectors.mail.template_files import Services
from provodka.flows.deliver.bad_addresses import check_address, remember_refusal
from provodka.flows.deliver.channel_courier import Prepared
from provodka.flows.deliver.pacing import Pace
from provodka.foundation.errors import DocumentError, Refused
from provodka.foundation.i18n import _

__all__ = ["Enclosed", "LetterStyle", "LetterWriter"]

MEGABYTE = 1024 * 1024
REFERENCES = text("""
    WITH RECURSIVE up AS (
        SELECT message_id, in_reply_to, 1 AS step FROM crm.message WHERE message_id = :answered
        UNION ALL
        SELECT m.message_id, m.in_reply_to, up.step + 1 FROM up
        JOIN crm.message m ON m.message_id = up.in_reply_to WHERE up.step < 20)
    SELECT message_id FROM up ORDER BY step DESC
""")
FILES = text("""
    SELECT name, content_type, sha256 FROM hub.message_file
    WHERE message_id = :message AND left_out IS NULL ORDER BY number
""")
MAY_WATCH = text("""
    SELECT EXISTS (SELECT FROM crm.consent WHERE client_id = :client AND purpose = 'mail_opens'
                   AND withdrawn_at IS NULL AND deleted_at IS NULL)
""")


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What comes with every letter of one template."""

    attachments: tuple[Attachment, ...] = ()
    pictures: tuple[Attachment, ...] = ()
    services: Services = field(default_factory=Services)


@dataclass(frozen=True, slots=True)
class LetterStyle:
    """How the company's letters look and what they carry, by the settings.

    `secret` seals the tokens; without it no letter has any. `door` is where the hub's own door is
    seen from outside: mailings are refused there by one click, unless `unsubscribe` is a page.
    `per_minute` is by domain of the recipient, `*` for the others. A letter of more than `largest`
    bytes is not tried.
    """

    signature: str = ""
    signature_html: str = ""
    unsubscribe: str = ""
    door: str = ""
    pixel: str = ""
    plus_address: str = ""
    secret: bytes = field(default=b"", repr=False)
    per_minute: Mapping[str, int] = field(default_factory=dict)
    largest: int = 25 * MEGABYTE


@dataclass(frozen=True)
class LetterWriter:
    """Makes letters of rows; `enclosed` by the name of a template, `stored` by a content's hash."""

    engine: Engine
    sender: Mailbox
    enclosed: Callable[[str], Enclosed]
    stored: Callable[[str], bytes]
    clock: Callable[[], datetime]
    style: LetterStyle = field(default_factory=LetterStyle)

    @property
    def domain(self) -> str:
        """Whose Message-IDs the letters have."""
        return self.sender.address.rpartition("@")[2]

    def prepare(self, key: str, row: Any) -> Prepared[EmailMessage]:
        """The letter. Raises `Refused` for an address that nothing is to be sent to."""
        enclosed = self.enclosed(row.template) if row.template else Enclosed()
        with self.engine.connect() as connection:
            for box in _boxes(row.recipient):
                check_address(connection, box.address, mailing=enclosed.services.mailing)
            letter = self.letter(connection, key, row, enclosed)
        message = compose(letter, domain=self.domain, sent_at=self.clock())
        self._check_size(message)
        values = {"message_id": message["Message-ID"], "mailing": enclosed.services.mailing}
        return Prepared(message, self._pace(row.recipient), values)

    def refused(self, row: Any, error: DocumentError) -> Callable[[Connection], None]:
        """An address that the server says is none is marked."""
        return remember_refusal(row.recipient, error, self.clock())

    def letter(self, connection: Connection, key: str, row: Any, enclosed: Enclosed) -> Letter:
        """The letter as a value."""
        token = pixel_token(row.id, self.style.secret) if self.style.secret else ""
        answered = _bracketed(row.in_reply_to)
        return Letter(
            effect_key=key,
            sender=self.sender,
            to=_boxes(row.recipient),
            subject=row.subject or "",
            text=self._signed(row.text or ""),
            html=self._html(connection, row, enclosed.services, token),
            pictures=enclosed.pictures,
            attachments=(*enclosed.attachments, *self._files(connection, row.id)),
            reply_to=self._reply_to(row, token),
            in_reply_to=answered,
            references=_references(connection, row.in_reply_to),
            unsubscribe=self._unsubscribe(enclosed.services, token),
            receipt_to=self.sender if enclosed.services.receipt else None,
            deal_token=token,
        )

    def _signed(self, written: str) -> str:
        signature = self.style.signature.strip("\n")
        return f"{written.rstrip()}\n\n-- \n{signature}\n" if signature else written

    def _html(self, connection: Connection, row: Any, services: Services, token: str) -> str:
        if not row.html:
            return ""
        added = self.style.signature_html
        if not added and self.style.signature:
            added = escape(self.style.signature.strip()).replace("\n", "<br>\n")
        added = f"\n<div>-- <br>\n{added}</div>\n" if added else ""
        watched = services.pixel and self.style.pixel and token and row.client_id
        if watched and connection.execute(MAY_WATCH, {"client": row.client_id}).scalar_one():
            source = escape(f"{self.style.pixel.rstrip('/')}/{token}.gif")
            added += f'<img src="{source}" width="1" height="1" alt="">\n'
        head, end, rest = row.html.rpartition("</body>")
        return f"{head}{added}{end}{rest}" if end else f"{row.html}{added}"

    def _reply_to(self, row: Any, token: str) -> tuple[Mailbox, ...]:
        """Where an answer goes; by itself it finds its deal at an address with a token."""
        if row.reply_to:
            return (Mailbox(row.reply_to),)
        local, _at, domain = self.style.plus_address.rpartition("@")
        return (Mailbox(f"{local}+{token}@{domain}"),) if local and token else ()

    def _unsubscribe(self, services: Services, token: str) -> tuple[str, ...]:
        """Where a mailing is refused: by one click first, then by letter (RFC 8058 §3.1)."""
        address, door = self.style.unsubscribe, self.style.door
        if not (services.mailing and token):
            return ()
        if address.startswith("https:"):
            return (f"{address.rstrip('/')}/{token}",)
        pages = (f"{door.rstrip('/')}/u/{token}",) if door else ()
        if not address:
            return pages
        return (*pages, f"{address}{'&' if '?' in address else '?'}subject=unsubscribe-{token}")

    def _files(self, connection: Connection, message: UUID) -> list[Attachment]:
        rows = connection.execute(FILES, {"message": message})
        return [Attachment(one.name, self.stored(one.sha256), one.content_type) for one in rows]

    def _pace(self, recipient: str) -> Pace | None:
        domain = recipient.rpartition("@")[2].strip("> ").lower()
        rates = self.style.per_minute
        rate = rates.get(domain, rates.get("*"))
        return Pace(f"mail:{domain}", rate) if rate else None

    def _check_size(self, message: EmailMessage) -> None:
        size = len(message.as_bytes())
        if size > self.style.largest:
            raise Refused(
                _("Письмо"),
                found=_("письмо в {size} байт").format(size=size),
                expected=_("не больше {limit} байт").format(limit=self.style.largest),
                next_step=_("уменьшите вложения"),
                code="letter_too_large",
            )


def _boxes(recipient: str | None) -> tuple[Mailbox, ...]:
    """One address as it is, or several with names, after commas (RFC 5322 §3.4)."""
    written = one_line("To", recipient or "")
    if "," not in written and "<" not in written:
        return (Mailbox(written),)
    return tuple(Mailbox(address, name) for name, address in getaddresses([written]))


def _bracketed(known: str | None) -> str:
    return f"<{known.strip('<>')}>" if known else ""


def _references(connection: Connection, answered: str | None) -> tuple[str, ...]:
    """The Message-IDs of the conversation, from its beginning (RFC 5322 §3.6.4)."""
    if not answered:
        return ()
    known = connection.execute(REFERENCES, {"answered": answered}).scalars()
    return tuple(_bracketed(one) for one in known) or (_bracketed(answered),)
