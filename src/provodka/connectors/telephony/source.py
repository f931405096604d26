"""What every PBX gives: pages of legs, a look at its health, and webhooks where it has them.

One module in `sources/` teaches one PBX: how it is asked, what its rows mean, how it signs.
Whoever reads legs needs no vendor's word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from provodka.connectors.telephony.legs import BadRow, Leg

__all__ = [
    "BadRow",
    "CallPage",
    "CallSource",
    "Hook",
    "HookAnswer",
    "HookRequest",
    "Leg",
    "LiveCall",
    "Reach",
    "Verdict",
]

HookAnswer = tuple[int, bytes, str]
"""Status, body and content type."""


@dataclass(frozen=True, slots=True)
class CallPage:
    """Rows in the order of the source, and the position behind them.

    `position` is JSON-able; None where nothing has ever been read. `more` asks for the next
    page at once. `gap` is true when rows may be lost for good (a log that was removed).
    """

    legs: Sequence[Leg]
    position: Mapping[str, Any] | None
    bad: Sequence[BadRow] = ()
    more: bool = False
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """What a probe found, without moving any position.

    `clock_offset` is the PBX's clock minus ours, by its server's own word; None where it says
    none. `newest` is when the newest record seen began (aware, UTC; in the future where the
    zone is wrong). `extensions` are the office's telephones among the last legs;
    `understood` and `unreadable` count the rows of the sample. `pending` is true where the PBX
    took the question and has no answer yet, so that nothing is known of its calls.
    """

    clock_offset: timedelta | None = None
    newest: datetime | None = None
    extensions: frozenset[str] = frozenset()
    understood: int = 0
    unreadable: int = 0
    pending: bool = False


class CallSource(Protocol):
    """One connected PBX. Not for threads: one reader at a time."""

    def read(self, position: Mapping[str, Any] | None, *, now: datetime) -> CallPage:
        """The next page behind a position; None begins with what the settings call the start.

        Vendors rewrite rows, so an overlap is read again and again: legs come with the same
        keys. Raises `SystemUnavailable`, `AccessDenied`.
        """

    def probe(self, *, now: datetime) -> Reach:
        """Look at the PBX; raises what `read` does, for a person who is watching."""

    def close(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True, slots=True)
class HookRequest:
    """A webhook as it came; names of headers in lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Verdict(StrEnum):
    """What a look at a signature found."""

    OK = "ok"
    WRONG = "wrong"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    """A call while it happens, for the caller's card.

    `source_call_key` is the `linkedid` that its legs will have; numbers are as the PBX wrote
    them; `extension` is the telephone that rings or talks, empty where it is not known yet.
    `at` is None where the vendor tells no time: it happened when the event came.
    """

    source_call_key: str
    state: Literal["ringing", "answered", "ended"]
    direction: Literal["in", "out", "internal"]
    client_number: str = field(default="", repr=False)
    did: str = field(default="", repr=False)
    extension: str = ""
    at: datetime | None = None


class Hook(Protocol):
    """How a vendor's webhooks are told from anybody else's, and what they say."""

    def verify(self, request: HookRequest, secret: str) -> Verdict:
        """Whether the vendor sent this; compared in constant time, never raises."""

    def identity(self, request: HookRequest) -> str:
        """The event's own key: the same for the same event sent again; never raises."""

    def answer(self, request: HookRequest) -> HookAnswer:
        """What the vendor expects back for an accepted event."""

    def read(self, request: HookRequest, zone: ZoneInfo) -> Sequence[Leg | LiveCall]:
        """What the event says; nothing for events that are not about calls.

        `zone` is the zone of the PBX's clock. Raises `Misunderstood`.
        """
