"""A portion of letters into the store: each once, in however many folders it lies."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.merge import merge
from provodka.connectors.crm_store.tables import letters, talk
from provodka.connectors.mail.understanding import Address, Attachment
from provodka.connectors.mail.wire import EFFECT_HEADER
from provodka.flows.mail.arrivals import Arrival, Ours, Place, direction_of
from provodka.flows.mail.consequences import follow
from provodka.flows.mail.linking import Earlier, Link, choose, know, open_deals
from provodka.flows.mail.texts import clean

__all__ = ["Copy", "Desk", "keep_copies", "known_ids", "store"]

LETTER = (
    "id", "client_id", "deal_id", "employee_id", "direction", "status", "channel", "kind",
    "sender", "sender_name", "recipient", "copies", "reply_to", "subject", "text", "html",
    "reply_text", "attachments", "message_id", "in_reply_to", "thread_key", "sent_at",
    "linked_by", "needs_person", "past", "created_at",
)  # fmt: skip
COPY = ("mailbox", "folder", "uid_validity", "uid", "message_id", "flags", "seen_at", "gone_at")
ENCLOSED = (
    "message_id", "number", "name", "content_type", "size", "sha256", "content_id", "inline",
    "left_out",
)  # fmt: skip
SENT_BY_US = text("SELECT key, document FROM hub.outbox WHERE target = 'mail' AND key = ANY(:keys)")
IDS = text("SELECT message_id, id FROM crm.message WHERE message_id = ANY(:ids)")


@dataclass(frozen=True, slots=True)
class Desk:
    """What deciding about letters takes. `now` is the run's moment; attachments of more than
    `largest_file` bytes are told of, but not kept; `secret` opens the tokens of our letters.
    """

    now: datetime
    ours: Ours
    staff: Mapping[str, UUID] = field(repr=False)
    secret: bytes = field(default=b"", repr=False)
    largest_file: int = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Copy:
    """A letter's copy in a folder; `message` is None for a letter that was set aside."""

    place: Place
    flags: tuple[str, ...]
    message: UUID | None


def store(connection: Connection, arrivals: Sequence[Arrival], desk: Desk) -> Counter[str]:
    """Keep letters, their copies and what follows from them; counts `letters`, `copies`.

    Letters that are known, by Message-ID or content, get a copy and nothing else.
    """
    journal.attribute(connection, "mail")
    ids = known_ids(connection, (one.identity for one in arrivals)) | _ours(connection, arrivals)
    fresh = {one.identity: one for one in reversed(arrivals) if one.identity not in ids}
    new = [one for one in arrivals if fresh.get(one.identity) is one]
    links = _linked(connection, new, desk)
    rows = (_row(one, links[one.id], desk) for one in new)
    merge(connection, talk.message, LETTER, rows, key=("message_id",), compare=())
    ids |= known_ids(connection, fresh)
    mine = [one for one in new if ids[one.identity] == one.id]
    copies = [Copy(one.place, one.flags, ids[one.identity]) for one in arrivals]
    keep_copies(connection, copies, desk.now)
    _keep_files(connection, mine, desk)
    follow(connection, [(one, links[one.id]) for one in mine], desk.now)
    return Counter(letters=len(mine), copies=len(arrivals))


def known_ids(connection: Connection, identities: Iterable[str]) -> dict[str, UUID]:
    """The letters that are known already, by what makes them one."""
    wanted = [one for one in set(identities) if one]
    if not wanted:
        return {}
    return {row.message_id: row.id for row in connection.execute(IDS, {"ids": wanted})}


def keep_copies(connection: Connection, copies: Iterable[Copy], now: datetime) -> None:
    """Note where letters lie and how they are flagged; what was gone and is back, is back."""
    rows = [
        (
            one.place.mailbox,
            one.place.folder,
            one.place.uid_validity,
            one.place.uid,
            one.message,
            " ".join(one.flags),
            now if "\\Seen" in one.flags else None,
            None,
        )
        for one in copies
    ]
    compare = ("message_id", "flags", "gone_at")
    merge(connection, letters.mail_copy, COPY, rows, key=COPY[:4], compare=compare)


def _ours(connection: Connection, arrivals: Sequence[Arrival]) -> dict[str, UUID]:
    """Letters of our outbox, known by the effect's key even before their delivery is recorded."""
    keys = {key: one for one in arrivals if (key := one.letter.header(EFFECT_HEADER))}
    if not keys:
        return {}
    rows = connection.execute(SENT_BY_US, {"keys": list(keys)})
    found = ((keys[row.key].identity, row) for row in rows)
    return {name: row.document for name, row in found if _made_of(name, row.key)}


def _made_of(message_id: str, key: str) -> bool:
    """Whether this Message-ID is the one that a letter with this key is given."""
    return message_id.startswith(f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@")


def _linked(connection: Connection, new: Sequence[Arrival], desk: Desk) -> dict[UUID, Link]:
    known = know(connection, new, ours=desk.ours, staff=desk.staff, secret=desk.secret)
    by_id = dict(known.by_id)
    known = replace(known, by_id=by_id)
    links: dict[UUID, Link] = {}
    for one in new:
        link = links[one.id] = choose(one, known)
        direction = direction_of(one, desk.ours)
        by_id[one.identity] = Earlier(one.id, link.client, link.deal, direction)
    deals = open_deals(connection, (link.client for link in links.values() if link.client))
    return {
        key: link if link.deal or not link.client else replace(link, deal=deals.get(link.client))
        for key, link in links.items()
    }


def _row(arrival: Arrival, link: Link, desk: Desk) -> tuple[Any, ...]:
    letter = arrival.letter
    direction = direction_of(arrival, desk.ours)
    sender = letter.sender or Address("")
    return (
        arrival.id,
        link.client,
        link.deal,
        link.employee,
        direction,
        "sent" if direction == "outgoing" else "received",
        "mail",
        letter.kind.value,
        clean(sender.address),
        clean(sender.name),
        _listed(letter.to),
        _listed(letter.cc),
        _listed(letter.reply_to),
        clean(letter.subject),
        clean(letter.text),
        clean(letter.html),
        clean(letter.reply_text),
        [clean(one.name) for one in letter.attachments] or None,
        arrival.identity,
        letter.in_reply_to or (letter.references[-1] if letter.references else None),
        letter.thread_key or None,
        arrival.at,
        link.by,
        link.needs_person,
        arrival.past,
        arrival.at if arrival.past else desk.now,
    )


def _listed(boxes: Iterable[Address]) -> str | None:
    return clean(", ".join(box.address for box in boxes if box.address))


def _keep_files(connection: Connection, new: Sequence[Arrival], desk: Desk) -> None:
    enclosed = [
        (one.id, number, file, _left_out(file, desk))
        for one in new
        for number, file in enumerate(one.letter.attachments, start=1)
    ]
    kept = {file.sha256: file for _id, _number, file, left_out in enclosed if not left_out}
    rows = ((key, file.size, file.content_type) for key, file in kept.items())
    columns = ("sha256", "size", "content_type")
    merge(connection, letters.file, columns, rows, key=("sha256",), compare=())
    parts = [_enclosed(*one) for one in enclosed]
    merge(connection, letters.message_file, ENCLOSED, parts, key=ENCLOSED[:2])


def _left_out(file: Attachment, desk: Desk) -> str | None:
    return "too_large" if file.size > desk.largest_file else None


def _enclosed(
    message: UUID, number: int, file: Attachment, left_out: str | None
) -> tuple[Any, ...]:
    return (
        message,
        number,
        clean(file.name) or "file",
        file.content_type,
        file.size,
        file.sha256,
        clean(file.content_id),
        file.inline,
        left_out,
    )
