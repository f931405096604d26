"""What a reader prefers: the language, by their own choice, else their browser's, else ours."""

from __future__ import annotations

from starlette.requests import Request

from provodka.foundation.i18n import LANGUAGES, language

__all__ = ["COOKIE", "language_of"]

COOKIE = "lang"


def language_of(request: Request) -> str:
    """`ru` or `en`."""
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    for wanted in request.headers.get("accept-language", "").split(","):
        short = wanted.strip()[:2].lower()
        if short in LANGUAGES:
            return short
    return language()
