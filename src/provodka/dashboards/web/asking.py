"""What every room of the door needs of a request: its body within bounds, what is kept of it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from fastapi import Request

__all__ = ["PRIVATE", "Gone", "TooLarge", "body_of", "digest", "kept_headers", "site_of"]

PRIVATE = frozenset(
    {"authorization", "cookie", "proxy-authorization", "x-api-key", "x-csrf-token"}
    | {"forwarded", "x-forwarded-for", "x-real-ip", "cf-connecting-ip", "true-client-ip", "via"}
    | {"x-client-ip", "x-cluster-client-ip", "x-forwarded", "cf-connecting-ipv6"}
)
"""Headers that hold secrets or the address of whoever asks; they are never kept."""
OF_THE_WAY = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "host", "te", "transfer-encoding"}
)
"""Headers that say how a request has travelled, not what it says."""


class TooLarge(Exception):
    """A body is longer than it may be; no more than that was read of it."""


class Gone(Exception):
    """Whoever was asking has gone in the middle of it."""


async def body_of(request: Request, limit: int) -> bytes:
    """The whole body, if it has at most `limit` bytes. Raises `TooLarge`, `Gone`."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise TooLarge
    parts: list[bytes] = []
    size = 0
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise Gone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise TooLarge
        if not message.get("more_body", False):
            return b"".join(parts)


def digest(*parts: str) -> str:
    """A fingerprint of texts that tells nothing about them."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def kept_headers(request: Request, only: Collection[str] = ()) -> dict[str, str]:
    """Headers as they came, by lower-case name, without what is nobody's business."""
    return {
        name: value.replace("\0", "")
        for name, value in request.headers.items()
        if name not in PRIVATE | OF_THE_WAY and (not only or name in only)
    }


def site_of(headers: Mapping[str, str], told: str = "") -> str:
    """The site that a page belongs to, as its origin: `https://shop.example`.

    The browser's own word first (Origin, then Referer), the page's after it.
    """
    origin = headers.get("origin", "")
    if origin and origin != "null":
        return origin.lower()
    for address in (headers.get("referer", ""), told):
        parts = _split(address)
        if parts:
            return parts
    return ""


def _split(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()
