"""Virtual tables of registers for a person who looks around: named, asked, counted.

A table is named as in the base's own addresses, `AccumulationRegister_X/Balance`, its prefix left
out if need be; the table may be called as in the base's query language, «Остатки».
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.conditions import Filter
from provodka.connectors.onec.odata.metadata import EntitySet, Function, Metadata
from provodka.connectors.onec.odata.virtual_tables import VirtualTable, virtual_table
from provodka.flows.onec.exploring import PAGE, meant
from provodka.flows.onec.raw_filter import RawFilter, raw_filter
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import gathered
from provodka.foundation.nearest import nearest

__all__ = ["OPTIONS", "Table", "TableAsked", "is_table", "meant_table", "table_count", "table_rows"]

OPTIONS = {
    "Period": "--period",
    "StartPeriod": "--start",
    "EndPeriod": "--end",
    "Condition": "--condition",
    "AccountCondition": "--accounts",
    "Dimensions": "--dimensions",
}
"""The parameters of virtual tables that a person gives, and the options that give them."""
RUSSIAN = {
    "остатки": "Balance",
    "обороты": "Turnovers",
    "остаткииобороты": "BalanceAndTurnovers",
    "срезпоследних": "SliceLast",
    "срезпервых": "SliceFirst",
    "движенияссубконто": "RecordsWithExtDimensions",
    "субконто": "ExtDimensions",
}
TOP = "Top"
Moment = date | datetime


@dataclass(frozen=True, slots=True)
class Table:
    """A register's virtual table."""

    register: EntitySet
    function: Function

    @property
    def name(self) -> str:
        """As the base's addresses call it."""
        return f"{self.register.name}/{self.function.name}"


@dataclass(frozen=True, slots=True)
class TableAsked:
    """What a person wants of a table, as it was typed; `select` and the rest as in `Asked`."""

    period: str = ""
    start: str = ""
    end: str = ""
    condition: str = ""
    accounts: str = ""
    dimensions: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    top: int | None = None
    whole: bool = False

    def given(self) -> dict[str, str | tuple[str, ...]]:
        """The table's parameters that were given, by their names."""
        said: tuple[str | tuple[str, ...], ...] = (
            self.period,
            self.start,
            self.end,
            self.condition,
            self.accounts,
            self.dimensions,
        )
        return {name: value for name, value in zip(OPTIONS, said, strict=True) if value}


def is_table(name: str) -> bool:
    """Whether a name is that of a virtual table, and not of a set."""
    return "/" in name


def meant_table(metadata: Metadata, name: str) -> Table:
    """The virtual table of that name; raises `ConfigurationError` with what the register has."""
    register_name, _slash, table = name.partition("/")
    register = _register(metadata, register_name)
    known = register.virtual_tables
    wanted = table.partition("(")[0].strip()
    wanted = RUSSIAN.get(wanted.casefold(), wanted)
    for one in known.values():
        if one.name.casefold() == wanted.casefold():
            return Table(register, one)
    raise ConfigurationError(
        f"{register.name}/{table}",
        found=_("виртуальной таблицы {table} нет").format(table=table),
        expected=nearest(wanted, list(known)) if known else _("регистр, у которого они есть"),
        next_step=_("таблицы регистра покажет provodka onec describe {set}").format(
            set=register.name
        ),
        code="no_virtual_table",
    )


def _register(metadata: Metadata, name: str) -> EntitySet:
    """The register of that name: of sets that are called alike, the one that has tables."""
    folded = name.casefold()
    alike = [
        one
        for one in metadata.sets.values()
        if one.virtual_tables and one.name.partition("_")[2].casefold() == folded
    ]
    return alike[0] if len(alike) == 1 and name not in metadata.sets else meant(metadata, name)


def table_rows(
    base: ODataBase, table: Table, asked: TableAsked
) -> tuple[list[dict[str, Any]], bool]:
    """Rows and whether there are more than are given; never more than `PAGE` unless all are wanted.

    The base computes a table whole, so narrowing it by `condition` is what spares it.
    """
    most = None if asked.whole else min(asked.top or PAGE, PAGE)
    _check_select(table, asked.select)
    found = base.read_table(_called(table, asked, base.settings.timezone, most), asked.select)
    return (found, False) if most is None else (found[:most], len(found) > most)


def table_count(base: ODataBase, table: Table, asked: TableAsked) -> int:
    """How many rows the table has; the base is asked for one column of them."""
    column = next(iter(table.function.fields), "")
    select = (column,) if column else ()
    return len(base.read_table(_called(table, asked, base.settings.timezone, None), select))


def _called(table: Table, asked: TableAsked, zone: ZoneInfo, most: int | None) -> VirtualTable:
    given, known = asked.given(), table.function.parameters
    errors = list(_foreign(table, given)) if known else []
    if errors:
        raise gathered(errors)
    parameters: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, tuple):
            parameters[name] = value
        elif name.endswith("Condition"):
            parameters[name] = _condition(table, value)
        else:
            parameters[name] = _moment(table, name, value, zone)
    if TOP in known and most is not None:
        parameters[TOP] = most + 1
    called = virtual_table(table.register.name, table.function.name, **parameters)
    called.check(Metadata({table.register.name: table.register}))
    return called


def _foreign(table: Table, given: dict[str, str | tuple[str, ...]]) -> Iterator[ConfigurationError]:
    """Parameters that this table does not have, told by the options that it does."""
    known = table.function.parameters
    for name in given:
        if name not in known:
            own = [OPTIONS[one] for one in OPTIONS if one in known]
            yield ConfigurationError(
                table.name,
                found=_("у таблицы нет параметра {name} ({option})").format(
                    name=name, option=OPTIONS[name]
                ),
                expected=", ".join(own) or _("без параметров"),
                next_step=_("параметры покажет provodka onec describe {table}").format(
                    table=table.name
                ),
                code="no_parameter",
            )


def _condition(table: Table, text: str) -> Filter:
    """A condition, its known traps told beforehand where the base describes the table's fields."""
    fields = table.function.fields
    if not fields:
        return RawFilter(text)
    links = {name.removesuffix("_Key"): "" for name in fields if name.endswith("_Key")}
    rows = replace(table.register, name=table.name, properties=fields, navigation=links)
    return raw_filter(text, rows)


def _moment(table: Table, name: str, text: str, zone: ZoneInfo) -> Moment:
    try:
        if len(text) == len("2026-11-22"):
            return date.fromisoformat(text)
        given = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(
            table.name,
            found=f"{OPTIONS[name]} {text}",
            expected=_("дата 2026-11-22 (ее начало) или момент 2026-11-22T18:30:00"),
            next_step=_("исправьте дату"),
            code="bad_date",
        ) from None
    return given if given.tzinfo else given.replace(tzinfo=zone)


def _check_select(table: Table, select: Sequence[str]) -> None:
    known = table.function.fields
    for name in select:
        if known and name not in known and name != "*":
            raise ConfigurationError(
                table.name,
                found=_("поля «{name}» нет").format(name=name),
                expected=nearest(name, list(known)),
                next_step=_("все поля покажет provodka onec describe {set}").format(set=table.name),
                code="no_field",
            )
