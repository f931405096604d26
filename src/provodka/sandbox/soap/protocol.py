"""The load protocol: what the base says of single objects, apart from the job's own error."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from provodka.sandbox.storage.database import Database

_TABLE = """
CREATE TABLE IF NOT EXISTS exchange_protocol (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, peer TEXT NOT NULL, direction TEXT NOT NULL,
    object TEXT NOT NULL, ref TEXT NOT NULL, text TEXT NOT NULL);
"""


class Protocol:
    """Append-only notes on objects that were not sent, not loaded or not posted."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.connection.executescript(_TABLE)

    def note(self, peer: str, direction: str, name: str, ref: str, text: str) -> None:
        """Write a note; `direction` is `sent` or `loaded`."""
        self._database.run(
            "INSERT INTO exchange_protocol (at, peer, direction, object, ref, text) "
            "VALUES (?,?,?,?,?,?)",
            datetime.now(UTC).isoformat(timespec="milliseconds"),
            peer,
            direction,
            name,
            ref,
            text,
        )

    def notes(self, since: int = 0) -> list[dict[str, Any]]:
        """Notes after `since` (a note's id), oldest first."""
        names = ("id", "at", "peer", "direction", "object", "ref", "text")
        found = self._database.rows(
            "SELECT id, at, peer, direction, object, ref, text FROM exchange_protocol "
            "WHERE id > ? ORDER BY id",
            since,
        )
        return [dict(zip(names, row, strict=True)) for row in found]
