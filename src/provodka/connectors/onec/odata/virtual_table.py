"""One virtual table to be read: its address, and whether the base describes what it is asked.

What is asked stands in the address itself: conditions are texts inside quotes, whose own quotes
are doubled (1C developer guide 8.3.27 §17.4.8).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from provodka.connectors.onec.odata.conditions import Filter
from provodka.connectors.onec.odata.filters import Field
from provodka.connectors.onec.odata.literals import literal
from provodka.connectors.onec.odata.metadata import EntitySet, Metadata, Property
from provodka.connectors.onec.odata.query import encoded_call
from provodka.connectors.onec.odata.url_budget import QUERY_BUDGET
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["Moment", "VirtualTable", "virtual_table"]

DIMENSIONS = frozenset({"Edm.Guid", "Edm.String", "Edm.Boolean", "Edm.DateTime"})
Moment = datetime | date
Argument = Moment | Filter | int | tuple[str, ...] | tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class VirtualTable:
    """One table to be read: the register, the table's name, and what it is given."""

    register: str
    name: str
    arguments: tuple[tuple[str, Argument], ...] = ()

    def path(self, zone: ZoneInfo) -> str:
        """The encoded address; over the URL budget it is a `ConfigurationError`."""
        said = (f"{name}={_written(value, zone)}" for name, value in self.arguments)
        path = encoded_call(f"{self.register}/{self.name}", ",".join(said))
        if len(path) > QUERY_BUDGET:
            raise ConfigurationError(
                f"{self.register}/{self.name}",
                found=_("адрес занял {length} знаков").format(length=len(path)),
                expected=_("не больше {budget}").format(budget=QUERY_BUDGET),
                next_step=_("сократите условие или разделите его на части"),
                code="url_too_long",
            )
        return path

    def check(self, metadata: Metadata) -> None:
        """Refuse what the base does not describe: the table, a parameter, a dimension."""
        register = metadata.set(self.register)
        table = register.virtual_tables.get(self.name)
        if table is None:
            raise _wrong(
                self,
                _("у регистра нет таблицы {table}").format(table=self.name),
                ", ".join(register.virtual_tables) or _("регистр без виртуальных таблиц"),
                "no_virtual_table",
            )
        for name, value in self.arguments:
            if table.parameters and name not in table.parameters:
                found = _("у таблицы нет параметра {name}").format(name=name)
                raise _wrong(self, found, ", ".join(table.parameters), "no_parameter")
            if name == "Dimensions" and table.fields:
                self._check_dimensions(register, [str(one) for one in _names(value)])

    def _check_dimensions(self, register: EntitySet, names: Sequence[str]) -> None:
        fields = register.virtual_tables[self.name].fields
        for name in names:
            if name not in fields and f"{name}_Key" not in fields:
                found = _("у таблицы нет измерения {name}").format(name=name)
                raise _wrong(self, found, ", ".join(_dimensions(fields)), "no_dimension")


def virtual_table(
    register: str, name: str, **given: Moment | Filter | int | Sequence[object] | None
) -> VirtualTable:
    """Any virtual table by its own name and those of its parameters; what is empty is left out."""
    arguments: list[tuple[str, Argument]] = []
    for parameter, value in given.items():
        if isinstance(value, (Filter, date, int)):
            arguments.append((parameter, value))
        elif value:
            arguments.append((parameter, _checked(value)))
    return VirtualTable(register, name, tuple(arguments))


def _checked(value: Sequence[object]) -> tuple[str, ...] | tuple[UUID, ...]:
    keys = tuple(one for one in value if isinstance(one, UUID))
    if keys:
        return keys
    return tuple(Field(str(one)).name for one in value)


def _dimensions(fields: Mapping[str, Property]) -> list[str]:
    """What of a table's fields may be a dimension, as the base wants it named: no sums."""
    return [
        name.removesuffix("_Key")
        for name, one in fields.items()
        if one.type in DIMENSIONS and not name.endswith("_Type")
    ]


def _names(value: Argument) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()


def _written(value: Argument, zone: ZoneInfo) -> str:
    if isinstance(value, Filter):
        return literal(value.render(zone), zone)
    if isinstance(value, tuple):
        return literal(",".join(map(str, value)), zone)
    return literal(value, zone)


def _wrong(table: VirtualTable, found: str, expected: str, code: str) -> ConfigurationError:
    return ConfigurationError(
        f"{table.register}/{table.name}",
        found=found,
        expected=expected,
        next_step=_("выберите из того, что есть в описании базы"),
        code=code,
    )
