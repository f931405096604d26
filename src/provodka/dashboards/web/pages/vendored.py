"""Style sheets, scripts and pictures of the pages, from the package alone, kept in memory.

An address holds a digest of the content, so a browser may keep it for ever; what has changed has
another address.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from provodka.dashboards.web.pages.headers import PAGE

__all__ = ["FOLDER", "Asset", "asset", "asset_url", "send_asset", "send_worker"]

FOLDER = Path(__file__).parents[1] / "assets"
MEDIA = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
KEPT = "public, max-age=31536000, immutable"
CHECKED = "no-cache"
DIGITS = 12


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: how browsers call its kind, its bytes as they are and packed, its digest."""

    media: str
    plain: bytes
    packed: bytes
    digest: str


@cache
def asset(name: str) -> Asset | None:
    """A file of the folder; `None` for whatever is not there, other folders included."""
    file = FOLDER / name
    if file.parent != FOLDER or file.suffix not in MEDIA or not file.is_file():
        return None
    plain = file.read_bytes()
    packed = gzip.compress(plain, 9, mtime=0)
    return Asset(MEDIA[file.suffix], plain, packed, hashlib.sha256(plain).hexdigest()[:DIGITS])


def asset_url(name: str) -> str:
    """Where a browser gets a file of the folder. `KeyError` if there is none."""
    found = asset(name)
    if found is None:
        raise KeyError(name)
    return f"/assets/{found.digest}/{name}"


async def send_asset(request: Request) -> Response:
    """Send a file, packed if the browser can unpack it."""
    found = asset(request.path_params["name"])
    if found is None:
        return Response(status_code=404)
    same = found.digest == request.path_params["digest"]
    headers = {"Cache-Control": KEPT if same else CHECKED, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(found.packed, media_type=found.media, headers=headers)
    return Response(found.plain, media_type=found.media, headers=headers)


async def send_worker(request: Request) -> Response:
    """Send a page's service worker by its own address, `/<name>-worker.js`, which is its scope.

    A browser asks again whether it has changed, so it has no digest; its policy is a page's.
    """
    found = asset(f"{request.path_params['name']}-worker.js")
    if found is None:
        return Response(status_code=404)
    return Response(found.plain, media_type=found.media, headers={**PAGE, "Cache-Control": CHECKED})
