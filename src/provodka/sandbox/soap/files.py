"""Files in parts on the base's side: what it offers to a peer, and what a peer is putting."""

from __future__ import annotations

from uuid import uuid4

from provodka.sandbox.soap.archive import unpack
from provodka.sandbox.soap.envelope import SoapFault
from provodka.sandbox.storage.database import Database

_TABLES = """
CREATE TABLE IF NOT EXISTS file_part (
    file TEXT NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (file, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stored_file (file TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
"""


class Files:
    """The temporary files of the exchange; they outlive a restart."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.connection.executescript(_TABLES)

    def offer(self, parts: list[bytes]) -> str:
        """Lay out a file for getting; gives its identifier."""
        file = str(uuid4())
        for number, data in enumerate(parts, 1):
            self._write(file, number, data)
        return file

    def put(self, file: str, number: int | None, data: bytes) -> None:
        """Store a part; without a number (or with 0) it is the first. A repeat replaces it."""
        if not file:
            raise SoapFault(
                "Не указан идентификатор загружаемого файла. Дальнейшее выполнение метода "
                "невозможно.\nНеобходимо для загружаемого файла назначить уникальный "
                "идентификатор."
            )
        self._write(file, number or 1, data)

    def _write(self, file: str, number: int, data: bytes) -> None:
        sql = "INSERT OR REPLACE INTO file_part (file, number, data) VALUES (?,?,?)"
        self._database.run(sql, file, number, data)

    def part(self, file: str, number: int) -> bytes | None:
        """One part of a file, None if there is no such."""
        sql = "SELECT data FROM file_part WHERE file = ? AND number = ?"
        rows = self._database.rows(sql, file, number)
        return bytes(rows[0][0]) if rows else None

    def drop(self, file: str) -> None:
        """Forget the parts of a file."""
        self._database.run("DELETE FROM file_part WHERE file = ?", file)

    def assemble(self, file: str) -> str:
        """Join and unpack a file that was put; gives the name of the message it held.

        The parts are gone afterwards, so that a repeated call finds none. `SoapFault` if there
        are none, if one between them is missing, or if they do not make up an archive.
        """
        sql = "SELECT number, data FROM file_part WHERE file = ? ORDER BY number"
        rows = self._database.rows(sql, file)
        if not rows:
            raise SoapFault(
                f"Не найден ни один фрагмент сессии передачи с идентификатором {file}.\n"
                "Необходимо убедиться, что в настройках программы заданы параметры\n"
                '"Каталог временных файлов для Linux" и "Каталог временных файлов для Windows".'
            )
        expected = range(1, len(rows) + 1)
        missing = [
            number for number, (have, _) in zip(expected, rows, strict=True) if have != number
        ]
        if missing:
            raise SoapFault(f"Файл не обнаружен 'data.zip.{missing[0]}'")
        message = unpack(b"".join(row[1] for row in rows))
        name = str(uuid4())
        self._database.run("INSERT INTO stored_file (file, data) VALUES (?,?)", name, message)
        self.drop(file)
        return name

    def take(self, name: str) -> bytes:
        """A message that was put, by the name that `assemble` gave."""
        rows = self._database.rows("SELECT data FROM stored_file WHERE file = ?", name)
        return bytes(rows[0][0]) if rows else b""

    def discard(self, name: str) -> None:
        """Forget a message that its job has done with."""
        self._database.run("DELETE FROM stored_file WHERE file = ?", name)
