"""Wire rows, known counterparts and a published base for the tests of mappings."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from provodka.mappings.catalog import load_mappings
from provodka.mappings.published import FieldInfo

FACTS = Path(__file__).parents[2] / "data" / "mappings" / "bp30_facts.json"
MOSCOW = ZoneInfo("Europe/Moscow")
EMPTY = "00000000-0000-0000-0000-000000000000"
INVOICE = "11111111-aaaa-4aaa-8aaa-000000000001"
CLIENT = "22222222-aaaa-4aaa-8aaa-000000000001"
ORGANIZATION = "33333333-aaaa-4aaa-8aaa-000000000001"
CONTRACT = "44444444-aaaa-4aaa-8aaa-000000000001"
PRODUCT = "55555555-aaaa-4aaa-8aaa-000000000001"
RUBLE = "66666666-aaaa-4aaa-8aaa-000000000643"


def ours(key: str) -> UUID:
    """Our key of a counterpart in these tests: its own digits, of another version."""
    return UUID(key.replace("-4aaa-", "-7aaa-"))


KNOWN = {
    ("client", CLIENT): ours(CLIENT),
    ("organization", ORGANIZATION): ours(ORGANIZATION),
    ("contract", CONTRACT): ours(CONTRACT),
    ("product", PRODUCT): ours(PRODUCT),
    ("invoice", INVOICE): ours(INVOICE),
}
BOOKS = {"currency": {RUBLE: "RUB"}, "unit": {EMPTY[:-1] + "7": "шт"}}


def external(kind: str, document: UUID) -> str | None:
    """The counterpart in the base of one of our documents."""
    found = [key for (one, key), ours_ in KNOWN.items() if one == kind and ours_ == document]
    return found[0] if found else None


MAPPINGS = load_mappings()


def line(number: int, **changed: Any) -> dict[str, Any]:
    """A row of the section Товары of an invoice."""
    return {
        "LineNumber": str(number),
        "Номенклатура": PRODUCT,
        "Номенклатура_Type": "StandardODATA.Catalog_Номенклатура",
        "Содержание": "Вода питьевая, 19 л",
        "Количество": 2,
        "Цена": Decimal("610.00"),
        "Сумма": Decimal("1220.00"),
        "СтавкаНДС": "НДС22",
        "СуммаНДС": Decimal("220.00"),
    } | changed


def wire_invoice(**changed: Any) -> dict[str, Any]:
    """An invoice with two rows, as the base returns it."""
    return {
        "Ref_Key": INVOICE,
        "DataVersion": "AAAAAAAAAAI=",
        "DeletionMark": False,
        "ВидОперации": "ТоварыИУслуги",
        "Number": "СЧ00-000007",
        "Date": "2026-03-04T10:20:30",
        "Организация_Key": ORGANIZATION,
        "Контрагент_Key": CLIENT,
        "ДоговорКонтрагента_Key": CONTRACT,
        "ВалютаДокумента_Key": RUBLE,
        "СуммаДокумента": Decimal("2440.00"),
        "СуммаВключаетНДС": True,
        "Posted": True,
        "Комментарий": "позвонить заранее",
        "Товары": [line(1), line(2)],
    } | changed


@dataclass
class Base:
    """A published base made of the facts of БП 3.0; tests hide or rename parts of it."""

    sets: dict[str, dict[str, FieldInfo]]
    inner: dict[str, dict[str, dict[str, FieldInfo]]]
    enums: dict[str, list[str]] = field(default_factory=dict)
    targets: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def entities(self) -> Collection[str]:
        """The published sets."""
        return self.sets.keys()

    def fields(self, entity: str) -> Mapping[str, FieldInfo] | None:
        """The fields of a set."""
        return self.sets.get(entity)

    def sections(self, entity: str) -> Mapping[str, Mapping[str, FieldInfo]]:
        """The sections of a set."""
        return self.inner.get(entity, {})

    def enum_values(self, type: str) -> Collection[str] | None:
        """The members of an enumeration."""
        return self.enums.get(type)

    def target(self, entity: str, section: str, field: str) -> str | None:
        """The set that a reference leads to."""
        return self.targets.get((entity, section, field))


def _info(said: str) -> FieldInfo:
    kind = said.split(maxsplit=1)[0]
    if " enum " in said:
        return FieldInfo(said.rpartition(" ")[2])
    return FieldInfo("Edm.Double" if kind.startswith("Edm.Double") else kind)


def _fields(raw: Mapping[str, str], *names: str) -> dict[str, FieldInfo]:
    system = {
        "Ref_Key": "Edm.Guid",
        "DataVersion": "Edm.String",
        "DeletionMark": "Edm.Boolean",
        "Number": "Edm.String",
        "Date": "Edm.DateTime",
        "Posted": "Edm.Boolean",
        "Code": "Edm.String",
        "Description": "Edm.String",
        "IsFolder": "Edm.Boolean",
        "Owner_Key": "Edm.Guid",
        "LineNumber": "Edm.Int64",
    }
    own = {name: FieldInfo(system[name]) for name in names}
    return own | {name: _info(said) for name, said in raw.items()}


def whole_base() -> Base:
    """БП 3.0 with everything published that the mappings need."""
    facts = json.loads(FACTS.read_text(encoding="utf-8"))
    common = ("Ref_Key", "DataVersion", "DeletionMark")
    document, catalog = (
        ("Number", "Date", "Posted"),
        ("Code", "Description", "IsFolder", "Owner_Key"),
    )
    sets, inner = {}, {}
    for name, raw in facts["entities"].items():
        extra = document if name.startswith("Document_") else catalog
        sets[name] = _fields(raw["Attribute"], *common, *extra)
        inner[name] = {
            section: _fields(fields, "LineNumber")
            for section, fields in raw.get("TabularSections", {}).items()
        }
    return Base(sets, inner, facts["enums"])
