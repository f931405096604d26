"""A base that an earlier release made goes on living."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from provodka.sandbox.storage.database import Database

OLD = """
CREATE TABLE movement (
    id INTEGER PRIMARY KEY, recorder_type TEXT NOT NULL, recorder TEXT NOT NULL,
    line INTEGER NOT NULL, period TEXT NOT NULL, invoice_type TEXT NOT NULL, invoice TEXT NOT NULL,
    text TEXT NOT NULL, amount TEXT NOT NULL);
INSERT INTO movement (recorder_type, recorder, line, period, invoice_type, invoice, text, amount)
VALUES ('StandardODATA.Document_X', 'r', 1, '2026-01-01', 'T', 'invoice', '{"Сумма":5}', '5');
"""


def test_payments_of_the_first_release_are_taken_over_once(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.sqlite3"
    with sqlite3.connect(path) as old:
        old.executescript(OLD)
    old.close()
    for _ in range(2):
        database = Database(path)
        found = database.rows("SELECT register, recorder, subject, text FROM record")
        database.close()
        assert found == [
            ("AccumulationRegister_ОплатаСчетов", "r", "invoice", '{"Сумма":5}'),
        ]
