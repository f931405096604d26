"""What a letter says, as the store can take it."""

from __future__ import annotations

__all__ = ["clean"]

MOST = 1_000_000


def clean(said: str) -> str | None:
    """Text without NUL and halves of characters, of a million characters at most; or None."""
    whole = said[:MOST].replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return whole or None
