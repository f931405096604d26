"""A page of rows on its way into the store: what is new in it, and what each kind does with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, select

from provodka.connectors.crm_store import keys
from provodka.connectors.crm_store.merge import append
from provodka.connectors.crm_store.tables.orders import history_row
from provodka.flows.history.names import Names, SomeNames
from provodka.flows.history.rows import Misfit, Reading, Row
from provodka.flows.history.values import folded
from provodka.foundation.i18n import _

__all__ = [
    "Check",
    "Land",
    "Landing",
    "Objection",
    "ambiguous",
    "happened",
    "remember",
    "unseen",
]

ZONES = timedelta(days=1)
"""How far ahead of the store's clock a file's may be: another zone, nothing more."""
Objection = tuple[str, str, str]
"""The column that is wrong, what was found, what was expected."""
Check = Callable[[Row], Objection | None]


@dataclass
class Landing:
    """One passage of a file: its reading, the names it knows, what became of its rows.

    `now` is the moment by which all that is told must have happened. `created` are the rows that
    became documents, by number.
    """

    reading: Reading
    now: datetime
    names: SomeNames = field(default_factory=SomeNames)
    created: list[int] = field(default_factory=list)
    misfits: list[Misfit] = field(default_factory=list)

    def refuse(self, row: Row, objection: Objection) -> None:
        """Set a row aside whole."""
        self.misfits.append(self.reading.refused(row, *objection))

    def sort(self, rows: Iterable[Row], *checks: Check) -> list[Row]:
        """Rows that no check objects to; the others are set aside."""
        fit = []
        for row in rows:
            objection = next((said for check in checks if (said := check(row))), None)
            if objection:
                self.refuse(row, objection)
            else:
                fit.append(row)
        return fit

    def done(self, rows: Iterable[Row]) -> None:
        """These rows became documents."""
        self.created.extend(row.number for row in rows)


Land = Callable[[Connection, Landing, Sequence[Row]], None]


def unseen(connection: Connection, kind: str, rows: Sequence[Row]) -> list[Row]:
    """Those of the rows that have not been taken in before, from whatever file."""
    if not rows:
        return []
    known = set(
        connection.scalars(
            select(history_row.c.key).where(
                history_row.c.kind == kind,
                history_row.c.key.in_(keys.listed_ids([row.key for row in rows])),
            )
        )
    )
    return [row for row in rows if row.key not in known] if known else list(rows)


def remember(connection: Connection, kind: str, made: Iterable[tuple[Row, UUID]]) -> None:
    """Note what each row became, so that it is never taken in twice."""
    rows = [(kind, row.key, document) for row, document in made]
    append(connection, history_row, ("kind", "key", "document"), rows)


def happened(landing: Landing, place: int, column: str) -> Check:
    """An objection to what is told of the past and is still to come."""

    def check(row: Row) -> Objection | None:
        told = row.values[place]
        if told is None or told - ZONES <= landing.now:
            return None
        return column, _("это еще не наступило"), _("не позже сегодняшнего дня")

    return check


def ambiguous(names: Names, place: int, column: str) -> Check:
    """An objection to a name that several living documents bear."""

    def check(row: Row) -> Objection | None:
        if not names.several:
            return None
        name = row.values[place]
        if not name or folded(name) not in names.several:
            return None
        return (
            column,
            _("имя «{name}» носят несколько").format(name=name),
            _("одного с таким именем: объедините двойников или уточните имя"),
        )

    return check
