"""Records of the registers that belong to recorders: what posted documents move."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.values import Record, parse, render

HIDDEN = "ExtDimensions"
"""The key under which a record of the accounting register keeps its ext dimensions.

A record set does not show them; the virtual table `RecordsWithExtDimensions` does.
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How much stands on an account, by a value (say, the document of a debt) and its type.

    In a movement: what it adds, credit below zero. Roubles and units.
    """

    account: str
    value: str
    kind: str
    amount: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Movement:
    """One record to write: the register, its own values, and what it can be looked up by.

    `standings` are kept for the subject, so that posting need not add all its records up.
    """

    register: str
    values: Record
    subject: str = ""
    standings: tuple[Standing, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorder:
    """The document that moves: its set, its reference and its date."""

    set_name: str
    ref: str
    period: str

    @property
    def type_name(self) -> str:
        """The document's type as the wire names it."""
        return f"StandardODATA.{self.set_name}"

    @property
    def key(self) -> str:
        """The key of this recorder's record set in any register."""
        return f"{self.ref}|{self.type_name}"


class Movements:
    """Reads and replaces record sets; the caller opens the transaction."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._database = objects.database

    def clear(self, recorder: Recorder) -> set[str]:
        """Forget everything a recorder moved; the registers that this empties."""
        found = self._database.rows(
            "SELECT DISTINCT register FROM record WHERE recorder = ?", recorder.ref
        )
        self._database.run("DELETE FROM record WHERE recorder = ?", recorder.ref)
        self._database.run("DELETE FROM standing WHERE recorder = ?", recorder.ref)
        return {row[0] for row in found}

    def write(
        self,
        recorder: Recorder,
        movements: Iterable[Movement],
        emptied: Collection[str] = (),
        sender: str = "",
    ) -> None:
        """Store a recorder's records and register every set that is not as it was."""
        lines: dict[str, int] = {}
        for movement in movements:
            line = lines[movement.register] = lines.get(movement.register, 0) + 1
            self._insert(recorder, movement, line)
        for register in sorted({*emptied, *lines}):
            self._objects.register(register, recorder.key, sender=sender)

    def _insert(self, recorder: Recorder, movement: Movement, line: int) -> None:
        entity = self._objects.schema.entities[movement.register]
        record: Record = {name: field.default for name, field in entity.fields.items()}
        record |= movement.values
        record |= {
            "Recorder": recorder.ref,
            "Recorder_Type": recorder.type_name,
            "Period": recorder.period,
            "LineNumber": str(line),
            "Active": True,
        }
        self._database.run(
            "INSERT INTO record (register, recorder_type, recorder, line, period, subject, text) "
            "VALUES (?,?,?,?,?,?,?)",
            movement.register,
            recorder.type_name,
            recorder.ref,
            line,
            recorder.period,
            movement.subject,
            render(record),
        )
        for item in movement.standings:
            self._stand(recorder, movement.subject, item)

    def _stand(self, recorder: Recorder, subject: str, item: Standing) -> None:
        self._database.run(
            "INSERT INTO standing (recorder, period, subject, account, value, kind, kopecks, "
            "thousandths) VALUES (?,?,?,?,?,?,?,?)",
            recorder.ref,
            recorder.period,
            subject,
            item.account,
            item.value,
            item.kind,
            int(item.amount * 100),
            int(item.quantity * 1000),
        )

    def standings(self, subject: str, account: str) -> list[Standing]:
        """What stands on an account for a subject, in the order in which it came up."""
        found = self._database.rows(
            "SELECT value, kind, sum(kopecks), sum(thousandths) FROM standing "
            "WHERE subject = ? AND account = ? GROUP BY value, kind ORDER BY min(period), min(id)",
            subject,
            account,
        )
        return [
            Standing(account, value, kind, Decimal(kopecks) / 100, Decimal(thousandths) / 1000)
            for value, kind, kopecks, thousandths in found
        ]

    def subjects(self, recorder: str, register: str) -> set[str]:
        """What the records of a document are looked up by in one register."""
        found = self._database.rows(
            "SELECT DISTINCT subject FROM record WHERE recorder = ? AND register = ?",
            recorder,
            register,
        )
        return {row[0] for row in found}

    def about(self, register: str, subject: str) -> Iterator[Record]:
        """The records of a register about one subject, by period."""
        found = self._database.rows(
            "SELECT text FROM record WHERE subject = ? AND register = ? ORDER BY period, id",
            subject,
            register,
        )
        for (text,) in found:
            yield parse(text)

    def records(self, register: str) -> Iterator[Record]:
        """All records of a register by period, hidden parts included."""
        sql = "SELECT text FROM record WHERE register = ? ORDER BY period, id"
        for (text,) in self._database.rows(sql, register):
            yield parse(text)

    def record_sets(self, register: str, key: str = "") -> Iterator[tuple[str, str, list[Record]]]:
        """Recorder, its type and its records, for all recorders or the one of a key."""
        ref = key.partition("|")[0]
        found = self._database.rows(
            "SELECT recorder, recorder_type, text FROM record WHERE register = ? "
            "AND (? = '' OR recorder = ?) ORDER BY recorder, line",
            register,
            ref,
            ref,
        )
        sets: dict[tuple[str, str], list[Record]] = {}
        for recorder, type_name, text in found:
            sets.setdefault((recorder, type_name), []).append(parse(text))
        for (recorder, type_name), rows in sets.items():
            yield recorder, type_name, rows
