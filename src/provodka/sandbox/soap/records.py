"""Writing what came over the exchange: under a given identifier, on behalf of the peer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

from provodka.sandbox.onec.errors import ODataError
from provodka.sandbox.onec.numbering import Numbering
from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.posting import INVOICE, empty_record
from provodka.sandbox.onec.schema import EMPTY_GUID, Entity
from provodka.sandbox.onec.values import Coercion, Record
from provodka.sandbox.onec.writing import Writer, WriteRules
from provodka.sandbox.soap.data import Data
from provodka.sandbox.storage.ledger import Ledger

SOURCE = "enterprise_data"
_INDEXED = {"Date": "date", "Number": "number", "Code": "number", "Description": "title"}
"""Fields that the table of objects keeps beside the bodies, strings in one case."""


class ConversionError(Exception):
    """One object cannot be converted or written; others can."""


class Records:
    """Writes objects that one peer has sent (`node` is its reference, "" = nobody's)."""

    def __init__(self, objects: Objects, writer: Writer, ledger: Ledger, node: str) -> None:
        self._objects = objects
        self._writer = writer
        self._ledger = ledger
        self._coercion = Coercion(objects.schema)
        self._numbering = Numbering(objects)
        self._rules = WriteRules(source=SOURCE, sender=node)

    def write(
        self, set_name: str, ref: str, values: Data, sections: Mapping[str, list[Data]]
    ) -> str:
        """Create an object, or change an existing one in what `values` names; gives its reference.

        A mark of deletion is taken off, a posted document is no longer posted.
        """
        entity = self._objects.schema.entities[set_name]
        known = self._objects.get(set_name, ref)
        record = known if known is not None else empty_record(entity)
        record["Ref_Key"] = ref
        for name, value in values.items():
            record[name] = self._coercion.coerce(entity.fields[name], value)
        for name, rows in sections.items():
            record[name] = [self._row(entity, name, ref, row, n) for n, row in enumerate(rows, 1)]
        record["DeletionMark"] = False
        try:
            with self._objects.database.transaction():
                if known is not None and known.get("Posted"):
                    self._writer.unpost(entity, record, self._rules)
                self._numbering.assign(entity, record)
                self._numbering.check(entity, record)
                self._objects.put(entity, record, self._rules.sender)
                method = "POST" if known is None else "PATCH"
                self._ledger.add(method, set_name, ref, record, SOURCE)
        except ODataError as error:
            raise ConversionError(error.text) from None
        return ref

    def _row(self, entity: Entity, name: str, ref: str, values: Data, number: int) -> Record:
        fields = entity.sections[name]
        row: Record = {item.name: item.default for item in fields.values()}
        for key, value in values.items():
            row[key] = self._coercion.coerce(fields[key], value)
        return row | {"Ref_Key": ref, "LineNumber": str(number)}

    def post(self, set_name: str, ref: str) -> str:
        """Post a document after everything is loaded; gives why it cannot be posted, or ""."""
        entity, record = self._objects.schema.entities[set_name], self._objects.get(set_name, ref)
        if record is None or entity.name != INVOICE:
            return ""
        try:
            self._writer.post(entity, record, self._rules)
        except ODataError as error:
            return error.text
        return ""

    def mark_deleted(self, set_name: str, ref: str) -> None:
        """Mark an object for deletion and take its posting back, if it is there."""
        entity, record = self._objects.schema.entities[set_name], self._objects.get(set_name, ref)
        if record is not None and not record["DeletionMark"]:
            self._writer.change(entity, record, {"DeletionMark": True}, self._rules)


class Finder:
    """Finds objects of one set by search fields, without regard to case."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def find(
        self, set_name: str, wanted: Mapping[str, Any], accepts: Callable[[str], bool]
    ) -> str | None:
        """The first object whose fields have these values, by code or number; None for none.

        Like the base itself it takes the first one also where several would do. `accepts` turns
        down single references.
        """
        columns = ", ".join(
            f"json_extract(CAST(b.text AS TEXT), '$.\"{name}\"')" for name in wanted
        )
        indexed = [(_INDEXED[name], value) for name, value in wanted.items() if name in _INDEXED]
        narrowed = "".join(f" AND o.{column} = ?" for column, _ in indexed)
        found = self._objects.database.rows(
            f"SELECT o.key, {columns} FROM object o JOIN body b ON b.id = o.id "  # noqa: S608
            f"WHERE o.set_name = ?{narrowed} ORDER BY o.number, o.id",
            set_name,
            *(str(value) if column == "date" else _folded(value) for column, value in indexed),
        )
        target = [_folded(value) for value in wanted.values()]
        for key, *values in found:
            if [_folded(value) for value in values] == target and accepts(key):
                return str(key)
        return None


def _folded(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return str(value).casefold().strip()


def identifier(text: str) -> str:
    """A reference in its canonical form; a fresh one for none."""
    if not text:
        return str(uuid4())
    try:
        return str(UUID(text))
    except ValueError:
        raise ConversionError(f"Неверный формат уникального идентификатора: {text}") from None


def is_filled(value: Any) -> bool:
    """Whether a search field has a value, as 1C sees it."""
    return value not in {None, "", EMPTY_GUID, "0001-01-01T00:00:00"}
