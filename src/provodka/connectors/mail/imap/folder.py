"""What has happened in a folder since it was last looked at: new letters, flags, what is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from provodka.connectors.mail.imap.answers import Fetched, in_sets
from provodka.connectors.mail.imap.session import ImapSession, Opened, State

__all__ = ["Flagged", "New", "changed_flags", "described", "gone", "new_letters", "present"]

HEADER = "HEADER.FIELDS (MESSAGE-ID)"
NEW = f"(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[{HEADER}])"
NARROW, WIDE = 500, 50_000
MESSAGE_ID = re.compile(rb"^message-id:\s*(.*?)\s*$", re.IGNORECASE | re.MULTILINE | re.DOTALL)
Ranges = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class New:
    """A letter that was not there: its place, flags, size in bytes, Message-ID (or nothing).

    `received` is when the server took it (aware), None where it does not say.
    """

    uid: int
    flags: tuple[str, ...]
    size: int
    received: datetime | None = None
    message_id: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Flagged:
    """The flags that a letter has now."""

    uid: int
    flags: tuple[str, ...]


def new_letters(
    session: ImapSession, opened: Opened, after: int
) -> Iterator[tuple[int, list[New]]]:
    """Letters above UID `after`, in windows: (UID to which all is told, letters by UID).

    A window asks for as many UIDs as are likely to hold a few hundred letters, so that neither
    a full folder nor one with gaps of millions makes an answer long.
    """
    width = NARROW
    last = opened.uid_next - 1
    while after < last:
        until = min(after + width, last)
        told = session.fetch(f"{after + 1}:{until}", NEW)
        # `n:m` beyond the end of a folder is answered with its last letter (RFC 3501 §6.4.8).
        found = {one.uid: one for one in told if one.uid and after < one.uid <= until}
        yield until, [_new(found[uid]) for uid in sorted(found)]
        width = min(width * 2, WIDE) if len(found) < NARROW // 4 else NARROW
        after = until


def described(session: ImapSession, uids: Sequence[int]) -> list[New]:
    """Letters by their UIDs, those that are there."""
    told = session.fetch(in_sets(uids), NEW)
    found = {one.uid: one for one in told if one.uid is not None and one.uid in uids}
    return [_new(found[uid]) for uid in sorted(found)]


def changed_flags(session: ImapSession, opened: Opened, known: State) -> list[Flagged] | None:
    """Flags that changed since the known state; None where only a sweep can tell."""
    if opened.resumed:
        return _flagged(opened.changed, known.last_uid)
    if not (known.modseq and opened.modseq and known.last_uid):
        return None
    if known.modseq == opened.modseq:
        return []
    asked = session.fetch(f"1:{known.last_uid}", "(UID FLAGS)", since=known.modseq)
    return _flagged(asked, known.last_uid)


def gone(session: ImapSession, opened: Opened) -> Ranges | None:
    """UIDs that are no longer there; None where only a sweep can tell which."""
    vanished = [*opened.vanished, *session.vanished()]
    return vanished if opened.resumed else None


def present(session: ImapSession, up_to: int) -> Iterator[tuple[int, int, list[Flagged]]]:
    """Every letter up to a UID with its flags, in windows: (from, to, letters). The sweep."""
    after, width = 0, NARROW
    while after < up_to:
        until = min(after + width, up_to)
        told = session.fetch(f"{after + 1}:{until}", "(UID FLAGS)")
        found = [one for one in _flagged(told, until) if one.uid > after]
        yield after + 1, until, found
        width = min(width * 2, WIDE)
        after = until


def _new(one: Fetched) -> New:
    header = next((part for name, part in one.parts.items() if name.startswith("HEADER")), b"")
    found = MESSAGE_ID.search(header)
    said = b"".join(found[1].split()) if found else b""
    name = said.decode("utf-8", "replace")
    return New(one.uid or 0, one.flags or (), one.size or 0, one.received, name)


def _flagged(answers: Sequence[Fetched], last: int) -> list[Flagged]:
    return [
        Flagged(one.uid, one.flags)
        for one in answers
        if one.uid and one.uid <= last and one.flags is not None
    ]
