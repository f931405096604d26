"""A letter from its bytes or its file."""

from __future__ import annotations

import hashlib
from email import message_from_bytes, policy
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path

from provodka.connectors.mail.understanding.letters import Address, Letter

__all__ = ["read_letter"]


def read_letter(source: bytes | Path) -> Letter:
    """Read a letter. Raises `OSError` where the file cannot be read, and nothing else."""
    content = source.read_bytes() if isinstance(source, Path) else source
    message = message_from_bytes(content, policy=policy.default)
    body = message.get_body(("plain",))
    text = str(body.get_content()) if body else ""
    boxes = [Address(box, name) for name, box in getaddresses([str(message["From"] or "")])]
    ids = tuple(str(message["References"] or "").split())
    return Letter(
        message_id=str(message["Message-ID"] or ""),
        in_reply_to=str(message["In-Reply-To"] or ""),
        references=ids,
        thread_key=(*ids, str(message["Message-ID"] or ""))[0],
        sender=boxes[0] if boxes else None,
        to=tuple(Address(box, name) for name, box in getaddresses([str(message["To"] or "")])),
        date=parsedate_to_datetime(message["Date"]) if message["Date"] else None,
        subject=str(message["Subject"] or ""),
        text=text,
        reply_text=text,
        size=len(content),
        content_hash=hashlib.sha256(content).hexdigest(),
    )
