"""The few pages that are shown to whoever has not signed in."""

from __future__ import annotations

import secrets
from functools import lru_cache
from pathlib import Path

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from provodka.dashboards.web.pages.headers import PAGE
from provodka.dashboards.web.pages.reader import language_of
from provodka.dashboards.web.pages.vendored import asset_url
from provodka.dashboards.web.people import cookies
from provodka.foundation.i18n import _, language, speaking

__all__ = ["own_form", "shown"]

FOLDER = Path(__file__).parent / "templates"
PURPOSE = "before sign-in"


def shown(request: Request, template: str, status: int = 200, **context: object) -> Response:
    """A page in the reader's language; its form gets a token that this browser alone can send."""
    before = cookies.token_in(request, cookies.BEFORE) or secrets.token_urlsafe(24)
    with speaking(language_of(request)):
        body = (
            environment()
            .get_template(template)
            .render({"lang": language(), "csrf": cookies.derived(before, PURPOSE), **context})
        )
    # An address with a one-time token must not go on to any other page.
    headers = {**PAGE, "Referrer-Policy": "no-referrer"}
    answer = Response(body, status, headers, media_type="text/html")
    cookies.put(request, answer, cookies.BEFORE, before)
    return answer


def own_form(request: Request, given: object) -> bool:
    """Whether a form was sent from a page that was shown to this browser."""
    before = cookies.token_in(request, cookies.BEFORE)
    foreign = request.headers.get("sec-fetch-site", "") in ("cross-site", "same-site")
    return bool(before) and not foreign and cookies.same(given, cookies.derived(before, PURPOSE))


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates of sign-in: escaped, and a missing value is an error with its name."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update({"_": _, "asset": asset_url})
    return made
