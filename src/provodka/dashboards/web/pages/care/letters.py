"""Letters as text: whatever a letter is made of, no markup of it ever reaches a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from provodka.connectors.crm_store.tables.talk import message
from provodka.connectors.mail.understanding.html_text import html_text
from provodka.dashboards.insight.documents import Attached, attached
from provodka.dashboards.insight.fields import value_word
from provodka.dashboards.insight.titles import among
from provodka.dashboards.web.pages.care.discreet import Discreet
from provodka.dashboards.web.pages.visit import Visit
from provodka.dashboards.web.people.masking import sees_names

__all__ = ["Letter", "talks"]

LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter or a message of a messenger; `body` is text, `files` only for who may open them."""

    id: UUID
    at: datetime | None
    direction: str
    status: str
    channel: str
    sender: str
    recipient: str
    subject: str
    body: str
    files: Sequence[Attached]
    may_open: bool


def talks(visit: Visit, discreet: Discreet, keys: Sequence[UUID]) -> list[Letter]:
    """These letters, the newest first."""
    one = message.c
    columns = (
        one.id, one.sent_at, one.direction, one.status, one.channel, one.sender, one.recipient,
        one.subject, one.text, one.html,
    )  # fmt: skip
    query = select(*columns).where(among(one.id, keys)).order_by(one.id.desc())
    files = attached(visit.connection, keys)
    return [
        Letter(
            row.id,
            row.sent_at,
            value_word("message", "", "direction", row.direction),
            value_word("message", "", "status", row.status),
            value_word("message", "", "channel", row.channel),
            discreet.veil(("message", "", "sender"), row.sender or ""),
            discreet.veil(("message", "", "recipient"), row.recipient or ""),
            discreet.words(row.subject),
            discreet.words((row.text or html_text(row.html or ""))[:LONGEST]),
            files.get(row.id, ()),
            sees_names(visit.visitor),
        )
        for row in visit.connection.execute(query)
    ]
