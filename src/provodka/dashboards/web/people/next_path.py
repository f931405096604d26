"""Where to go after signing in: a path on this server, and nothing else."""

from __future__ import annotations

import re

__all__ = ["local_path"]

LONGEST = 2000
# Browsers read a backslash as a slash, and drop tabs and line ends: `/\t/evil.example`.
PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")


def local_path(asked: str) -> str:
    """The path with its query if it leads to this server; `/` for anything else.

    One slash at the beginning, and then ASCII alone: an address bar sends the rest
    percent-encoded.
    """
    return asked if len(asked) <= LONGEST and PATH.fullmatch(asked) else "/"
