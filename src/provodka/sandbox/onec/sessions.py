"""Sessions of the OData service (`IBSession`), and their shortage."""

from __future__ import annotations

from uuid import uuid4


class Sessions:
    """Open sessions by cookie; they do not outlive the process, as in the base."""

    def __init__(self) -> None:
        self._open: set[str] = set()

    def has_room(self, limit: int | None) -> bool:
        """Whether one more session fits under the number of licences (None = no limit)."""
        return limit is None or len(self._open) < limit

    def start(self) -> str:
        """Open a session; gives its cookie value."""
        identifier = str(uuid4())
        self._open.add(identifier)
        return identifier

    def finish(self, identifier: str) -> None:
        """Close a session and free its licence."""
        self._open.discard(identifier)

    def is_open(self, identifier: str) -> bool:
        """Whether a cookie names a live session."""
        return identifier in self._open


def session_cookie(header: str) -> str:
    """The value of `ibsession` in a Cookie header, or ""."""
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == "ibsession":
            return value
    return ""
