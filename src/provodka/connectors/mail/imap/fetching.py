"""The letters themselves: small ones many at a time, large ones in pieces to a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile

from provodka.connectors.mail.imap.answers import in_sets
from provodka.connectors.mail.imap.folder import New
from provodka.connectors.mail.imap.session import ImapSession

__all__ = ["Brought", "bring", "portions"]

MEGABYTE = 1024 * 1024
SMALL = MEGABYTE
PIECE = MEGABYTE
PORTION_LETTERS, PORTION_BYTES = 100, 8 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Brought:
    """A letter's content: in memory, or in a file that is the caller's to delete.

    `whole` is false where only the header was brought, because the letter is too large.
    """

    uid: int
    source: bytes | Path = field(repr=False)
    whole: bool = True


def portions(letters: Sequence[New]) -> Iterator[list[New]]:
    """Letters in the order of their UIDs, in portions that fit into memory."""
    portion: list[New] = []
    size = 0
    for one in letters:
        if portion and (len(portion) == PORTION_LETTERS or size + one.size > PORTION_BYTES):
            yield portion
            portion, size = [], 0
        portion.append(one)
        size += one.size
    if portion:
        yield portion


def bring(
    session: ImapSession, letters: Sequence[New], spool: Path, largest: int
) -> Iterator[Brought]:
    """The content of a portion; a letter that has vanished meanwhile is left out.

    Nothing is marked as read. A letter above `SMALL` bytes goes to a file in the folder
    `spool`, of one above `largest` bytes only the header is brought.
    """
    small = [one.uid for one in letters if 0 < one.size <= SMALL]
    if small:
        for told in session.fetch(in_sets(small), "(UID BODY.PEEK[])"):
            if told.uid in small and "" in told.parts:
                yield Brought(told.uid, told.parts[""])
    for one in letters:
        if one.size > largest:
            yield from _header(session, one.uid)
        elif one.uid not in small:
            yield from _in_pieces(session, one.uid, spool, largest)


def _header(session: ImapSession, uid: int) -> Iterator[Brought]:
    for told in session.fetch(str(uid), "(UID BODY.PEEK[HEADER])"):
        if told.uid == uid and "HEADER" in told.parts:
            yield Brought(uid, told.parts["HEADER"], whole=False)


def _in_pieces(session: ImapSession, uid: int, spool: Path, largest: int) -> Iterator[Brought]:
    spool.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=spool, suffix=".eml", delete=False) as file:
        path = Path(file.name)
        try:
            # The size that a server tells is not always that of what it sends.
            while (piece := _piece(session, uid, file.tell())) and file.tell() <= largest:
                file.write(piece)
                if len(piece) < PIECE:
                    break
            size = file.tell()
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    if size:
        yield Brought(uid, path)
    else:
        path.unlink(missing_ok=True)


def _piece(session: ImapSession, uid: int, offset: int) -> bytes:
    for told in session.fetch(str(uid), f"(UID BODY.PEEK[]<{offset}.{PIECE}>)"):
        if told.uid == uid and "" in told.parts:
            return told.parts[""]
    return b""
