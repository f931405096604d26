"""The ledger: every write that ever reached the base, for tests that count them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from provodka.sandbox.storage.database import Database


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Ledger:
    """Append-only; `source` tells an outside client (`odata`) from the sandbox's own hands."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, method: str, set_name: str, ref: str, record: Mapping[str, Any], source: str
    ) -> None:
        """Record one write in the caller's transaction."""
        self._database.run(
            "INSERT INTO ledger (at, method, set_name, ref, number, comment, posted, source) "
            "VALUES (?,?,?,?,?,?,?,?)",
            _now(),
            method,
            set_name,
            ref,
            str(record.get("Number", record.get("Code", ""))),
            str(record.get("Комментарий", "")),
            int(bool(record.get("Posted"))),
            source,
        )

    def entries(self, set_name: str = "", since: int = 0) -> list[dict[str, Any]]:
        """Writes after `since` (an entry's id), oldest first; one set only if it is named."""
        found = self._database.rows(
            "SELECT id, at, method, set_name, ref, number, comment, posted, source FROM ledger "
            "WHERE id > ? AND (? = '' OR set_name = ?) ORDER BY id",
            since,
            set_name,
            set_name,
        )
        names = ("id", "at", "method", "set", "ref", "number", "comment", "posted", "source")
        return [dict(zip(names, row, strict=True)) | {"posted": bool(row[7])} for row in found]

    def counts(self) -> dict[str, dict[str, int]]:
        """Writes per set and method."""
        found = self._database.rows(
            "SELECT set_name, method, count(*) FROM ledger GROUP BY 1, 2 ORDER BY 1, 2"
        )
        counts: dict[str, dict[str, int]] = {}
        for set_name, method, number in found:
            counts.setdefault(set_name, {})[method] = number
        return counts
