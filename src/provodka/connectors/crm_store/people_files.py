"""Files of a person's letters and documents: which they are, and which nobody else has."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

__all__ = ["HeldFile", "files_of", "forget_files"]

FOUND = text("""
    SELECT name, sha256 FROM hub.message_file WHERE message_id = ANY(CAST(:documents AS uuid[]))
    UNION SELECT name, sha256 FROM hub.document_file
    WHERE document = ANY(CAST(:documents AS uuid[]))
    ORDER BY 2, 1
""")
GONE = (
    "DELETE FROM hub.message_file WHERE message_id = ANY(CAST(:documents AS uuid[]))",
    "DELETE FROM hub.document_file WHERE document = ANY(CAST(:documents AS uuid[]))",
)
ORPHANS = text("""
    DELETE FROM hub.file f WHERE f.sha256 = ANY(CAST(:hashes AS text[]))
      AND NOT EXISTS (SELECT FROM hub.message_file m WHERE m.sha256 = f.sha256)
      AND NOT EXISTS (SELECT FROM hub.document_file d WHERE d.sha256 = f.sha256)
    RETURNING f.sha256
""")


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file by its name in a letter; `sha256` is where its content lies, None if it was left."""

    name: str
    sha256: str | None


def files_of(
    connection: Connection, documents: Mapping[str, Collection[UUID]]
) -> Sequence[HeldFile]:
    """The files of these documents."""
    keys = [key for of_kind in documents.values() for key in of_kind]
    return [
        HeldFile(row.name, row.sha256) for row in connection.execute(FOUND, {"documents": keys})
    ]


def forget_files(
    connection: Connection, documents: Mapping[str, Collection[UUID]]
) -> tuple[int, Sequence[str]]:
    """Forget them; how many there were, and the contents that nobody else has (SHA-256).

    Those contents are to be removed once this transaction has been committed.
    """
    keys = [key for of_kind in documents.values() for key in of_kind]
    hashes = [one.sha256 for one in files_of(connection, documents) if one.sha256]
    rows = sum(connection.execute(text(one), {"documents": keys}).rowcount for one in GONE)
    return rows, sorted(connection.scalars(ORPHANS, {"hashes": hashes}))
