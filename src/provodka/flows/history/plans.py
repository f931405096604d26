"""Plans of sales, as heads keep them in spreadsheets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from provodka.connectors.crm_store.merge import append
from provodka.connectors.crm_store.tables.plans import plan
from provodka.flows.history.landing import Check, Landing, Objection, ambiguous, remember
from provodka.flows.history.names import Names
from provodka.flows.history.rows import Row
from provodka.foundation.i18n import _
from provodka.foundation.identifiers import uuid7s

__all__ = ["land_plans"]

FIRST, LAST, BASIS, MANAGER, DEPARTMENT, ITEM, AMOUNT, QUANTITY = range(8)
COLUMNS = (
    "id", "first_day", "last_day", "basis", "manager_id", "department_id", "product_id", "amount",
    "quantity",
)  # fmt: skip


def land_plans(connection: Connection, landing: Landing, rows: Sequence[Row]) -> None:
    """Write plans; nobody and nothing is made for a name alone, because plans are of what is."""
    names = landing.names
    named: tuple[tuple[Names, int, str], ...] = (
        (names.employees, MANAGER, "manager"),
        (names.departments, DEPARTMENT, "department"),
        (names.products, ITEM, "item"),
    )
    for book, place, _column in named:
        book.find(connection, {row.values[place] for row in rows})
    checks = [ambiguous(*one) for one in named] + [_known(*one) for one in named]
    fit = landing.sort(rows, _possible, *checks)
    made = list(zip(fit, uuid7s(len(fit)), strict=True))
    append(connection, plan, COLUMNS, [_plan(landing, row.values, id) for row, id in made])
    remember(connection, landing.reading.kind.name, made)
    landing.done(fit)


def _plan(landing: Landing, said: tuple[Any, ...], id: UUID) -> tuple[Any, ...]:
    names = landing.names
    return (
        id,
        said[FIRST],
        said[LAST],
        said[BASIS] or "shipped",
        names.employees.id(said[MANAGER]),
        names.departments.id(said[DEPARTMENT]),
        names.products.id(said[ITEM]),
        said[AMOUNT],
        said[QUANTITY],
    )


def _known(book: Names, place: int, column: str) -> Check:
    def check(row: Row) -> Objection | None:
        name = row.values[place]
        if name and book.get(name) is None:
            return column, _("«{name}» нет в базе").format(name=name), _("имя из справочника")
        return None

    return check


def _possible(row: Row) -> Objection | None:
    said = row.values
    if said[LAST] < said[FIRST]:
        return "last_day", _("раньше начала"), _("день не раньше первого")
    if (said[AMOUNT] is None) == (said[QUANTITY] is None):
        return "amount", _("сумма и количество вместе или ни того, ни другого"), _("что-то одно")
    if (said[AMOUNT] or 0) < 0:
        return "amount", _("план меньше нуля"), _("0 или больше")
    if (said[QUANTITY] or 0) < 0:
        return "quantity", _("план меньше нуля"), _("0 или больше")
    if said[MANAGER] and said[DEPARTMENT]:
        return "department", _("и менеджер, и отдел"), _("кто-то один")
    if said[QUANTITY] is not None and not said[ITEM]:
        return "item", _("пусто, а план в количестве"), _("номенклатура")
    if said[BASIS] == "paid" and said[ITEM]:
        return "item", _("план оплат по номенклатуре"), _("план оплат без номенклатуры")
    return None
