"""Files of documents: kept once by content, to go with the letters that rules send."""

from __future__ import annotations

import hashlib
import io
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.tables.letters import file
from provodka.connectors.crm_store.tables.standing_in import document_file
from provodka.flows.mail.files import FileStore
from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _

__all__ = ["LARGEST", "DocumentFile", "enclose_file", "enclosed_files"]

LARGEST = 20 * 1024 * 1024
"""No larger file is kept: no letter would carry it."""
BYTES = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A file of a document: its name for the recipient, `size` in bytes, who added it and when."""

    name: str
    content_type: str
    size: int
    sha256: str
    added_by: str
    added_at: datetime


def enclose_file(
    connection: Connection,
    store: FileStore,
    document: tuple[str, UUID],
    path: Path,
    who: str,
    *,
    name: str | None = None,
) -> DocumentFile:
    """Keep a file with a document (its kind and key); one of the same name is replaced.

    Raises `DocumentError` for a file that cannot be read, or is empty or too large.
    """
    content = _read(path)
    digest = hashlib.sha256(content).hexdigest()
    named = Path(name or path.name).name
    kind = mimetypes.guess_type(named)[0] or BYTES
    store.keep(digest, lambda: io.BytesIO(content))
    size = {"sha256": digest, "size": len(content), "content_type": kind}
    connection.execute(insert(file).values(size).on_conflict_do_nothing())
    values = {**size, "kind": document[0], "document": document[1], "name": named, "added_by": who}
    added = insert(document_file).values(values)
    connection.execute(
        added.on_conflict_do_update(
            index_elements=["kind", "document", "name"], set_={**size, "added_by": who}
        )
    )
    return next(one for one in enclosed_files(connection, document) if one.name == named)


def enclosed_files(connection: Connection, document: tuple[str, UUID]) -> Sequence[DocumentFile]:
    """The files of a document, in the order in which they go into a letter."""
    of = document_file.c
    query = select(of.name, of.content_type, of.size, of.sha256, of.added_by, of.added_at)
    query = query.where(of.kind == document[0], of.document == document[1])
    rows = connection.execute(query.order_by(of.added_at, of.name))
    return [DocumentFile(**row._mapping) for row in rows]


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        content = path.read_bytes() if 0 < size <= LARGEST else b""
    except OSError as error:
        raise _refused(path, error.strerror or str(error)) from None
    if not content:
        raise _refused(path, _("файл в {size} байт").format(size=size))
    return content


def _refused(path: Path, found: str) -> DocumentError:
    return DocumentError(
        str(path),
        found=found,
        expected=_("файл не пустой и не больше {most} МБ").format(most=LARGEST // 1024**2),
        next_step=_("назовите другой файл"),
        code="no_file",
    )
