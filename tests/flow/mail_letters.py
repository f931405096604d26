"""Letters as programs write them: by people, bounces, receipts."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

from provodka.foundation.identifiers import uuid7

__all__ = ["LOGIN", "bounce", "invitation", "letter", "receipt"]

LOGIN = "sales@romashka.example"
REPORT = """\
From: MAILER-DAEMON@buyer.example
To: sales@romashka.example
Subject: {subject}
Message-ID: <{key}@buyer.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind}; boundary="b"

--b
Content-Type: text/plain

{words}
--b
Content-Type: message/{kind}

{fields}
--b
Content-Type: text/rfc822-headers

Message-ID: {original}
From: sales@romashka.example

--b--
"""


def letter(
    sender: str = "anna@buyer.example",
    to: str = LOGIN,
    *,
    subject: str = "Вода на завтра",
    body: str = "Привезите двадцать бутылей",
    message_id: str = "",
    **headers: str,
) -> bytes:
    """A person's letter; further headers with `_` for `-`; ``none`` leaves the Message-ID out."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"] = datetime.now(UTC)
    if message_id != "none":
        made["Message-ID"] = message_id or f"<{uuid7()}@buyer.example>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(body)
    return made.as_bytes()


def bounce(address: str, status: str, original: str) -> bytes:
    """A delivery status notification (RFC 3464) about one address."""
    action = "failed"
    fields = (
        "Reporting-MTA: dns; mx.buyer.example\n\n"
        f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\n"
    )
    return _report("delivery-status", "Undelivered Mail Returned to Sender", fields, original)


def receipt(original: str) -> bytes:
    """A disposition notification (RFC 8098): the letter was shown."""
    fields = (
        "Final-Recipient: rfc822; anna@buyer.example\n"
        f"Original-Message-ID: {original}\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\n"
    )
    return _report("disposition-notification", "Прочитано", fields, original)


def invitation(
    starts: str, method: str, sequence: int = 0, stamp: str = "20261120T100000Z", more: str = ""
) -> bytes:
    """A calendar program's letter about one meeting (RFC 5546)."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "anna@buyer.example", LOGIN, "Встреча"
    made["Message-ID"] = f"<{uuid7()}@buyer.example>"
    made.set_content("Встречаемся")
    event = (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//\r\nMETHOD:{method}\r\n"
        f"BEGIN:VEVENT\r\nUID:meeting-1@buyer.example\r\nDTSTAMP:{stamp}\r\n"
        f"SEQUENCE:{sequence}\r\n{more}"
        f"DTSTART:{starts}\r\nSUMMARY:Meeting\r\nORGANIZER:mailto:anna@buyer.example\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    made.add_alternative(event.encode(), "text", "calendar", params={"method": method})
    return made.as_bytes()


def _report(kind: str, subject: str, fields: str, original: str) -> bytes:
    whole = REPORT.format(
        kind=kind, subject=subject, fields=fields, original=original, key=uuid7(),
        words="This is a report.",
    )  # fmt: skip
    return whole.replace("\n", "\r\n").encode()
