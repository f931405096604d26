"""A whole statement from a file or from bytes; for files of any size there is `pieces`."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

from provodka.connectors.client_bank.balances import with_balances_checked
from provodka.connectors.client_bank.pieces import NO_END, pieces
from provodka.connectors.client_bank.values import (
    AccountSection,
    BadSection,
    Header,
    Note,
    PaymentDocument,
    Statement,
)
from provodka.foundation.errors import SystemUnavailable
from provodka.foundation.i18n import _

__all__ = ["read_bytes", "read_file"]


def read_file(path: Path) -> Statement:
    """A whole file. Raises `Misunderstood` if it is no such file, `SystemUnavailable` if unread."""
    try:
        with path.open("rb") as handle:
            return _gathered(handle, str(path))
    except OSError as error:
        raise SystemUnavailable(
            str(path),
            found=_("файл не читается: {reason}").format(reason=error.strerror),
            expected=_("файл выписки, доступный на чтение"),
            next_step=_("проверьте путь и права на файл"),
            code="bank_file_unreadable",
        ) from error


def read_bytes(data: bytes, where: str = "") -> Statement:
    """The same for bytes in memory; `where` names them in errors."""
    return _gathered(io.BytesIO(data), where or _("выписка"))


def _gathered(handle: BinaryIO, where: str) -> Statement:
    header = Header()
    sections: list[AccountSection] = []
    documents: list[PaymentDocument] = []
    bad: list[BadSection] = []
    notes: list[Note] = []
    for piece in pieces(handle, where):
        match piece:
            case Header():
                header = piece
            case AccountSection():
                sections.append(piece)
            case PaymentDocument():
                documents.append(piece)
            case BadSection():
                bad.append(piece)
            case Note():
                notes.append(piece)
    ended = all(note.code != NO_END for note in notes)
    return with_balances_checked(
        Statement(header, tuple(sections), tuple(documents), tuple(bad), tuple(notes), ended)
    )
