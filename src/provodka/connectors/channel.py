"""What every way to reach a person has in common: SMTP, a messenger, an SMS gateway.

A channel sends one message at a time and says honestly how that ended. Each message has a key of
the hub's own; a channel that can be asked finds by it what an earlier attempt has left there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, TypeVar

from provodka.foundation.errors import UnknownOutcome
from provodka.foundation.i18n import _

__all__ = ["CannotTell", "Channel", "Fate", "Taken", "TextMessage", "Told", "cannot_tell"]

Content_contra = TypeVar("Content_contra", contravariant=True)


class CannotTell(UnknownOutcome):
    """The channel knows nothing of what it has sent: a person finds out and decides."""


class Fate(StrEnum):
    """What has become of a message; `ACCEPTED` and `UNKNOWN` may still change."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    UNDELIVERED = "undelivered"
    EXPIRED = "expired"
    UNKNOWN = "unknown"

    @property
    def final(self) -> bool:
        """Whether asking again is of no use."""
        return self not in (Fate.ACCEPTED, Fate.UNKNOWN)


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A text for one person: `to` is a phone in E.164, or the account in a messenger."""

    to: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """The channel has taken a message over; `cost` in `currency` (ISO 4217), if it was told.

    `refused` says of further recipients of the same message why they did not get it.
    """

    external_id: str
    cost: Decimal | None = None
    currency: str | None = None
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What a channel says of a message, since when, and why it was not delivered."""

    fate: Fate
    at: datetime | None = None
    reason: str = ""
    cost: Decimal | None = None


class Channel(Protocol[Content_contra]):
    """One way out. Every implementation passes the same tests."""

    @property
    def tells_fate(self) -> bool:
        """Whether `ask` may say more than that the message was taken."""
        ...

    def marker(self, key: str) -> str:
        """By what the message of this key is recognised on the other side."""
        ...

    def send(self, key: str, content: Content_contra, *, before: Callable[[], None]) -> Taken:
        """Send once. `before` is called right before the first byte that cannot be taken back.

        Raises `Refused` (this message will never go), `RetriableError` (nothing was sent),
        `AccessDenied`, `ConfigurationError`, or `UnknownOutcome` after a lost answer.
        """
        ...

    def look_up(self, key: str, content: Content_contra) -> Taken | None:
        """What an attempt with a lost answer has left; None if sending again is harmless.

        Raises `CannotTell` where nobody but a person can find out.
        """
        ...

    def ask(self, external_id: str, to: str) -> Told:
        """What has become of a message that was taken."""
        ...


def cannot_tell(where: str) -> CannotTell:
    """The error of a channel that has no look-up."""
    return CannotTell(
        where,
        found=_("ответ потерян, и спросить, ушло ли сообщение, не у кого"),
        expected=_("ответ шлюза"),
        next_step=_("узнайте, дошло ли сообщение, и повторите поручение, если нет"),
        code="message_unsure",
    )
