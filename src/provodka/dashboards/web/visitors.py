"""By what a visitor of a site is known again: a name that the site gives, or our cookie."""

from __future__ import annotations

import re
import secrets

from fastapi import Request, Response

__all__ = ["COOKIE", "known_visitor", "new_visitor", "refuses_tracking", "remember"]

COOKIE = "provodka_visitor"
NAME = re.compile(r"[A-Za-z0-9_-]{8,64}")
HALF_A_YEAR = 180 * 24 * 3600


def known_visitor(request: Request, told: str) -> str:
    """The visitor as the page tells it, else as the cookie does; empty if neither does."""
    for name in (told, request.cookies.get(COOKIE, "")):
        if NAME.fullmatch(name):
            return name
    return ""


def new_visitor() -> str:
    """A name that says nothing about anybody."""
    return secrets.token_urlsafe(16)


def remember(answer: Response, visitor: str) -> None:
    """Ask the browser to tell this name next time."""
    answer.set_cookie(
        COOKIE, visitor, max_age=HALF_A_YEAR, secure=True, httponly=True, samesite="none"
    )


def refuses_tracking(request: Request) -> bool:
    """Whether the browser says that its person does not want to be followed (DNT, Sec-GPC)."""
    return "1" in (request.headers.get("dnt", ""), request.headers.get("sec-gpc", ""))
