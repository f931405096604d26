"""What kind of register a set is: it decides what can be asked of it and how it is written."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

__all__ = ["RegisterKind", "register_kind"]


class RegisterKind(StrEnum):
    """Registers as the platform tells them apart.

    `ACCUMULATION` stands for one whose virtual tables are not described, so that balances
    and turnovers cannot be told apart. `RECORDED` and `INDEPENDENT` are information registers:
    written by documents, or by whoever holds the key.
    """

    BALANCES = "balances"
    TURNOVERS = "turnovers"
    ACCUMULATION = "accumulation"
    ACCOUNTING = "accounting"
    CALCULATION = "calculation"
    RECORDED = "recorded"
    INDEPENDENT = "independent"


def register_kind(
    prefix: str, keys: Collection[str], functions: Collection[str]
) -> RegisterKind | None:
    """The kind by the set's prefix, key fields and virtual tables; None for other objects."""
    if prefix == "AccumulationRegister":
        if "Balance" in functions:
            return RegisterKind.BALANCES
        return RegisterKind.TURNOVERS if "Turnovers" in functions else RegisterKind.ACCUMULATION
    if prefix == "InformationRegister":
        recorded = "Recorder" in keys or "Recorder_Key" in keys
        return RegisterKind.RECORDED if recorded else RegisterKind.INDEPENDENT
    return {
        "AccountingRegister": RegisterKind.ACCOUNTING,
        "CalculationRegister": RegisterKind.CALCULATION,
    }.get(prefix)
