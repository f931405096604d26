"""A document that the database itself refuses: what that looks like, and how it is told."""

from __future__ import annotations

import psycopg
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _
from provodka.mappings.compiled import Mapping

__all__ = ["REFUSALS", "refused_by_store"]

REFUSALS = (psycopg.IntegrityError, psycopg.DataError, IntegrityError, DataError)
"""What a statement or a COPY raises when a value breaks a rule of the store."""


def refused_by_store(mapping: Mapping, refusal: Exception) -> Misunderstood:
    """The refusal in words: which table, which constraint, in the database's own message."""
    cause = refusal.orig if isinstance(refusal, DBAPIError) else refusal
    said = cause.diag if isinstance(cause, psycopg.Error) else psycopg.Error().diag
    return Misunderstood(
        _("{entity} в базу хаба, таблица {table}").format(
            entity=mapping.entity, table=said.table_name or mapping.kind
        ),
        found=said.message_primary or type(refusal).__name__,
        expected=_("значения, допустимые ограничением {name}").format(
            name=said.constraint_name or said.column_name or "—"
        ),
        next_step=_("исправьте документ в 1С или соответствие и повторите: quarantine replay"),
        code=f"store_refused:{said.constraint_name or said.sqlstate or ''}",
    )
