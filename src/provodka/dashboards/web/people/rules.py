"""How sign-in works in this hub: plain values, made from `hub.yaml` once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

from fastapi import Request

from provodka.connectors.crm_store.people_pace import Limits
from provodka.connectors.oidc.identity import Identity
from provodka.dashboards.web.people.roles import Role

__all__ = ["ByProvider", "Provider", "SignInRules", "rules_of"]


class Provider(Protocol):
    """An identity provider (OpenID Connect), as sign-in needs it; its calls block."""

    def start(self, *, state: str, nonce: str, verifier: str, back: str, now: datetime) -> str:
        """The provider's address to send the browser to. Raises `SystemUnavailable`."""

    def finish(self, *, code: str, nonce: str, verifier: str, back: str, now: datetime) -> Identity:
        """Who has come back with a code. Raises `AccessDenied`, `SystemUnavailable`."""


@dataclass(frozen=True, slots=True)
class ByProvider:
    """Sign-in by a provider: what its button says, what its groups may, who is let in unknown."""

    provider: Provider
    title: str | None
    roles: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    creates: bool = False


@dataclass(frozen=True, slots=True)
class SignInRules:
    """How long sessions last, how often one may try, where cookies may go without TLS.

    `zone` is the company's: by it a day of an absence begins and ends.
    Without `plain_http` whoever comes without TLS is let in on this computer alone.
    """

    idle: timedelta = timedelta(hours=24)
    longest: timedelta = timedelta(days=7)
    limits: Limits = field(default_factory=Limits)
    plain_http: bool = False
    public_url: str | None = None
    by_provider: ByProvider | None = None
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    zone: tzinfo = UTC


USUAL = SignInRules()


def rules_of(request: Request) -> SignInRules:
    """The rules of the application that a request came to: `app.state.sign_in`, or the usual."""
    found: SignInRules = getattr(request.app.state, "sign_in", USUAL)
    return found
