"""A person as an identity provider tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Identity", "identity_of"]

LONGEST = 100


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider vouches for; `issuer` with `subject` is who it is for ever."""

    issuer: str
    subject: str
    login: str
    name: str = field(repr=False)
    groups: frozenset[str] = frozenset()


def identity_of(claims: Mapping[str, Any], groups_claim: str) -> Identity:
    """The person of a checked ID token (OpenID Connect Core 1.0 §5.1).

    The login is `preferred_username`, else an address of mail that the provider has verified.
    """
    email = claims.get("email") if claims.get("email_verified") is True else None
    login = _text(claims.get("preferred_username")) or _text(email)
    groups = claims.get(groups_claim)
    listed = groups if isinstance(groups, list) else [groups]
    return Identity(
        issuer=claims["iss"],
        subject=claims["sub"],
        login=login.lower(),
        name=_text(claims.get("name")) or login,
        groups=frozenset(one for one in listed if isinstance(one, str)),
    )


def _text(value: object) -> str:
    return " ".join(value.split())[:LONGEST] if isinstance(value, str) else ""
