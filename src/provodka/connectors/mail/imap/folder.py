"""What has happened in a folder since it was last looked at: new letters, flags, what is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from provodka.connectors.mail.imap.answers import Fetched, in_sets
from provodka.connectors.mail.imap.session import ImapSession, Opened, State

__all__ = [
    "Flagged",
    "New",
    "changed_flags",
    "described",
    "gone",
    "named",
    "new_letters",
    "present",
]

HEADER = "HEADER.FIELDS (MESSAGE-ID)"
BRIEF = "(UID FLAGS INTERNALDATE RFC822.SIZE)"
NAMED = f"(UID BODY.PEEK[{HEADER}])"
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
    a full folder nor one with gaps of millions makes an answer long. Their Message-IDs are not
    asked for yet: `named` does that for those that are wanted.
    """
    width = NARROW
    last = opened.uid_next - 1
    while after < last:
        until = min(after + width, last)
        told = session.fetch(f"{after + 1}:{until}", BRIEF)
        # `n:m` beyond the end of a folder is answered with its last letter (RFC 3501 §6.4.8).
        found = {one.uid: one for one in told if one.uid and after < one.uid <= until}
        yield until, [_new(found[uid]) for uid in sorted(found)]
        width = min(width * 2, WIDE) if len(found) < NARROW // 4 else NARROW
        after = until


def described(session: ImapSession, uids: Sequence[int]) -> list[New]:
    """Letters by their UIDs, those that are there."""
    told = session.fetch(in_sets(uids), BRIEF)
    found = {one.uid: one for one in told if one.uid is not None and one.uid in uids}
    return named(session, [_new(found[uid]) for uid in sorted(found)])


def named(session: ImapSession, letters: Sequence[New]) -> list[New]:
    """The same letters with their Message-IDs: a server has to open each for that."""
    names: dict[int | None, str] = {}
    for start in range(0, len(letters), NARROW):
        some = in_sets(one.uid for one in letters[start : start + NARROW])
        names |= {one.uid: _message_id(one) for one in session.fetch(some, NAMED)}
    return [replace(one, message_id=names.get(one.uid, "")) for one in letters]


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
    return New(one.uid or 0, one.flags or (), one.size or 0, one.received)


def _message_id(one: Fetched) -> str:
    header = next((part for name, part in one.parts.items() if name.startswith("HEADER")), b"")
    found = MESSAGE_ID.search(header)
    return b"".join(found[1].split()).decode("utf-8", "replace") if found else ""


def _flagged(answers: Sequence[Fetched], last: int) -> list[Flagged]:
    return [
        Flagged(one.uid, one.flags)
        for one in answers
        if one.uid and one.uid <= last and one.flags is not None
    ]
