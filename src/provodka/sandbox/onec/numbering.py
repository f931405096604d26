"""Numbers and codes that the base gives to new objects, unique within their period."""

from __future__ import annotations

from provodka.sandbox.onec.errors import refused
from provodka.sandbox.onec.objects import Objects, presentation
from provodka.sandbox.onec.schema import EMPTY_GUID, Entity
from provodka.sandbox.onec.values import Record

ORGANIZATIONS = "Catalog_Организации"
BASE_PREFIX = "00"
"""The prefix of this infobase; documents carry the organization's own before it."""


class Numbering:
    """Assigns and checks document numbers (within a year) and catalog codes."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def assign(self, entity: Entity, record: Record) -> None:
        """Fill an empty number or code with the next free one."""
        name = "Number" if entity.kind == "Document" else "Code"
        if record[name].strip():
            return
        prefix = self._prefix(entity, record)
        width = entity.fields[name].length - len(prefix)
        counter = f"number:{entity.name}:{self._period(entity, record)}:{prefix}"
        database = self._objects.database
        value = int(database.setting(counter, 0)) + 1
        while self._taken(entity, record, f"{prefix}{value:0{width}}"):
            value += 1
        database.remember(counter, value)
        record[name] = f"{prefix}{value:0{width}}"

    def check(self, entity: Entity, record: Record) -> None:
        """Refuse a number or code that another object already has (500/−1)."""
        name, title = ("Number", "Номер") if entity.kind == "Document" else ("Code", "Код")
        if record[name] and self._taken(entity, record, record[name]):
            shown = presentation(entity, record)
            raise refused(f'Не удалось записать: "{shown}"! Значение поля "{title}" не уникально')

    def _prefix(self, entity: Entity, record: Record) -> str:
        if entity.kind != "Document":
            return f"{BASE_PREFIX}-" if entity.fields["Code"].length > 6 else ""
        organization = str(record.get("Организация_Key", EMPTY_GUID))
        found = self._objects.get(ORGANIZATIONS, organization)
        own = str(found["Префикс"]) if found else ""
        return f"{own:0>2}{BASE_PREFIX}-"

    def _period(self, entity: Entity, record: Record) -> str:
        return str(record["Date"])[:4] if entity.kind == "Document" else ""

    def _taken(self, entity: Entity, record: Record, value: str) -> bool:
        found = self._objects.database.rows(
            "SELECT 1 FROM object WHERE set_name = ? AND number = ? AND key <> ? "
            "AND substr(date, 1, 4) = ? LIMIT 1",
            entity.name,
            value.casefold(),
            record["Ref_Key"],
            self._period(entity, record),
        )
        return bool(found)
