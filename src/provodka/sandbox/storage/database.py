"""The SQLite file of one sandbox: tables, transactions, remembered settings."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS object (
    id INTEGER PRIMARY KEY, set_name TEXT NOT NULL, key TEXT NOT NULL, date TEXT NOT NULL,
    number TEXT NOT NULL, title TEXT NOT NULL, comment TEXT NOT NULL,
    posted INTEGER NOT NULL, mark INTEGER NOT NULL, UNIQUE (set_name, key));
CREATE INDEX IF NOT EXISTS object_date ON object (set_name, date, id);
CREATE INDEX IF NOT EXISTS object_number ON object (set_name, number);
CREATE INDEX IF NOT EXISTS object_title ON object (set_name, title);
CREATE INDEX IF NOT EXISTS object_comment ON object (set_name, comment);
CREATE TABLE IF NOT EXISTS body (id INTEGER PRIMARY KEY, text BLOB NOT NULL, head INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS record (
    id INTEGER PRIMARY KEY, register TEXT NOT NULL, recorder_type TEXT NOT NULL,
    recorder TEXT NOT NULL, line INTEGER NOT NULL, period TEXT NOT NULL, subject TEXT NOT NULL,
    text TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS record_register ON record (register, period, id);
CREATE INDEX IF NOT EXISTS record_recorder ON record (recorder);
CREATE INDEX IF NOT EXISTS record_subject ON record (subject, register);
CREATE TABLE IF NOT EXISTS standing (
    id INTEGER PRIMARY KEY, recorder TEXT NOT NULL, period TEXT NOT NULL, subject TEXT NOT NULL,
    account TEXT NOT NULL, value TEXT NOT NULL, kind TEXT NOT NULL, kopecks INTEGER NOT NULL,
    thousandths INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS standing_subject ON standing (subject, account);
CREATE INDEX IF NOT EXISTS standing_recorder ON standing (recorder);
CREATE TABLE IF NOT EXISTS shipped (
    shipment TEXT NOT NULL, invoice TEXT NOT NULL, PRIMARY KEY (invoice, shipment)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ledger (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, method TEXT NOT NULL, set_name TEXT NOT NULL,
    ref TEXT NOT NULL, number TEXT NOT NULL, comment TEXT NOT NULL, posted INTEGER NOT NULL,
    source TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS letter (
    uid INTEGER PRIMARY KEY AUTOINCREMENT, folder TEXT NOT NULL, at TEXT NOT NULL,
    message_id TEXT NOT NULL, envelope_from TEXT NOT NULL, envelope_to TEXT NOT NULL,
    flags TEXT NOT NULL, raw BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS letter_folder ON letter (folder, uid);
CREATE TABLE IF NOT EXISTS exchange_node (
    plan TEXT NOT NULL, ref TEXT NOT NULL, code TEXT NOT NULL, description TEXT NOT NULL,
    this_node INTEGER NOT NULL, sent_no INTEGER NOT NULL, received_no INTEGER NOT NULL,
    exchange_date TEXT NOT NULL, PRIMARY KEY (plan, ref));
CREATE TABLE IF NOT EXISTS registered (
    id INTEGER PRIMARY KEY AUTOINCREMENT, plan TEXT NOT NULL, node TEXT NOT NULL,
    set_name TEXT NOT NULL, key TEXT NOT NULL, deleted INTEGER NOT NULL, message_no INTEGER,
    at TEXT NOT NULL, UNIQUE (plan, node, set_name, key));
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class Database:
    """One connection, used from one thread; a killed process loses no committed transaction."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA page_size=16384")
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=NORMAL")
        self.connection.execute("PRAGMA cache_size=-32768")
        self.connection.executescript(_TABLES)
        self._depth = 0
        self._move_old_movements()

    def _move_old_movements(self) -> None:
        """Bases made by the first release kept the movements of one register in a table."""
        if not self.rows("SELECT 1 FROM sqlite_master WHERE name = 'movement'"):
            return
        with self.transaction():
            self.run(
                "INSERT INTO record (register, recorder_type, recorder, line, period, subject, "
                "text) SELECT 'AccumulationRegister_ОплатаСчетов', recorder_type, recorder, line, "
                "period, invoice, text FROM movement"
            )
            self.run("DROP TABLE movement")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an inner transaction joins the outer one."""
        if self._depth == 0:
            self.connection.execute("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
        except BaseException:
            if self._depth == 1:
                self.connection.execute("ROLLBACK")
            raise
        else:
            if self._depth == 1:
                self.connection.execute("COMMIT")
        finally:
            self._depth -= 1

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.connection.execute(sql, values).fetchall()

    def run(self, sql: str, *values: object) -> int:
        """Execute one statement; returns the id of an inserted row."""
        return self.connection.execute(sql, values).lastrowid or 0

    def setting(self, name: str, default: Any = None) -> Any:
        """A remembered value that is not a document."""
        found = self.rows("SELECT value FROM setting WHERE name = ?", name)
        return json.loads(found[0][0]) if found else default

    def remember(self, name: str, value: Any) -> None:
        """Store a value for `setting`."""
        text = json.dumps(value, ensure_ascii=False)
        self.run("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", name, text)

    def close(self) -> None:
        """Close the file; the write-ahead log is folded into it."""
        self.connection.close()
