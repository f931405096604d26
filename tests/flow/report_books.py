"""A small company's papers told as the journal keeps them, and reports asked over them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from tests.contract.dashboards.conftest import complete
from tests.contract.dashboards.histories import History, day, key, write_deltas, write_scenarios

from provodka.dashboards.reports import catalog, keeping
from provodka.dashboards.results import Ratio, ReportQuery, ReportResult, Table

__all__ = ["ask", "cells", "people", "tell", "told_rows"]


def people(told: History) -> None:
    """Two departments, the second under the first, an employee in each, two clients."""
    told.put("department", 701, 0, name="Опт", parent_id=None)
    told.put("department", 702, 0, name="Розница", parent_id=str(key(701)))
    for number, name, department in ((801, "Анна Орлова", 701), (802, "Борис Зуев", 702)):
        told.put("employee", number, 0, name=name, department_id=str(key(department)))
    for number, name, kind, owner in (
        (901, "ООО «Ромашка»", "legal_entity", 801),
        (902, "Иван Петров", "individual", 802),
    ):
        told.put("client", number, 0, name=name, kind=kind, responsible_id=str(key(owner)))


def tell(store: Engine, told: History, until: float = 365) -> None:
    """Write the history, and bring the report tables up to it."""
    with store.begin() as connection:
        write_scenarios(connection)
        write_deltas(connection, told.deltas)
    with store.begin() as connection:
        keeping.refresh_all(connection)
        complete(connection, until)


def ask(store: Engine, name: str, at: float, **asked: Any) -> ReportResult:
    """A report over the January of these tests, as of a day."""
    query = ReportQuery(day(0), day(31), as_of=day(at), **asked)
    with store.connect() as connection:
        return catalog.run(connection, name, query)


def told_rows(table: Table) -> list[dict[str, Any]]:
    """Rows by the keys of their columns; a ratio as the pair of its parts."""
    keys = [column.key for column in table.columns]
    return [
        {
            name: (cell.numerator, cell.denominator) if isinstance(cell, Ratio) else cell
            for name, cell in zip(keys, row, strict=True)
        }
        for row in table.rows
    ]


def cells(table: Table, *keys: str) -> list[tuple[Any, ...]]:
    """Some columns of every row."""
    return [tuple(row[name] for name in keys) for row in told_rows(table)]
