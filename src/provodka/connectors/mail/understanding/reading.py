"""A letter from its bytes or its file: every part of it read once, in the order of need."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from provodka.connectors.mail.understanding.addresses import normalised, parsed_addresses
from provodka.connectors.mail.understanding.bodies import Body, part_text, sorted_parts
from provodka.connectors.mail.understanding.bounces import Evidence, read_bounce
from provodka.connectors.mail.understanding.charsets import decoded_text
from provodka.connectors.mail.understanding.delivery_reports import Reported, reported_recipients
from provodka.connectors.mail.understanding.files import attachments_of, without_uuencoded
from provodka.connectors.mail.understanding.headers import Headers, parsed_headers
from provodka.connectors.mail.understanding.identities import (
    in_brackets,
    message_ids,
    thread_key,
    written_at,
)
from provodka.connectors.mail.understanding.invitations import read_invitation
from provodka.connectors.mail.understanding.kinds import kind_of
from provodka.connectors.mail.understanding.letters import (
    Address,
    Attachment,
    Bounce,
    Invitation,
    Kind,
    Letter,
    Receipt,
)
from provodka.connectors.mail.understanding.plain_text import tidy
from provodka.connectors.mail.understanding.receipts import read_receipt
from provodka.connectors.mail.understanding.replies import reply_text
from provodka.connectors.mail.understanding.sources import Filed, Held, Source
from provodka.connectors.mail.understanding.structure import Part, parsed_structure
from provodka.connectors.mail.understanding.tnef import is_tnef, tnef_text
from provodka.connectors.mail.understanding.words import header_text

__all__ = ["read_letter"]

MOST_KEPT_HEADERS = 200
MOST_REPORT = 200_000
MOST_TNEF = 40 << 20
DELIVERED_TO = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to")
COMPLAINT = "message/feedback-report"


@dataclass(slots=True)
class _Seen:
    """What of a letter is known so far."""

    headers: Headers
    root: Part
    body: Body
    text: str = field(repr=False)
    subject: str = field(repr=False)
    problems: set[str]
    attachments: list[Attachment]

    def addresses(self, name: str) -> tuple[Address, ...]:
        found = [one for raw in self.headers.every(name) for one in parsed_addresses(raw)]
        return tuple(dict.fromkeys(found))

    def ids(self, name: str) -> tuple[str, ...]:
        raw = b" ".join(self.headers.every(name))
        return message_ids(header_text(raw)[0])


def read_letter(source: bytes | Path) -> Letter:
    """Read a letter; one given as a path is never held in memory whole.

    Raises `OSError` where the file cannot be read, and nothing for what a letter contains.
    """
    letter: Source = Filed.of(source) if isinstance(source, Path) else Held(source)
    root, problems = parsed_structure(letter)
    body = sorted_parts(root)
    problems |= body.problems
    text, written_in = without_uuencoded(body.text())
    text = text or _text_of_tnef(body, problems)
    attachments = attachments_of(body.files, problems) + written_in
    seen = _Seen(
        root.headers, root, body, text, root.headers.text("subject"), problems, attachments
    )
    return _letter(seen, letter)


def _letter(seen: _Seen, source: Source) -> Letter:
    content_hash = _hash(source)
    own_id = in_brackets(seen.headers.text("message-id"))
    references = seen.ids("references")
    in_reply_to = next(iter(seen.ids("in-reply-to")), "")
    date, problem = written_at(seen.headers.text("date"))
    invitation = _invitation(seen)
    sender = next(iter(seen.addresses("from") or seen.addresses("sender")), None)
    bounce, receipt = _report(seen, sender)
    kind = Kind.BOUNCE if bounce else Kind.RECEIPT if receipt else None
    headers = _kept_headers(seen)
    return Letter(
        kind=kind or kind_of(seen.headers, seen.subject, invitation),
        message_id=own_id,
        in_reply_to=in_reply_to,
        references=references,
        thread_key=thread_key(own_id, in_reply_to, references, content_hash),
        sender=sender,
        reply_to=seen.addresses("reply-to"),
        to=seen.addresses("to"),
        cc=seen.addresses("cc"),
        bcc=seen.addresses("bcc"),
        delivered_to=_delivered_to(seen.headers),
        date=date,
        subject=seen.subject,
        text=seen.text,
        reply_text=reply_text(seen.text),
        html=seen.body.html,
        list_id=seen.headers.text("list-id"),
        headers=headers,
        attachments=tuple(seen.attachments),
        bounce=bounce,
        receipt=receipt,
        invitation=invitation,
        size=source.size,
        content_hash=content_hash,
        problems=tuple(sorted(seen.problems | ({problem} if problem else set()))),
    )


def _hash(source: Source) -> str:
    digest = hashlib.sha256()
    for piece in source.pieces(0, source.size):
        digest.update(piece)
    return digest.hexdigest()


def _kept_headers(seen: _Seen) -> tuple[tuple[str, str], ...]:
    kept = []
    for name, raw in seen.headers.fields[:MOST_KEPT_HEADERS]:
        shown, problems = header_text(raw)
        seen.problems.update(problems)
        kept.append((name, shown))
    return tuple(kept)


def _delivered_to(headers: Headers) -> tuple[str, ...]:
    found = [
        normalised(raw.decode("utf-8", "replace"))[:320]
        for name in DELIVERED_TO
        for raw in headers.every(name)
    ]
    return tuple(dict.fromkeys(one for one in found if "@" in one))


def _text_of_tnef(body: Body, problems: set[str]) -> str:
    """The text of a letter that lies in winmail.dat whole; its html is taken along."""
    for part in body.files:
        if is_tnef(part):
            text, html = tnef_text(part.content(MOST_TNEF), problems)
            if html and not body.htmls:
                body.htmls.append(html)
            return tidy(text) or body.text()
    return ""


def _invitation(seen: _Seen) -> Invitation | None:
    for part in seen.body.calendars:
        found = read_invitation(part_text(part, seen.problems), seen.problems)
        if found is not None:
            return found
    return None


def _report(seen: _Seen, sender: Address | None) -> tuple[Bounce | None, Receipt | None]:
    """What a machine reports about a letter of ours, if this is such a report."""
    reported: list[Reported] = []
    for part in seen.body.reports:
        told = decoded_text(part.content(MOST_REPORT))[0].replace("\r\n", "\n")
        if part.content_type == COMPLAINT:
            return _complaint(seen), None
        if "disposition-notification" in part.content_type and (receipt := read_receipt(told)):
            return None, receipt
        reported.extend(reported_recipients(told))
    own = frozenset(one.address.lower() for one in seen.addresses("to"))
    evidence = Evidence(
        headers=seen.headers,
        sender=sender,
        subject=seen.subject,
        text=seen.text,
        own=own,
        reported=tuple(reported),
        enclosed=_enclosed(seen),
        is_report=seen.root.content_type == "multipart/report",
    )
    bounce = read_bounce(evidence)
    if bounce is None and reported:
        first = reported[0]
        return None, Receipt(first.action, _original_id(evidence), first.address, automatic=True)
    return bounce, None


def _original_id(evidence: Evidence) -> str:
    raw = evidence.enclosed.raw("message-id") if evidence.enclosed else b""
    return in_brackets(raw.decode("ascii", "replace"))


def _complaint(seen: _Seen) -> Bounce:
    enclosed = _enclosed(seen)
    raw = enclosed.raw("message-id") if enclosed else b""
    return Bounce(original_id=in_brackets(raw.decode("ascii", "replace")), complaint=True)


def _enclosed(seen: _Seen) -> Headers | None:
    """The headers of the letter that is returned with a report."""
    for part in seen.body.enclosed:
        if part.content_type in {"text/rfc822-headers", "message/global-headers"}:
            return parsed_headers(part.content(MOST_REPORT))[0]
        if part.headers.fields:
            return part.headers
    return None
