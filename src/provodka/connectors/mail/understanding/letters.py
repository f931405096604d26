"""What a read letter is: values only, complete once made, safe to keep and to compare.

Nothing here is shown by `repr` that a log must not hold: addresses, names, subjects and
texts are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import BinaryIO

from provodka.connectors.mail.understanding.chunk_files import opened

__all__ = [
    "Address",
    "Attachment",
    "Attendee",
    "Bounce",
    "FailedRecipient",
    "Invitation",
    "Kind",
    "Letter",
    "Receipt",
]


class Kind(StrEnum):
    """Who or what wrote a letter; only `PERSON` and `INVITATION` count as a person's word."""

    PERSON = "person"
    BOUNCE = "bounce"
    AUTO_REPLY = "auto_reply"
    RECEIPT = "receipt"
    LIST = "list"
    INVITATION = "invitation"


@dataclass(frozen=True, slots=True)
class Address:
    """An address as it is compared (domain in lower case) and the name shown with it.

    `address` is empty where a header held a name alone.
    """

    address: str = field(repr=False)
    name: str = field(default="", repr=False)

    @property
    def domain(self) -> str:
        """What follows the last @, or nothing."""
        return self.address.rpartition("@")[2] if "@" in self.address else ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a letter, read from the letter itself each time: nothing is held in memory.

    `name` is harmless as a file's name (no folders, no control characters, at most 120
    characters, never empty), `claimed_type` is what the letter says, `content_type` what
    the first bytes say where they say it. `size` is in bytes and `sha256` in hex, both of
    the decoded content. `content_id` is without angle brackets; an `inline` one is shown
    within the html (a picture of a signature, say).
    """

    name: str = field(repr=False)
    content_type: str
    size: int
    sha256: str
    chunks: Callable[[], Iterator[bytes]] = field(repr=False, compare=False)
    claimed_type: str = ""
    content_id: str = field(default="", repr=False)
    inline: bool = False

    def open(self) -> BinaryIO:
        """The decoded content as a file to read once, in pieces; a letter read from a path
        is read again from there, so the file has to be where it was."""
        return opened(self.chunks())


@dataclass(frozen=True, slots=True)
class FailedRecipient:
    """One address a letter did not reach.

    `status` is the enhanced code ("5.1.1", RFC 3463), given or worked out from the reply
    code and the words; empty where nothing says it. `permanent` tells a hard bounce
    (mailings stop) from a soft one (mailbox full, tried again, delayed, taken for spam).
    """

    address: str = field(repr=False)
    status: str = ""
    permanent: bool = False
    diagnostic: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Bounce:
    """A letter of ours that was not delivered, or not yet (`delayed`).

    `recipients` may be empty where the report names nobody. `original_id` is the
    Message-ID of our letter with angle brackets, empty where the report has none. A
    `complaint` (RFC 5965) arrived, and its reader called it spam: mailings to him stop.
    """

    recipients: tuple[FailedRecipient, ...] = ()
    original_id: str = ""
    delayed: bool = False
    complaint: bool = False

    @property
    def permanent(self) -> bool:
        """Whether any of the recipients is lost for good."""
        return any(one.permanent for one in self.recipients)

    @property
    def status(self) -> str:
        """The first enhanced code there is, or nothing."""
        return next((one.status for one in self.recipients if one.status), "")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a letter of ours (RFC 8098 for reading, RFC 3464 for delivery).

    `disposition`: ``displayed``, ``deleted``, ``dispatched``, ``processed``, ``denied``,
    ``failed``, or ``delivered``, ``relayed``, ``expanded`` from a server. `original_id` is a
    Message-ID with angle brackets or empty; `automatic` says that no person asked for it.
    """

    disposition: str
    original_id: str = ""
    recipient: str = field(default="", repr=False)
    automatic: bool = False

    @property
    def was_read(self) -> bool:
        """Whether the letter was shown to its reader."""
        return self.disposition == "displayed"


@dataclass(frozen=True, slots=True)
class Attendee:
    """One who is asked to a meeting; `status` is PARTSTAT in lower case (RFC 5545 §3.2.12)."""

    address: str = field(repr=False)
    name: str = field(default="", repr=False)
    status: str = "needs-action"
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """The meeting of a letter (RFC 5546): the first event of its calendar part.

    `method` is in upper case (REQUEST, REPLY, CANCEL, COUNTER, PUBLISH). `starts` and
    `ends` are aware; of an all-day event they are the midnights of its zone (UTC where the
    event has none) and `all_day` holds its first day. `recurrence` is RRULE's text,
    `recurrence_id` tells which occurrence of a series is meant. Of two letters about one meeting
    the one with the larger `sequence` is newer, and of equal ones that `stamped_at` later.
    """

    method: str
    uid: str
    sequence: int = 0
    stamped_at: datetime | None = None
    summary: str = field(default="", repr=False)
    location: str = field(default="", repr=False)
    description: str = field(default="", repr=False)
    status: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    all_day: date | None = None
    recurrence: str = ""
    recurrence_id: str = ""
    organizer: Address | None = None
    attendees: tuple[Attendee, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter as read. Whatever was odd about it is told in `problems`, in short English slugs.

    Message-IDs stand in angle brackets. `date` is what the sender's program says, aware, or
    None; `text` is the whole readable text (made from html where there is no other) with
    line feeds alone, `reply_text` what the writer added: without quotes, signature and
    disclaimers. `html` is as sent, to be shown through `safe_html` only. `thread_key` is the
    same for all letters of a thread that kept its references. `content_hash` (sha256 in hex)
    knows a letter that has no Message-ID.
    """

    kind: Kind = Kind.PERSON
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    thread_key: str = ""
    sender: Address | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = field(default=(), repr=False)
    date: datetime | None = None
    subject: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    reply_text: str = field(default="", repr=False)
    html: str = field(default="", repr=False)
    list_id: str = field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    attachments: tuple[Attachment, ...] = ()
    bounce: Bounce | None = None
    receipt: Receipt | None = None
    invitation: Invitation | None = None
    size: int = 0
    content_hash: str = ""
    problems: tuple[str, ...] = ()

    @property
    def recipients(self) -> tuple[Address, ...]:
        """Everyone the headers name: To, Cc and Bcc."""
        return (*self.to, *self.cc, *self.bcc)

    def header(self, name: str) -> str:
        """The first header of this name (any case), decoded, in one line; else nothing."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), "")
