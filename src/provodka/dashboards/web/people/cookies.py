"""The cookies of sign-in: bound to this host by name wherever TLS is (`__Host-`, RFC 6265bis)."""

from __future__ import annotations

import base64
import hashlib
import hmac

from fastapi import Request, Response

__all__ = ["BEFORE", "PROVIDER", "SESSION", "derived", "drop", "put", "same", "secure", "token_in"]

SESSION = "provodka_session"
"""The session's token, for as long as the browser is open or the session lasts."""
BEFORE = "provodka_before"
"""A random word of a browser that has not signed in, for the token of the form."""
PROVIDER = "provodka_provider"
"""A random word of a browser that was sent to an identity provider, and where it was going."""
MINUTES = {SESSION: None, BEFORE: 60, PROVIDER: 10}


def secure(request: Request) -> bool:
    """Whether the browser speaks TLS with us or with a proxy that we trust."""
    return request.url.scheme == "https"


def name_of(request: Request, cookie: str) -> str:
    """The cookie's name for this connection."""
    return f"__Host-{cookie}" if secure(request) else cookie


def token_in(request: Request, cookie: str) -> str:
    """What the browser holds; empty if nothing."""
    return request.cookies.get(name_of(request, cookie), "")


def put(request: Request, answer: Response, cookie: str, token: str) -> None:
    """Let the browser hold it: scripts cannot read it, other sites cannot send it with a form."""
    minutes = MINUTES[cookie]
    answer.set_cookie(
        name_of(request, cookie),
        token,
        max_age=minutes * 60 if minutes else None,
        secure=secure(request),
        httponly=True,
        samesite="lax",
        path="/",
    )


def drop(request: Request, answer: Response, cookie: str) -> None:
    """Let the browser forget it."""
    answer.delete_cookie(
        name_of(request, cookie), secure=secure(request), httponly=True, samesite="lax", path="/"
    )


def derived(token: str, purpose: str) -> str:
    """A secret that follows from a token and does not give it away (HMAC-SHA-256, base64url)."""
    mac = hmac.new(token.encode("utf-8", "surrogatepass"), purpose.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mac.digest()).rstrip(b"=").decode()


def same(given: object, right: str) -> bool:
    """Whether a text that came is the right one, in the same time whatever it is."""
    if not isinstance(given, str):
        return False
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode())
