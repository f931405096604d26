"""POST, PATCH, PUT, DELETE and the actions Post and Unpost.

Measured habits of live bases are kept: unknown properties and dangling references are accepted in
silence, over-long strings are cut, sections are replaced whole, fill checks do not run on write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from provodka.sandbox.onec.errors import (
    ODataError,
    bad_literal,
    handler_failed,
    internal,
    record_exists,
    refused,
)
from provodka.sandbox.onec.numbering import Numbering
from provodka.sandbox.onec.objects import Objects, key_of, presentation
from provodka.sandbox.onec.posting import Posting, empty_record
from provodka.sandbox.onec.schema import EMPTY_DATE, UNDEFINED, Entity, Field, Fields
from provodka.sandbox.onec.values import Coercion, Record
from provodka.sandbox.storage.ledger import Ledger

_READ_ONLY = frozenset({"Ref_Key", "DataVersion", "Posted", "Predefined", "PredefinedDataName"})
_BIND = re.compile(r"^(\w+)\(guid'([^']+)'\)$")


@dataclass(frozen=True, slots=True)
class WriteRules:
    """How writes behave just now: switches of the base and faults asked for by a test.

    `lengths` cuts strings to fewer characters than the schema says, `ignored` properties are
    dropped; documents dated before `closed_before` (ISO date, "" = none) refuse to change.
    `sender` is the reference of the exchange node a change came from ("" = from nobody, as over
    OData): that node is the only one that does not hear of it.
    """

    ignored: frozenset[str] = frozenset()
    lengths: Mapping[str, int] = field(default_factory=dict)
    closed_before: str = ""
    load_mode: bool = False
    source: str = "odata"
    sender: str = ""


class Writer:
    """Changes one base; `clock` gives its local time as an ISO string without a zone."""

    def __init__(self, objects: Objects, ledger: Ledger, clock: Callable[[], str]) -> None:
        self._objects = objects
        self._ledger = ledger
        self._clock = clock
        self._coercion = Coercion(objects.schema)
        self._numbering = Numbering(objects)
        self.posting = Posting(objects)

    def create(self, entity: Entity, body: Any, rules: WriteRules) -> Record:
        """A new object or independent register record."""
        if entity.is_recorded:
            raise refused("Записи регистра изменяются только проведением документа")
        record = empty_record(entity)
        if entity.is_object:
            record["Ref_Key"] = str(uuid4())
        self._apply(entity, record, _object(body), rules)
        if not rules.load_mode:
            _run_handlers(entity, record, body)
        with self._objects.database.transaction():
            if entity.is_object:
                self._complete(entity, record, rules)
            elif self._objects.identifier(entity.name, key_of(entity, record)) is not None:
                raise record_exists()
            self._save("POST", entity, record, rules)
        return record

    def change(self, entity: Entity, record: Record, body: Any, rules: WriteRules) -> Record:
        """PATCH: what the body names is replaced, the rest stays."""
        self._check_open(entity, record, rules)
        self._apply(entity, record, _object(body), rules)
        with self._objects.database.transaction():
            self._finish_change("PATCH", entity, record, rules)
        return record

    def replace(self, entity: Entity, record: Record, body: Any, rules: WriteRules) -> Record:
        """PUT: what the body does not name becomes empty."""
        self._check_open(entity, record, rules)
        fresh = empty_record(entity)
        kept = {*_READ_ONLY, "Number", "Code", *entity.key} & record.keys()
        fresh |= {name: record[name] for name in kept}
        self._apply(entity, fresh, _object(body), rules)
        with self._objects.database.transaction():
            self._finish_change("PUT", entity, fresh, rules)
        return fresh

    def delete(self, entity: Entity, record: Record, rules: WriteRules) -> None:
        """Physical removal: references to the object stay behind, dangling."""
        self._check_open(entity, record, rules)
        with self._objects.database.transaction():
            if record.get("Posted"):
                self.posting.unpost(entity, record, rules.sender)
            self._objects.remove(entity.name, key_of(entity, record), rules.sender)
            self._ledger.add("DELETE", entity.name, _ref(entity, record), record, rules.source)

    def post(self, entity: Entity, record: Record, rules: WriteRules) -> None:
        """The action Post."""
        self._check_open(entity, record, rules)
        with self._objects.database.transaction():
            self.posting.post(entity, record, rules.sender)
            self._ledger.add("Post", entity.name, record["Ref_Key"], record, rules.source)

    def unpost(self, entity: Entity, record: Record, rules: WriteRules) -> None:
        """The action Unpost."""
        self._check_open(entity, record, rules)
        with self._objects.database.transaction():
            self.posting.unpost(entity, record, rules.sender)
            self._ledger.add("Unpost", entity.name, record["Ref_Key"], record, rules.source)

    def _complete(self, entity: Entity, record: Record, rules: WriteRules) -> None:
        if entity.kind == "Document" and record["Date"] == EMPTY_DATE:
            record["Date"] = self._clock()
        self._check_open(entity, record, rules)
        if not rules.load_mode:
            self._numbering.assign(entity, record)
            self._numbering.check(entity, record)

    def _finish_change(
        self, method: str, entity: Entity, record: Record, rules: WriteRules
    ) -> None:
        self._check_open(entity, record, rules)
        if entity.is_object and not rules.load_mode:
            self._numbering.check(entity, record)
        if record.get("DeletionMark") and record.get("Posted"):
            self.posting.unpost(entity, record, rules.sender)
        self._save(method, entity, record, rules)

    def _save(self, method: str, entity: Entity, record: Record, rules: WriteRules) -> None:
        self._objects.put(entity, record, rules.sender)
        self._ledger.add(method, entity.name, _ref(entity, record), record, rules.source)

    def _check_open(self, entity: Entity, record: Record, rules: WriteRules) -> None:
        if entity.kind != "Document" or str(record["Date"])[:10] >= rules.closed_before:
            return
        shown = presentation(entity, record)
        raise refused(
            f'Не удалось записать: "{shown}"! Изменение данных запрещено: период закрыт до '
            f"{rules.closed_before}"
        )

    def _apply(self, entity: Entity, record: Record, body: Record, rules: WriteRules) -> None:
        allowed = _READ_ONLY - {"Posted"} if rules.load_mode else _READ_ONLY
        values = {name: value for name, value in body.items() if name not in allowed}
        self._fill(entity.fields, record, values, rules)
        for name, fields in entity.sections.items():
            if name in body and name not in rules.ignored:
                rows = _rows(body[name])
                record[name] = [self._row(fields, row, record, rules) for row in rows]

    def _row(self, fields: Fields, body: Record, owner: Record, rules: WriteRules) -> Record:
        row: Record = {name: item.default for name, item in fields.items()}
        self._fill(fields, row, body, rules)
        row["Ref_Key"] = owner["Ref_Key"]
        return row

    def _fill(self, fields: Fields, record: Record, body: Record, rules: WriteRules) -> None:
        for name, value in body.items():
            target, bound = _bound(fields, name, value)
            item = fields.get(target)
            if item is None or target in rules.ignored:
                continue
            record.update(bound)
            if not bound:
                limit = rules.lengths.get(target)
                record[target] = self._coercion.coerce(item, value, limit)
        for item in fields.values():
            if item.kind == "any":
                _settle(item, record)


def _run_handlers(entity: Entity, record: Record, body: Record) -> None:
    """The handler `ПриЗаписи` of the price list fails on a group that has nothing but a name."""
    bare = set(body) <= {"IsFolder", "Description", "Code"}
    if entity.name == "Catalog_Номенклатура" and record["IsFolder"] and bare:
        raise handler_failed(
            "'ПриЗаписи' {ОбщийМодуль.ОбщегоНазначения.Модуль(180)}: Неверный первый параметр "
            "Ссылка в функции ОбщегоНазначения.ЗначенияРеквизитовОбъекта: Значение должно быть "
            "ссылкой или именем предопределенного элемента."
        )


def _object(body: Any) -> Record:
    if not isinstance(body, dict):
        raise internal()
    return body


def _ref(entity: Entity, record: Record) -> str:
    return str(record["Ref_Key"]) if entity.is_object else key_of(entity, record)


def _bound(fields: Fields, name: str, value: Any) -> tuple[str, Record]:
    """`Контрагент@odata.bind` sets `Контрагент_Key`, or a composite reference with its type."""
    if not name.endswith("@odata.bind"):
        return name, {}
    base = name.removesuffix("@odata.bind")
    match = _BIND.match(str(value))
    if match is None:
        raise bad_literal(value, "Edm.Guid")
    set_name, guid = match.groups()
    if f"{base}_Key" in fields:
        return f"{base}_Key", {f"{base}_Key": guid}
    return base, {base: guid, f"{base}_Type": f"StandardODATA.{set_name}"}


def _settle(item: Field, record: Record) -> None:
    """A composite value without a type is no value, and a reference must hold an identifier."""
    type_name = f"{item.name}_Type"
    if record[type_name] == UNDEFINED or record[item.name] == "":
        record[item.name], record[type_name] = "", UNDEFINED
    elif str(record[type_name]).startswith("StandardODATA."):
        try:
            record[item.name] = str(UUID(record[item.name]))
        except ValueError:
            raise bad_literal(record[item.name], "Edm.Guid") from None


def _rows(value: Any) -> list[Record]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise internal()
    numbers = []
    for row in value:
        if row.get("LineNumber") in {None, ""}:
            raise internal()
        text = str(row["LineNumber"])
        if not text.isdigit():
            raise bad_literal(text, "Edm.Int64")
        numbers.append(int(text))
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        raise ODataError(400, "1", "Нарушен порядок номеров строк табличной части!")
    return [row for _, row in sorted(zip(numbers, value, strict=True), key=lambda pair: pair[0])]
