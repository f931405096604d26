"""Contents of attachments are erased when their time is over, and never while they are needed."""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text
from tests.flow.calls_desk import kept_store

from provodka.connectors.crm_store import journal
from provodka.flows.mail.document_files import enclose_file
from provodka.flows.mail.files import FileStore
from provodka.flows.mail.retention import erase_files
from provodka.foundation.identifiers import uuid7

__all__ = ["kept_store"]

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OLD = NOW - timedelta(days=100)
KEEP = timedelta(days=30)
PDF = b"%PDF-1.7 an order"


@dataclass
class Shelf:
    """A store with letters, and the folder of their files; all of it is old."""

    engine: Engine
    files: FileStore

    def letter(self, content: bytes = PDF, **values: Any) -> UUID:
        key, digest = uuid7(), hashlib.sha256(content).hexdigest()
        self.files.keep(digest, lambda: io.BytesIO(content))
        row = {"id": key, "direction": "incoming", "status": "received", "channel": "mail",
               "sent_at": OLD, "created_at": OLD, **values}  # fmt: skip
        with self.engine.begin() as connection:
            self._insert(connection, "crm.message", row)
            told = {"sha256": digest, "size": len(content), "content_type": "application/pdf"}
            exists = text("SELECT count(*) FROM hub.file WHERE sha256 = :one")
            if not connection.execute(exists, {"one": digest}).scalar():
                self._insert(connection, "hub.file", {**told, "stored_at": OLD})
            part = {"message_id": key, "number": 1, "name": "order.pdf", **told}
            self._insert(connection, "hub.message_file", part)
        return key

    def deal(self, status: str) -> UUID:
        key, client = uuid7(), uuid7()
        values = {"id": key, "title": "Вода", "client_id": client, "status": status}
        with self.engine.begin() as connection:
            self._insert(connection, "crm.client", {"id": client, "name": "ООО Ромашка"})
            self._insert(connection, "crm.deal", values | {"kind": "unstaged"})
        return key

    def age(self) -> None:
        """Nobody has wanted any file for long."""
        for name in self.files.names():
            os.utime(self.files.path(name), (OLD.timestamp(), OLD.timestamp()))

    def erase(self, now: datetime = NOW) -> int:
        return erase_files(self.engine, self.files, KEEP, now)["files_erased"]

    def there(self) -> int:
        return len(list(self.files.names()))

    def left_out(self) -> list[str | None]:
        with self.engine.connect() as connection:
            query = text("SELECT left_out FROM hub.message_file ORDER BY message_id")
            return list(connection.execute(query).scalars())

    def _insert(self, connection: Connection, table: str, values: dict[str, Any]) -> None:
        journal.attribute(connection, "test")
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)


@pytest.fixture
def shelf(kept_store: Engine, tmp_path: Path) -> Shelf:
    with kept_store.begin() as connection:
        for table in ("hub.document_file", "hub.message_file", "hub.file", "crm.message"):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("DELETE FROM hub.cursor WHERE stream = 'mail:files'"))
    return Shelf(kept_store, FileStore(tmp_path / "files"))


@pytest.mark.requirement("S-9")
def test_an_old_attachment_is_erased_and_its_name_and_size_stay(shelf: Shelf) -> None:
    shelf.letter()
    shelf.age()
    assert (shelf.erase(), shelf.there(), shelf.left_out()) == (1, 0, ["expired"])
    with shelf.engine.connect() as connection:
        [row] = connection.execute(text("SELECT name, size FROM hub.message_file"))
    assert (row.name, row.size) == ("order.pdf", len(PDF))


@pytest.mark.parametrize(
    "values",
    [
        {"sent_at": NOW - timedelta(days=2)},
        {"needs_person": True},
        {"status": "queued", "direction": "outgoing"},
    ],
    ids=["of a young letter", "waits for a person", "waits to go out"],
)
def test_what_is_needed_stays_also_where_an_old_letter_has_it_too(
    shelf: Shelf, values: dict[str, Any]
) -> None:
    shelf.letter()
    shelf.letter(**values)
    shelf.age()
    assert (shelf.erase(), shelf.there(), shelf.left_out()) == (0, 1, [None, None])


@pytest.mark.parametrize(("status", "erased"), [("open", 0), ("won", 1)])
def test_what_a_deal_has_stays_until_it_is_over(shelf: Shelf, status: str, erased: int) -> None:
    shelf.letter(deal_id=shelf.deal(status))
    shelf.age()
    assert (shelf.erase(), shelf.there()) == (erased, 1 - erased)


def test_a_file_of_a_document_is_never_erased(shelf: Shelf, tmp_path: Path) -> None:
    shelf.letter()
    (tmp_path / "scan.pdf").write_bytes(PDF)
    with shelf.engine.begin() as connection:
        enclose_file(connection, shelf.files, ("deal", uuid7()), tmp_path / "scan.pdf", "Котов")
    shelf.age()
    assert (shelf.erase(), shelf.there(), shelf.left_out()) == (0, 1, [None])


def test_what_comes_again_is_kept_again(shelf: Shelf) -> None:
    shelf.letter()
    shelf.age()
    assert shelf.erase() == 1
    shelf.letter(sent_at=NOW)
    assert shelf.erase(NOW + timedelta(days=2)) == 0
    assert (shelf.there(), shelf.left_out()) == (1, ["expired", None])


def test_a_content_that_is_being_written_down_is_not_taken_away(shelf: Shelf) -> None:
    shelf.letter()
    assert shelf.erase(datetime.now(UTC) + timedelta(seconds=1)) == 1
    assert shelf.there() == 1


def test_what_a_process_that_died_has_left_goes_after_a_day(shelf: Shelf) -> None:
    digest = hashlib.sha256(PDF).hexdigest()
    shelf.files.keep(digest, lambda: io.BytesIO(PDF))
    assert shelf.erase(datetime.now(UTC)) == 0
    assert shelf.there() == 1
    shelf.erase(datetime.now(UTC) + timedelta(days=2))
    assert shelf.there() == 0


def test_it_is_looked_at_once_a_day(shelf: Shelf) -> None:
    shelf.erase()
    shelf.letter()
    shelf.age()
    assert [shelf.erase(NOW + timedelta(hours=one)) for one in (1, 23, 24)] == [0, 0, 1]
