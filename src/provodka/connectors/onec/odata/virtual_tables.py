"""Virtual tables of registers: balances, turnovers and slices, as 1C computes them.

    balance("AccumulationRegister_ТоварыОрганизаций", period=now, dimensions=("Номенклатура",))
    slice_last("InformationRegister_КурсыВалют", condition=Field("Валюта_Key") == euro)
    account_turnovers(books, start=first, end=last, accounts=Field("Account/Code") == "62.01")

What is asked stands in the address itself: conditions are texts inside quotes, whose own quotes
are doubled (1C developer guide 8.3.27 §17.4.8). Parameters of accounting registers have names of
their own, and kinds of extra dimensions (виды субконто) are given by their references.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from provodka.connectors.onec.odata.conditions import Filter
from provodka.connectors.onec.odata.filters import Field
from provodka.connectors.onec.odata.literals import literal
from provodka.connectors.onec.odata.metadata import EntitySet, Metadata
from provodka.connectors.onec.odata.query import encoded_call
from provodka.connectors.onec.odata.url_budget import QUERY_BUDGET
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = [
    "VirtualTable",
    "account_balance",
    "account_balance_and_turnovers",
    "account_turnovers",
    "balance",
    "balance_and_turnovers",
    "ext_dimensions",
    "records_with_ext_dimensions",
    "slice_first",
    "slice_last",
    "turnovers",
    "virtual_table",
]

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
                raise _wrong(self, found, ", ".join(fields), "no_dimension")


def balance(
    register: str,
    *,
    period: Moment | None = None,
    condition: Filter | None = None,
    dimensions: Sequence[str] = (),
) -> VirtualTable:
    """Остатки of an accumulation register at a moment (by default: now)."""
    return virtual_table(
        register, "Balance", Period=period, Condition=condition, Dimensions=dimensions
    )


def turnovers(
    register: str,
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    condition: Filter | None = None,
    dimensions: Sequence[str] = (),
) -> VirtualTable:
    """Обороты of an accumulation register between two moments, both included."""
    return virtual_table(
        register,
        "Turnovers",
        StartPeriod=start,
        EndPeriod=end,
        Condition=condition,
        Dimensions=dimensions,
    )


def balance_and_turnovers(
    register: str,
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    condition: Filter | None = None,
    dimensions: Sequence[str] = (),
) -> VirtualTable:
    """Остатки и обороты: what was there, what came and went, what is there."""
    return virtual_table(
        register,
        "BalanceAndTurnovers",
        StartPeriod=start,
        EndPeriod=end,
        Condition=condition,
        Dimensions=dimensions,
    )


def slice_last(
    register: str, *, period: Moment | None = None, condition: Filter | None = None
) -> VirtualTable:
    """Срез последних: the latest record of each key of a periodic register up to a moment."""
    return virtual_table(register, "SliceLast", Period=period, Condition=condition)


def slice_first(
    register: str, *, period: Moment | None = None, condition: Filter | None = None
) -> VirtualTable:
    """Срез первых: the earliest record of each key from a moment on."""
    return virtual_table(register, "SliceFirst", Period=period, Condition=condition)


def account_balance(
    register: str,
    *,
    period: Moment | None = None,
    accounts: Filter | None = None,
    extra: Sequence[UUID] = (),
    condition: Filter | None = None,
    dimensions: Sequence[str] = (),
) -> VirtualTable:
    """Остатки of an accounting register: mutual settlements, stock, money.

    `accounts` is a condition on the account (`Account/Code eq '62.01'`), `extra` the kinds of
    extra dimensions in whose order `ExtDimension1` … come.
    """
    return virtual_table(
        register,
        "Balance",
        Period=period,
        AccountCondition=accounts,
        ExtraDimensions=extra,
        Condition=condition,
        Dimensions=dimensions,
    )


def account_turnovers(
    register: str,
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    accounts: Filter | None = None,
    extra: Sequence[UUID] = (),
    balanced_accounts: Filter | None = None,
    balanced_extra: Sequence[UUID] = (),
    condition: Filter | None = None,
    dimensions: Sequence[str] = (),
) -> VirtualTable:
    """Обороты of an accounting register; `balanced_…` are of the corresponding account."""
    return virtual_table(
        register,
        "Turnovers",
        StartPeriod=start,
        EndPeriod=end,
        AccountCondition=accounts,
        ExtraDimensions=extra,
        BalancedAccountCondition=balanced_accounts,
        BalancedExtraDimensions=balanced_extra,
        Condition=condition,
        Dimensions=dimensions,
    )


def account_balance_and_turnovers(
    register: str,
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    accounts: Filter | None = None,
    extra: Sequence[UUID] = (),
    condition: Filter | None = None,
    dimensions: Sequence[str] = (),
) -> VirtualTable:
    """Остатки и обороты of an accounting register: the trial balance."""
    return virtual_table(
        register,
        "BalanceAndTurnovers",
        StartPeriod=start,
        EndPeriod=end,
        AccountCondition=accounts,
        ExtraDimensions=extra,
        Condition=condition,
        Dimensions=dimensions,
    )


def records_with_ext_dimensions(
    register: str,
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    condition: Filter | None = None,
    top: int | None = None,
) -> VirtualTable:
    """Проводки with their субконто, of a period; at most `top` of them."""
    return virtual_table(
        register,
        "RecordsWithExtDimensions",
        StartPeriod=start,
        EndPeriod=end,
        Condition=condition,
        Top=top,
    )


def ext_dimensions(register: str) -> VirtualTable:
    """Субконто of every record of an accounting register; takes nothing."""
    return VirtualTable(register, "ExtDimensions")


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
