"""Which EDM types a literal of a mapping fits (1C developer guide 8.3.27 §17.4.6)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

__all__ = ["NUMBERS", "fitting_types"]

NUMBERS = frozenset({"Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Double", "Edm.Decimal"})


def fitting_types(value: str | bool | int) -> frozenset[str]:
    """The types of fields that can hold this value; whole numbers travel as text too."""
    if isinstance(value, bool):
        return frozenset({"Edm.Boolean"})
    if isinstance(value, int):
        return NUMBERS
    fitting = {"Edm.String"}
    if value.removeprefix("-").isdecimal():
        fitting |= NUMBERS
    if _is_guid(value):
        fitting.add("Edm.Guid")
    if _is_date(value):
        fitting.add("Edm.DateTime")
    return frozenset(fitting)


def _is_guid(value: str) -> bool:
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False


def _is_date(value: str) -> bool:
    try:
        return bool(datetime.fromisoformat(value)) and len(value) == 19
    except ValueError:
        return False
