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
from uuid import UUID

from provodka.connectors.onec.odata.conditions import Filter
from provodka.connectors.onec.odata.virtual_table import Moment, VirtualTable, virtual_table

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
