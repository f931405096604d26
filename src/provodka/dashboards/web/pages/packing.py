"""Answers that travel packed: a courier's telephone pays for every kilobyte, and waits for it."""

from __future__ import annotations

import gzip

from starlette.requests import Request
from starlette.responses import Response

__all__ = ["pack"]

LEAST = 1_000
"""Bytes; shorter answers go as they are."""
LEVEL = 5


def pack(request: Request, response: Response) -> None:
    """Replace the body of a whole answer by gzip, if whoever asks can unpack it."""
    response.headers.add_vary_header("Accept-Encoding")
    body = bytes(response.body)
    if len(body) < LEAST or "gzip" not in request.headers.get("accept-encoding", ""):
        return
    response.body = gzip.compress(body, LEVEL, mtime=0)
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Content-Length"] = str(len(response.body))
