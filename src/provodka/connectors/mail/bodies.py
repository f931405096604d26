"""The body of a letter: text, its HTML with pictures, files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import unquote

from provodka.connectors.mail.header_values import one_line, wrong
from provodka.foundation.i18n import _

__all__ = ["Attachment", "fill", "pictures_of"]

MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")
CID = re.compile(r"(?i)(?<=[\"'(=])cid:([^\"')>\s]+)")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a letter; `content_type` is like ``application/pdf``."""

    name: str
    content: bytes = field(repr=False)
    content_type: str = "application/octet-stream"


def pictures_of(html: str) -> list[str]:
    """The files that an HTML text shows: names after ``cid:``, each once, in their order."""
    return list(dict.fromkeys(unquote(name) for name in CID.findall(html)))


def fill(
    message: EmailMessage,
    *,
    text: str,
    html: str,
    pictures: Iterable[Attachment],
    attachments: Iterable[Attachment],
    domain: str,
) -> None:
    """Give a message its body; an HTML text that shows no picture has none (RFC 2387, RFC 2392).

    Raises `Misunderstood` for a picture that is shown and not given, and for a content type that
    would change the letter.
    """
    message.set_content(text)
    if html:
        given = {one.name: one for one in pictures}
        shown = [_given(given, name) for name in pictures_of(html)]
        ids = {one.name: _content_id(one, domain) for one in shown}
        named = CID.sub(lambda match: f"cid:{ids[unquote(match[1])]}", html)
        message.add_alternative(named, subtype="html")
        parts = message.get_payload()
        for one in shown:
            kind, subtype = _media_type(one)
            # A multipart's payload is its parts: the HTML has just become the last of them.
            parts[-1].add_related(  # type: ignore[union-attr, index]
                one.content,
                maintype=kind,
                subtype=subtype,
                cid=f"<{ids[one.name]}>",
                filename=_file_name(one),
                disposition="inline",
            )
    for one in attachments:
        kind, subtype = _media_type(one)
        message.add_attachment(
            one.content, maintype=kind, subtype=subtype, filename=_file_name(one)
        )


def _given(given: dict[str, Attachment], name: str) -> Attachment:
    if name not in given:
        raise wrong(
            "HTML",
            _("нет картинки «{name}»").format(name=name[:80]),
            _("файл в inline рядом с шаблоном"),
            "no_picture",
        )
    return given[name]


def _content_id(one: Attachment, domain: str) -> str:
    """The same for the same picture: a letter that is built again is the same letter."""
    return f"{hashlib.sha256(one.name.encode() + one.content).hexdigest()[:32]}@{domain}"


def _media_type(one: Attachment) -> tuple[str, str]:
    kind, _slash, subtype = one.content_type.lower().partition("/")
    if not MEDIA_TYPE.fullmatch(f"{kind}/{subtype}") or kind in {"multipart", "message"}:
        raise wrong(
            "Content-Type",
            one.content_type[:60],
            _("тип содержимого вида application/pdf"),
            "bad_content_type",
        )
    return kind, subtype


def _file_name(one: Attachment) -> str:
    return one_line(_("имя вложения"), one.name).replace("\\", "/").rpartition("/")[2]
