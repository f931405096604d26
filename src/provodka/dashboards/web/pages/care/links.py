"""Addresses of documents' own pages."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

__all__ = ["document_href"]


def document_href(kind: str | None, document: UUID | str | None) -> str:
    """The page of a document; empty for none."""
    return f"/documents/{quote(kind, safe='')}/{document}" if kind and document else ""
