"""What a person reads when a page cannot be shown now: why, and what to do; no scripts, no data."""

from __future__ import annotations

from html import escape

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _

__all__ = ["away", "is_for_people"]

RETRY_SECONDS = "5"
POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
PAGE = """<!doctype html>
<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title></head><body><h1>{title}</h1><p>{said}</p></body></html>
"""


def is_for_people(request: Request) -> bool:
    """Whether a browser asks for a page."""
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


def away(error: Exception) -> Response:
    """The page that stands in while the store is away (503)."""
    said = str(error) if isinstance(error, ProvodkaError) else ""
    body = PAGE.format(title=escape(_("Хаб сейчас не отвечает")), said=escape(said))
    headers = {"Content-Security-Policy": POLICY, "Retry-After": RETRY_SECONDS}
    return HTMLResponse(body, 503, headers)
