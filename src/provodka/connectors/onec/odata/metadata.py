"""What a base publishes: sets, fields, tabular sections, virtual tables, actions.

Values only; `metadata_reader` makes them from `$metadata`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum

from provodka.connectors.onec.odata.register_kinds import RegisterKind, register_kind
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = [
    "PREFIXES",
    "EntitySet",
    "Function",
    "Metadata",
    "MissingField",
    "Property",
    "RegisterKind",
    "SetStatus",
]

PREFIXES = frozenset(
    {"Catalog", "Document", "DocumentJournal", "Constant", "ExchangePlan", "BusinessProcess"}
    | {"Task", "ChartOfAccounts", "ChartOfCalculationTypes", "ChartOfCharacteristicTypes"}
    | {"InformationRegister", "AccumulationRegister", "CalculationRegister", "AccountingRegister"}
)
"""What set names begin with, before the first `_` (1C developer guide 8.3.27 §17.4.4)."""


@dataclass(frozen=True, slots=True)
class Property:
    """One field: its type as in `$metadata` (`Edm.Guid`), nullability, length if told."""

    name: str
    type: str
    nullable: bool = True
    max_length: int | None = None

    @property
    def item_type(self) -> str:
        """The type of the items of a collection; empty for a plain field."""
        inside = self.type.startswith("Collection(") and self.type.endswith(")")
        return self.type[len("Collection(") : -1] if inside else ""


@dataclass(frozen=True, slots=True)
class Function:
    """A virtual table or an action bound to a set.

    `parameters` are name → type; `fields` are those of the rows it returns;
    `action` is True for what changes data (`Post`, `Unpost`).
    """

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Property] = field(default_factory=dict)
    action: bool = False


@dataclass(frozen=True, slots=True)
class EntitySet:
    """One published set.

    `sections` are tabular sections (name → its fields); `navigation` is
    reference field → set it leads to, for published targets. `targets` says the
    same of fields by their paths (`Контрагент_Key`, `Товары/Номенклатура_Key`, and a
    composite field where the document states its one target). `owner` and `section` are
    set for a set of the rows of another one: `Document_X_Товары` belongs to `Document_X`.
    """

    name: str
    keys: tuple[str, ...] = ()
    properties: Mapping[str, Property] = field(default_factory=dict)
    sections: Mapping[str, Mapping[str, Property]] = field(default_factory=dict)
    navigation: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    targets: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""
    section: str = ""

    @property
    def prefix(self) -> str:
        """What the name begins with: one of `PREFIXES`; the rest may hold `_` itself."""
        return self.name.partition("_")[0]

    @property
    def register(self) -> RegisterKind | None:
        """The kind of register; None for what is no register, and for a set of its rows."""
        return None if self.owner else register_kind(self.prefix, self.keys, self.functions)

    @property
    def periodic(self) -> bool:
        """Whether it is an information register whose values change with time."""
        return self.prefix == "InformationRegister" and (
            "Period" in self.keys or "SliceLast" in self.functions
        )

    @property
    def virtual_tables(self) -> Mapping[str, Function]:
        """Functions that only read: `Balance`, `Turnovers`, `SliceLast`, …"""
        return {name: one for name, one in self.functions.items() if not one.action}

    @property
    def actions(self) -> Mapping[str, Function]:
        """Functions that change data: `Post`, `Unpost`, …"""
        return {name: one for name, one in self.functions.items() if one.action}

    def is_composite(self, path: str) -> bool:
        """Whether the field (`Контрагент`, `Товары/Номенклатура`) holds one of several types."""
        section, _slash, name = path.rpartition("/")
        return name in (self.composites_of(section) if section else self.composites)

    @property
    def composites(self) -> frozenset[str]:
        """Fields that hold a value of one of several types, named in `<field>_Type`."""
        return _composites(self.properties)

    def composites_of(self, section: str) -> frozenset[str]:
        """Composite fields of a tabular section."""
        return _composites(self.sections.get(section, {}))

    def find(self, path: str) -> Property | None:
        """A field by its path: `Date`, or `Товары/Цена` in a tabular section."""
        section, _slash, name = path.rpartition("/")
        if not section:
            return self.properties.get(name)
        return self.sections.get(section, {}).get(name)

    def paths(self) -> list[str]:
        """Every field by its path, tabular sections included."""
        inner = [f"{section}/{name}" for section, rows in self.sections.items() for name in rows]
        return [*self.properties, *inner]


def _composites(properties: Mapping[str, Property]) -> frozenset[str]:
    return frozenset(
        name
        for name, one in properties.items()
        if one.type == "Edm.String" and f"{name}_Type" in properties
    )


@dataclass(frozen=True, slots=True)
class MissingField:
    """A field that a set does not have, and the nearest ones that it has."""

    set_name: str
    name: str
    nearest: tuple[str, ...]


class SetStatus(StrEnum):
    """What is known about a set's name."""

    PUBLISHED = "published"
    NOT_PUBLISHED = "not_published"
    MISSPELLED = "misspelled"
    NOT_A_SET_NAME = "not_a_set_name"


@dataclass(frozen=True, slots=True)
class Metadata:
    """Everything that a base publishes; `digest` is of the document it was read from."""

    sets: Mapping[str, EntitySet]
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    digest: str = ""

    def set(self, name: str) -> EntitySet:
        """The set by its name; one that is not there is a `ConfigurationError` that says why."""
        found = self.sets.get(name)
        if found is not None:
            return found
        raise self._absent(name)

    def status(self, name: str) -> SetStatus:
        """Whether the set is published; if not, whether its name looks like a slip.

        The base lists only what is published, so a well-formed name that
        resembles nothing is taken for an object that waits to be published.
        """
        if name in self.sets:
            return SetStatus.PUBLISHED
        prefix, underscore, rest = name.partition("_")
        if prefix not in PREFIXES or not underscore or not rest:
            return SetStatus.NOT_A_SET_NAME
        near = get_close_matches(name, self.sets, n=1, cutoff=0.93)
        return SetStatus.MISSPELLED if near else SetStatus.NOT_PUBLISHED

    def nearest(self, name: str) -> tuple[str, ...]:
        """Up to three published sets with the most similar names."""
        return tuple(get_close_matches(name, self.sets, n=3, cutoff=0.6))

    def missing_fields(self, set_name: str, names: Iterable[str]) -> tuple[MissingField, ...]:
        """Which of the named fields (`Поле`, `Секция/Поле`) the set does not have."""
        known = self.set(set_name)
        paths = [*known.paths(), *known.sections]
        present = frozenset(paths)
        return tuple(
            MissingField(set_name, name, tuple(get_close_matches(name, paths, n=3, cutoff=0.6)))
            for name in names
            if name not in present
        )

    def _absent(self, name: str) -> ConfigurationError:
        status = self.status(name)
        near = ", ".join(self.nearest(name))
        expected, step = "", _("опубликуйте его: {how}").format(how=_how_to_publish())
        if status is SetStatus.MISSPELLED:
            expected, step = near, _("исправьте имя набора")
        elif status is SetStatus.NOT_A_SET_NAME:
            expected = _("имя вида Catalog_Контрагенты")
            step = _("исправьте имя набора")
        return ConfigurationError(
            _("Набор {name}").format(name=name),
            found=_("база такого не публикует"),
            expected=expected,
            next_step=step,
            code=status.value,
        )


def _how_to_publish() -> str:
    return _("Администрирование → Синхронизация данных → Настройка автоматического REST-сервиса")
