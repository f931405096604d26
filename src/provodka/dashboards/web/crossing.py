"""Requests of other sites' pages: whose scripts may send, and may read the answer (CORS)."""

from __future__ import annotations

from collections.abc import Collection

from fastapi import Request

__all__ = ["allowed", "permission"]

ALLOWED_HEADERS = "Content-Type, Idempotency-Key"
DAY_SECONDS = "86400"


def allowed(request: Request, sites: Collection[str]) -> bool:
    """Whether a browser's page may send this; what is not a browser names no origin."""
    origin = request.headers.get("origin", "").lower()
    return not origin or origin in sites


def permission(request: Request) -> dict[str, str]:
    """Headers that let the page read the answer; call for an allowed origin alone."""
    origin = request.headers.get("origin", "")
    if not origin:
        return {"Vary": "Origin"}
    granted = {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if request.method == "OPTIONS":
        granted |= {
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": ALLOWED_HEADERS,
            "Access-Control-Max-Age": DAY_SECONDS,
        }
    return granted
