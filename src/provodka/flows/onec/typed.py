"""What a person types, or the inbox keeps as JSON, into the value that a column holds."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Date, DateTime, Integer, Numeric
from sqlalchemy.dialects import postgresql

__all__ = ["as_column"]

YES, NO = ("true", "да", "yes", "1"), ("false", "нет", "no", "0")


def as_column(kind: Any, value: Any) -> Any:
    """The value as a column of this type holds it.

    Raises `ValueError`, `TypeError` or `InvalidOperation` for one that it cannot.
    """
    if isinstance(kind, Boolean):
        return _flag(value)
    if isinstance(kind, Integer):
        return int(value)
    if isinstance(kind, Numeric):
        return _exact(str(value))
    if isinstance(kind, DateTime):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(value)
        return moment
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return UUID(value) if isinstance(kind, postgresql.UUID) else str(value)


def _exact(said: str) -> Decimal:
    number = Decimal("".join(said.split()).replace(",", "."))
    if not number.is_finite():
        raise ValueError(said)
    return number


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    said = str(value).strip().lower()
    if said not in YES + NO:
        raise ValueError(value)
    return said in YES
