"""Where to go after signing in: a path on this server, and nothing else."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

__all__ = ["local_path"]

LONGEST = 2000
# Browsers read a backslash as a slash, and drop tabs and line ends: `/\t/evil.example`.
PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")


def local_path(asked: str) -> str:
    """The path with its query if it leads to this server; `/` for anything else.

    ASCII alone: an address bar sends the rest percent-encoded.
    """
    if len(asked) > LONGEST or not PATH.fullmatch(asked):
        return "/"
    try:
        parts = urlsplit(asked)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc else asked
