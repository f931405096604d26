"""The mark that ties a document in 1C to ours, kept in the comment.

OData has no idempotency key: when the answer to a create is lost, the document
is found by this mark before the create is repeated.
"""

from __future__ import annotations

import re
from uuid import UUID

__all__ = ["MARKER_LENGTH", "marked", "marker_for", "read_marker", "strip_marker"]

OPENING = "[prv:"
END = MARKER_LENGTH = len(OPENING) + 32 + 1
_MARKER = re.compile(r" ?\[prv:[0-9a-f]{32}\] ?")


def marker_for(document: UUID) -> str:
    """The mark of one of our documents: `[prv:` + 32 hexadecimal digits + `]`."""
    return f"{OPENING}{document.hex}]"


def marked(document: UUID, comment: str | None) -> str:
    """The comment with the mark before it, where truncation cannot reach it."""
    bare = strip_marker(comment) if comment else None
    return f"{marker_for(document)} {bare}" if bare else marker_for(document)


def strip_marker(comment: str) -> str | None:
    """What the person wrote, without any mark; None when nothing is left."""
    if comment.startswith(OPENING) and comment[END - 1 : END] == "]":
        comment = comment[END:].removeprefix(" ")
    if OPENING in comment:
        comment = _MARKER.sub(" ", comment).strip(" ")
    return comment or None


def read_marker(comment: str | None) -> UUID | None:
    """Our document that a comment is marked with; None for a comment without a mark."""
    if not comment or OPENING not in comment:
        return None
    found = _MARKER.search(comment)
    return UUID(found[0].strip(" []").removeprefix("prv:")) if found else None
