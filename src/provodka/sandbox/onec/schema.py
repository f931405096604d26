"""What the base publishes: sets, properties and their types, read from `schema.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

EMPTY_GUID = "00000000-0000-0000-0000-000000000000"
EMPTY_DATE = "0001-01-01T00:00:00"
UNDEFINED = "StandardODATA.Undefined"

EDM = {
    "guid": "Edm.Guid",
    "bool": "Edm.Boolean",
    "date": "Edm.DateTime",
    "double": "Edm.Double",
    "int": "Edm.Int64",
    "short": "Edm.Int16",
    "string": "Edm.String",
    "enum": "Edm.String",
    "any": "Edm.String",
    "type": "Edm.String",
}
_DEFAULTS: dict[str, object] = {
    "guid": EMPTY_GUID,
    "bool": False,
    "date": EMPTY_DATE,
    "int": "0",
    "short": 0,
    "double": 0,
    "string": "",
    "enum": "",
    "any": "",
    "type": UNDEFINED,
}


OBJECT_KINDS = frozenset(
    {"Catalog", "Document", "ChartOfAccounts", "ChartOfCharacteristicTypes", "ExchangePlan"}
)
"""Prefixes of the sets whose entries have a `Ref_Key`."""


@dataclass(frozen=True, slots=True)
class Field:
    """One property: its kind (a key of `EDM`) and what the kind needs.

    `target` is the set that a reference leads to or the name of an enumeration, `targets` the
    sets of a composite reference, `length` the most characters of a string (0 = unlimited),
    `scale` the digits after the decimal point.
    """

    name: str
    kind: str
    target: str = ""
    targets: tuple[str, ...] = ()
    length: int = 0
    scale: int = 2

    @property
    def edm(self) -> str:
        """The property's type as $metadata names it."""
        return EDM[self.kind]

    @property
    def default(self) -> object:
        """The empty value of the property's type, as the base returns it."""
        return _DEFAULTS[self.kind]

    @property
    def navigation(self) -> str:
        """The navigation property beside a reference (`Контрагент_Key` → `Контрагент`), or ""."""
        if self.kind == "guid" and self.target and self.name.endswith("_Key"):
            return self.name.removesuffix("_Key")
        return ""


Fields = Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Entity:
    """A catalog, document, register, chart or exchange plan.

    `register` is `Balance`, `Turnovers`, `Accounting`, or `Periodic` for an information register
    with a period; "" for everything else.
    """

    name: str
    fields: Fields
    sections: Mapping[str, Fields] = field(default_factory=dict)
    key: tuple[str, ...] = ("Ref_Key",)
    dimensions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    register: str = ""
    navigation: Mapping[str, Field] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The prefix of the name, as `Catalog` or `AccumulationRegister`."""
        return self.name.partition("_")[0]

    @property
    def title(self) -> str:
        """The name without its prefix."""
        return self.name.partition("_")[2]

    @property
    def is_object(self) -> bool:
        """Whether entries have a `Ref_Key` and a `DataVersion`."""
        return self.kind in OBJECT_KINDS

    @property
    def is_recorded(self) -> bool:
        """Whether this is a register whose records belong to recorders."""
        return self.kind.endswith("Register") and "Recorder" in self.fields


class Schema:
    """All published entities and enumerations."""

    def __init__(self, entities: Mapping[str, Entity], enums: Mapping[str, tuple[str, ...]]):
        self.entities = entities
        self.enums = enums

    def find(self, set_name: str) -> tuple[Entity, str] | None:
        """The entity behind a set's name, and the section or row type named in it, or ""."""
        entity = self.entities.get(set_name)
        if entity is not None:
            return entity, ""
        for candidate in self.entities.values():
            tail = set_name.removeprefix(candidate.name + "_")
            if tail != set_name and tail in (*candidate.sections, *_row_types(candidate)):
                return candidate, tail
        return None


def _row_types(entity: Entity) -> tuple[str, ...]:
    return ("RecordType",) if entity.is_recorded else ()


def _field(raw: list[Any]) -> Field:
    name, kind, *rest = raw
    extra = rest[0] if rest else None
    if kind in {"guid", "enum"}:
        return Field(name, kind, target=extra or "")
    if kind == "any":
        return Field(name, kind, targets=tuple(extra or ()))
    if kind == "string":
        return Field(name, kind, length=int(extra or 0))
    return Field(name, kind, scale=int(extra) if extra is not None else 2)


def _fields(raw: list[list[Any]]) -> Fields:
    return {item[0]: _field(item) for item in raw}


def _entity(name: str, raw: dict[str, Any]) -> Entity:
    fields = _fields(raw["fields"])
    keys = raw.get("key") or (
        ("Recorder", "Recorder_Type") if "Recorder" in fields else ("Ref_Key",)
    )
    return Entity(
        name=name,
        fields=fields,
        sections={title: _fields(rows) for title, rows in raw.get("sections", {}).items()},
        key=tuple(keys),
        dimensions=tuple(raw.get("dimensions", ())),
        resources=tuple(raw.get("resources", ())),
        register=raw.get("register", ""),
        navigation={item.navigation: item for item in fields.values() if item.navigation},
    )


FILES = {"bp30": "schema.json", "ut11": "schema_ut11.json", "unf": "schema_unf.json"}
"""The configurations that a base can be of, and the files beside this module that tell them."""


@lru_cache
def load_schema(configuration: str = "bp30") -> Schema:
    """The sets of a configuration; `KeyError` for one that is not among `FILES`."""
    raw = json.loads(Path(__file__).with_name(FILES[configuration]).read_text("utf-8"))
    entities = {name: _entity(name, item) for name, item in raw["sets"].items()}
    return Schema(entities, {name: tuple(values) for name, values in raw["enums"].items()})
