"""Letters on their way from a mailbox into the store, as values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from provodka.connectors.mail.understanding import Address, Kind, Letter

__all__ = ["Arrival", "Direction", "Ours", "Place", "Role", "direction_of", "outsiders"]

Direction = Literal["incoming", "outgoing", "service"]
Role = Literal["inbox", "sent"]
BY_PEOPLE = frozenset({Kind.PERSON, Kind.INVITATION, Kind.LIST})


@dataclass(frozen=True, slots=True)
class Ours:
    """The company's own addresses in lower case, and its domains: nobody in them is a client."""

    addresses: frozenset[str] = field(default=frozenset(), repr=False)
    domains: frozenset[str] = frozenset()

    def __contains__(self, address: str) -> bool:
        """Whether this address (in lower case, with a ``+token`` or not) is the company's."""
        local, _at, domain = address.rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        return domain in self.domains or address in self.addresses or plain in self.addresses


@dataclass(frozen=True, slots=True)
class Place:
    """Where a copy of a letter lies."""

    mailbox: str
    folder: str
    uid_validity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """A letter as it came. `received` is when the server took it, `past` tells that it lay in
    the mailbox before that was connected, `id` is its key if it turns out to be new.
    """

    place: Place
    role: Role
    flags: tuple[str, ...]
    received: datetime
    past: bool
    letter: Letter
    id: UUID = field(repr=False)

    @property
    def identity(self) -> str:
        """What makes two copies one letter: its Message-ID, else its content."""
        return self.letter.message_id or f"content:{self.letter.content_hash}"

    @property
    def at(self) -> datetime:
        """When it was written, if that is believable: not after it was received."""
        said = self.letter.date
        return said if said is not None and said <= self.received else self.received


def direction_of(arrival: Arrival, ours: Ours) -> Direction:
    """Who wrote it: somebody outside, somebody of the company, or a program.

    What a program wrote counts as nobody's answer (RFC 3834 §2, RFC 3464, RFC 8098).
    """
    letter = arrival.letter
    if letter.kind not in BY_PEOPLE:
        return "service"
    written_here = letter.sender is not None and letter.sender.address.lower() in ours
    return "outgoing" if arrival.role == "sent" or written_here else "incoming"


def outsiders(arrival: Arrival, direction: Direction, ours: Ours) -> list[str]:
    """The addresses of the other side in lower case, the likeliest first."""
    letter = arrival.letter
    sender = [letter.sender] if letter.sender else []
    boxes: Sequence[Address] = letter.recipients
    if direction != "outgoing":
        boxes = [*sender, *letter.reply_to]
    found = (box.address.lower() for box in boxes)
    return list(dict.fromkeys(one for one in found if "@" in one and one not in ours))
