"""A letter as a value, and the MIME message made from it.

The Message-ID is made from the effect's key, so that the same effect sent twice is the
same letter: a second copy is recognised, and a reply finds its thread.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from provodka.connectors.mail.wire import EFFECT_HEADER, POLICY
from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _

__all__ = ["EFFECT_HEADER", "Attachment", "Letter", "Mailbox", "compose", "message_id"]

CONTROL = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]")
LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
DOMAIN = re.compile(
    r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
TOKEN = re.compile(r"[\x21-\x7e]{1,900}")
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address and the name shown with it; a national domain is turned into ASCII."""

    address: str = field(repr=False)
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a letter; `content_type` is like ``application/pdf``."""

    name: str
    content: bytes = field(repr=False)
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is to be sent. `effect_key` is the outbox key: visible ASCII without spaces.

    `html` may be empty: the letter is then plain text. `in_reply_to` and `references`
    are Message-IDs with their angle brackets.
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
    attachments: tuple[Attachment, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()


def message_id(effect_key: str, domain: str) -> str:
    """The Message-ID of an effect's letter: always the same for the same key and domain."""
    digest = hashlib.sha256(effect_key.encode()).hexdigest()[:40]
    return f"<{digest}@{_domain(domain)}>"


def compose(letter: Letter, *, domain: str, sent_at: datetime) -> EmailMessage:
    """Build the message. `domain` names the sender in the Message-ID, `sent_at` is aware.

    Hidden recipients stand in ``Bcc`` until the message is sent. Raises `Misunderstood`
    for an address, name, subject or identifier that cannot stand in a header (a line
    feed in one would let its author write headers of his own), and for no recipients.
    """
    if not letter.to:
        raise _wrong("To", _("получателей нет"), _("хотя бы один адрес"), "no_recipient")
    message = EmailMessage(policy=POLICY)
    message["From"] = _address("From", letter.sender)
    for name, boxes in _recipients(letter).items():
        if boxes:
            message[name] = [_address(name, box) for box in boxes]
    message["Subject"] = _line("Subject", letter.subject)
    message["Date"] = format_datetime(sent_at)
    message["Message-ID"] = message_id(letter.effect_key, domain)
    _thread(message, letter)
    message[EFFECT_HEADER] = _token(EFFECT_HEADER, letter.effect_key)
    # RFC 3834: out-of-office programs do not answer what is marked so.
    message["Auto-Submitted"] = "auto-generated"
    _body(message, letter)
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
        message["In-Reply-To"] = _token("In-Reply-To", letter.in_reply_to)
    known = [*letter.references]
    if letter.in_reply_to and letter.in_reply_to not in known:
        known.append(letter.in_reply_to)
    if known:
        message["References"] = " ".join(_token("References", one) for one in known)


def _body(message: EmailMessage, letter: Letter) -> None:
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    for attachment in letter.attachments:
        _attach(message, attachment)


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    kind, _slash, subtype = attachment.content_type.lower().partition("/")
    if not MEDIA_TYPE.fullmatch(f"{kind}/{subtype}") or kind in {"multipart", "message"}:
        raise _wrong(
            "Content-Type",
            attachment.content_type[:60],
            _("тип содержимого вида application/pdf"),
            "bad_content_type",
        )
    name = _line(_("имя вложения"), attachment.name).replace("\\", "/").rpartition("/")[2]
    message.add_attachment(attachment.content, maintype=kind, subtype=subtype, filename=name)


def _address(header: str, box: Mailbox) -> Address:
    local, _at, domain = box.address.strip().rpartition("@")
    if not LOCAL_PART.fullmatch(local) or local.strip(".") != local or ".." in local:
        raise _bad_address(header)
    return Address(_line(header, box.name), local, _domain(domain, header))


def _domain(domain: str, header: str = "Message-ID") -> str:
    try:
        ascii_domain = domain.strip().encode("idna").decode("ascii")
    except UnicodeError:
        raise _bad_address(header) from None
    if not DOMAIN.fullmatch(ascii_domain):
        raise _bad_address(header)
    return ascii_domain


def _line(header: str, text: str) -> str:
    if CONTROL.search(text):
        raise _wrong(
            header,
            _("перевод строки или управляющий знак в заголовке"),
            _("текст в одну строку"),
            "header_injection",
        )
    return text


def _token(header: str, text: str) -> str:
    if not TOKEN.fullmatch(text):
        raise _wrong(
            header,
            _("пробел, управляющий знак или не латиница в идентификаторе"),
            _("видимые знаки ASCII без пробелов"),
            "header_injection",
        )
    return text


def _bad_address(header: str) -> Misunderstood:
    return _wrong(header, _("неверный адрес почты"), _("адрес вида name@example.ru"), "bad_address")


def _wrong(header: str, found: str, expected: str, code: str) -> Misunderstood:
    return Misunderstood(
        _("Письмо, поле {field}").format(field=header),
        found=found,
        expected=expected,
        next_step=_("исправьте данные документа или шаблон и повторите отправку"),
        code=code,
    )
