"""Documents, catalog items and register records as they stand in the base.

Bodies are kept as the JSON text that goes on the wire, so that a page of a thousand documents is
read and sent without being parsed. What filters and sorting need is kept beside, case-folded,
because the base compares strings without regard to case.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from provodka.sandbox.onec.registration import Registration
from provodka.sandbox.onec.schema import Entity, Schema
from provodka.sandbox.onec.values import Record, label, parse, render
from provodka.sandbox.storage.database import Database

DOCUMENT_TITLES = {
    "СчетНаОплатуПокупателю": "Счет покупателю",
    "РеализацияТоваровУслуг": "Реализация (акт, накладная, УПД)",
    "ПоступлениеНаРасчетныйСчет": "Поступление на расчетный счет",
    "ПриходныйКассовыйОрдер": "Поступление наличных",
}


def presentation(entity: Entity, record: Record) -> str:
    """How the base shows a reference to this object."""
    if entity.kind != "Document":
        return str(record.get("Description", ""))
    day, _, clock = str(record["Date"]).partition("T")
    year, month, number = day.split("-")
    title = DOCUMENT_TITLES.get(entity.title, entity.title)
    return f"{title} {record['Number']} от {number}.{month}.{year} {clock.lstrip('0') or '0'}"


def key_of(entity: Entity, record: Record) -> str:
    """The key values of a record, joined."""
    return "|".join(str(record[name]) for name in entity.key)


class Objects:
    """Reads and writes whole objects of one base, and registers what it writes for exchange.

    `clock` gives the base's local time as an ISO string without a zone.
    """

    def __init__(self, database: Database, schema: Schema, clock: Callable[[], str]) -> None:
        self.database = database
        self.schema = schema
        self.changes = Registration(database)
        self._clock = clock
        self._version = int(database.setting("data_version", 0))

    def next_version(self) -> str:
        """A fresh `DataVersion`: base64 of eight bytes, never given twice."""
        self._version += 1
        return base64.b64encode(self._version.to_bytes(8, "big")).decode()

    def render(self, entity: Entity, record: Record) -> tuple[bytes, int]:
        """JSON of a record in UTF-8 and where in it the tabular sections begin."""
        head = ",".join([label(name) + render(record[name]) for name in entity.fields]).encode()
        tails = [label(name) + render(record[name]) for name in entity.sections]
        return b",".join([b"{" + head, *[tail.encode() for tail in tails]]) + b"}", len(head) + 1

    def columns(self, entity: Entity, record: Record) -> tuple[object, ...]:
        """The searchable columns of a record."""
        number = record.get("Number", record.get("Code", ""))
        return (
            entity.name,
            key_of(entity, record),
            str(record.get("Date", "")) if entity.kind == "Document" else "",
            str(number).casefold(),
            presentation(entity, record).casefold(),
            str(record.get("Комментарий", "")).casefold(),
            int(bool(record.get("Posted"))),
            int(bool(record.get("DeletionMark"))),
        )

    def put(self, entity: Entity, record: Record, sender: str = "") -> None:
        """Insert or replace one object under a new `DataVersion`.

        `sender` is the reference of the exchange node that sent the change, which therefore need
        not hear of it.
        """
        if entity.is_object:
            record["DataVersion"] = self.next_version()
        text, head = self.render(entity, record)
        database = self.database
        with database.transaction():
            columns = self.columns(entity, record)
            database.run(
                "INSERT INTO object (set_name, key, date, number, title, comment, posted, mark) "
                "VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (set_name, key) DO UPDATE SET "
                "date=excluded.date, number=excluded.number, title=excluded.title, "
                "comment=excluded.comment, posted=excluded.posted, mark=excluded.mark",
                *columns,
            )
            identifier = self.identifier(entity.name, str(columns[1]))
            database.run(
                "INSERT OR REPLACE INTO body (id, text, head) VALUES (?,?,?)",
                identifier,
                text,
                head,
            )
            database.remember("data_version", self._version)
            self.register(entity.name, str(columns[1]), sender=sender)

    def register(self, set_name: str, key: str, *, deleted: bool = False, sender: str = "") -> None:
        """Tell the exchange nodes that something changed, now, in the caller's transaction."""
        at = self._clock()
        self.changes.register(set_name, key, deleted=deleted, at=at, origin_node=sender)

    def put_many(self, prepared: Iterable[tuple[Sequence[object], bytes, int]]) -> None:
        """Insert new objects whose columns and texts are ready, in one transaction.

        They are history from before the exchange began: nothing is registered.
        """
        connection = self.database.connection
        with self.database.transaction():
            start = self.database.rows("SELECT coalesce(max(id), 0) FROM object")[0][0]
            for identifier, (columns, text, head) in enumerate(prepared, start + 1):
                connection.execute(
                    "INSERT INTO object VALUES (?,?,?,?,?,?,?,?,?)", (identifier, *columns)
                )
                connection.execute("INSERT INTO body VALUES (?,?,?)", (identifier, text, head))
            self.database.remember("data_version", self._version)

    def identifier(self, set_name: str, key: str) -> int | None:
        """The row id of an object, if it is there."""
        found = self.database.rows(
            "SELECT id FROM object WHERE set_name = ? AND key = ?", set_name, key
        )
        return int(found[0][0]) if found else None

    def text(self, identifier: int) -> tuple[bytes, int]:
        """JSON of one object and where its sections begin."""
        found = self.database.rows("SELECT text, head FROM body WHERE id = ?", identifier)
        return found[0][0], found[0][1]

    def get(self, set_name: str, key: str) -> Record | None:
        """One object by its set and key."""
        identifier = self.identifier(set_name, key)
        return None if identifier is None else self.load(identifier)

    def load(self, identifier: int) -> Record:
        """One object by its row id."""
        record: Record = parse(self.text(identifier)[0])
        return record

    def remove(self, set_name: str, key: str, sender: str = "") -> bool:
        """Physically delete an object, which leaves a tombstone; whether it was there."""
        identifier = self.identifier(set_name, key)
        if identifier is None:
            return False
        with self.database.transaction():
            self.database.run("DELETE FROM object WHERE id = ?", identifier)
            self.database.run("DELETE FROM body WHERE id = ?", identifier)
            self.register(set_name, key, deleted=True, sender=sender)
        return True

    def find(
        self, set_name: str, where: str, values: Sequence[object], order: str, limit: str = ""
    ) -> list[int]:
        """Row ids of a set's objects that satisfy an SQL condition, in an SQL order."""
        found = self.database.rows(
            f"SELECT o.id FROM object o WHERE o.set_name = ?{where} ORDER BY {order}{limit}",  # noqa: S608
            set_name,
            *values,
        )
        return [row[0] for row in found]

    def count(self, set_name: str, where: str = "", values: Sequence[Any] = ()) -> int:
        """How many objects of a set satisfy an SQL condition."""
        sql = f"SELECT count(*) FROM object o WHERE o.set_name = ?{where}"  # noqa: S608
        return int(self.database.rows(sql, set_name, *values)[0][0])
