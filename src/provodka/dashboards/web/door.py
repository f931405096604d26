"""Who may knock at the door, and how fast: plain values, made from `hub.yaml` once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from provodka.connectors.crm_store.inbox import Arrival
from provodka.connectors.telephony.source import HookAnswer, HookRequest, Verdict

__all__ = ["Door", "FormPlace", "HookPlace", "Inbox", "Limits", "Verifier", "VisitPlace"]


class Verifier(Protocol):
    """How webhooks of one system are told from anybody else's."""

    def verify(self, request: HookRequest, secret: str) -> Verdict:
        """Whether the system sent this."""

    def identity(self, request: HookRequest) -> str:
        """The event's own key."""

    def answer(self, request: HookRequest) -> HookAnswer:
        """What the system expects back."""


class Inbox(Protocol):
    """Where arrivals are kept."""

    async def keep(self, arrival: Arrival) -> None:
        """Return when it is committed; `SystemUnavailable` if it cannot be now."""

    def keep_soon(self, arrival: Arrival) -> None:
        """Keep it when there is time."""

    def refuse(self, door: str, system: str, reason: str) -> None:
        """Count a request that was turned away."""


@dataclass(frozen=True, slots=True)
class HookPlace:
    """A system whose webhooks are taken, and the secret that it signs with."""

    hook: Verifier
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FormPlace:
    """A form: from which sites browsers may send it, the trap for robots, where to go then."""

    sites: frozenset[str] = frozenset()
    honeypot: str | None = None
    thanks: str | None = None


@dataclass(frozen=True, slots=True)
class VisitPlace:
    """The counter: whose visits are counted, and whether each must say that it may be."""

    sites: frozenset[str]
    needs_consent: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of a body, and requests a minute from one address."""

    body: int = 1024 * 1024
    hooks: int = 6000
    forms: int = 10
    pixels: int = 300


@dataclass(frozen=True, slots=True)
class Door:
    """Everything that is let in. Without `letter_secret` no letter is known by its token."""

    hooks: Mapping[str, HookPlace] = field(default_factory=dict)
    forms: Mapping[str, FormPlace] = field(default_factory=dict)
    visits: VisitPlace | None = None
    letter_secret: bytes | None = field(default=None, repr=False)
    limits: Limits = Limits()
    keep_refused: bool = False
    access_log: bool = False
