"""A whole statement in memory, from a file or from bytes; for files of any size see `files`."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

from provodka.connectors.client_bank.balances import Turnovers
from provodka.connectors.client_bank.files import outline, pages, reading
from provodka.connectors.client_bank.values import (
    BadSection,
    Note,
    PaymentDocument,
    Statement,
)
from provodka.foundation.i18n import _

__all__ = ["read_bytes", "read_file"]


def read_file(path: Path) -> Statement:
    """A whole file. Raises `Misunderstood` if it is no such file, `SystemUnavailable` if unread."""
    with reading(path), path.open("rb") as handle:
        return _gathered(handle, str(path))


def read_bytes(data: bytes, where: str = "") -> Statement:
    """The same for bytes in memory; `where` names them in errors."""
    return _gathered(io.BytesIO(data), where or _("выписка"))


def _gathered(handle: BinaryIO, where: str) -> Statement:
    known = outline(handle, where)
    turnovers = Turnovers(known.sections)
    documents: list[PaymentDocument] = []
    bad: list[BadSection] = []
    notes: list[Note] = []
    for page in pages(handle, where, known):
        documents += page.documents
        bad += page.bad
        notes += page.notes
        for document in page.documents:
            turnovers.add(document)
    found = (*notes, *turnovers.notes())
    return Statement(known.header, known.sections, tuple(documents), tuple(bad), found, known.ended)
