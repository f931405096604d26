"""Keep the plans that a head has entered: only those that nobody has changed meanwhile."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from provodka.connectors.crm_store.requests import Asked
from provodka.connectors.crm_store.tables.plans import plan
from provodka.flows.hub import Hub
from provodka.flows.requests.catalog import Done
from provodka.flows.requests.given import Asker, asker, given
from provodka.foundation.errors import Refused
from provodka.foundation.i18n import _
from provodka.foundation.identifiers import uuid7

__all__ = ["save"]

COMPANY = "company"
EDITOR = "head"
MOST_CELLS = 1000
BASES = frozenset({"shipped", "paid", "won"})
FIND = text("""
    SELECT id, amount FROM crm.plan
    WHERE basis = :basis AND first_day = :first_day AND last_day = :last_day
      AND manager_id IS NOT DISTINCT FROM CAST(:manager_id AS uuid)
      AND department_id IS NOT DISTINCT FROM CAST(:department_id AS uuid)
      AND product_id IS NULL AND amount IS NOT NULL AND currency = 'RUB' AND deleted_at IS NULL
    ORDER BY created_at, id FOR UPDATE
""")
OWNERS = {
    "manager_id": text("SELECT name FROM crm.employee WHERE id = :key AND deleted_at IS NULL"),
    "department_id": text("SELECT name FROM crm.department WHERE id = :key AND deleted_at IS NULL"),
}
UNDER = text("""
    WITH RECURSIVE under (id) AS (
      SELECT id FROM crm.department WHERE id = ANY (CAST(:tops AS uuid[]))
      UNION SELECT d.id FROM crm.department d JOIN under u ON d.parent_id = u.id)
    SELECT EXISTS (SELECT FROM under WHERE id = CAST(:department_id AS uuid))
      OR EXISTS (SELECT FROM under u JOIN crm.employee e ON e.department_id = u.id
        WHERE e.id = CAST(:manager_id AS uuid))
""")


class Cell(msgspec.Struct):
    """One month of one owner: `m:<key>`, `d:<key>` or `company`; no `amount` is no plan.

    `was` is what stood there when the page was opened.
    """

    owner: str
    month: int
    amount: Decimal | None = None
    was: Decimal | None = None


class SaidPlans(msgspec.Struct):
    """Changed cells of a year on one basis."""

    year: int
    basis: str
    cells: list[Cell]


def save(hub: Hub, connection: Connection, asked: Asked) -> Done:
    """Keep all the cells or none; what was there stays in the journal."""
    said = given(asked, SaidPlans)
    person = asker(hub, connection, asked)
    if EDITOR not in person.roles:
        raise _refused(_("планы вносят руководители"), _("роль руководителя выдает инженер"))
    if len(said.cells) > MOST_CELLS or said.basis not in BASES:
        raise _refused(_("просьба не с этой страницы"), _("обновите страницу и внесите снова"))
    counts = Counter(_keep(connection, person, said, cell, hub.clock()) for cell in said.cells)
    told = _("Планы сохранены: добавлено {added}, изменено {changed}, убрано {removed}")
    words = {name: counts[name] for name in ("added", "changed", "removed")}
    return told.format(**words), {"year": said.year, "basis": said.basis}


def _keep(connection: Connection, person: Asker, said: SaidPlans, cell: Cell, now: datetime) -> str:
    place = _place(said, cell)
    name = _owner(connection, person, place)
    found = connection.execute(FIND, place).all()
    if len(found) > 1:
        raise _refused(
            _("у «{name}» на этот месяц несколько планов").format(name=name),
            _("оставьте один"),
        )
    standing = found[0].amount if found else None
    if standing == cell.amount:
        return "same"
    if standing != cell.was:
        raise _refused(
            _("план «{name}» за {month} уже изменил другой: {amount}").format(
                name=name, month=f"{place['first_day']:%m.%Y}", amount=standing or "—"
            ),
            _("обновите страницу и внесите снова"),
        )
    if not found:
        connection.execute(plan.insert().values(id=uuid7(), amount=cell.amount, **place))
        return "added"
    changed = {"deleted_at": now} if cell.amount is None else {"amount": cell.amount}
    connection.execute(plan.update().where(plan.c.id == found[0].id).values(**changed))
    return "removed" if cell.amount is None else "changed"


def _place(said: SaidPlans, cell: Cell) -> dict[str, Any]:
    """The columns that say whose plan of which month it is."""
    owner, _colon, key = cell.owner.partition(":")
    columns = {"m": "manager_id", "d": "department_id", COMPANY: ""}
    if owner not in columns or not 1 <= cell.month <= 12 or not 2000 <= said.year <= 2100:
        raise _refused(_("нет такого месяца или владельца плана"), _("обновите страницу"))
    if cell.amount is not None and not (
        cell.amount.is_finite()
        and 0 <= cell.amount < 10**13
        and cell.amount == round(cell.amount, 2)
    ):
        raise _refused(_("сумма плана не годится"), _("внесите сумму не меньше нуля, до копейки"))
    owners: dict[str, UUID | None] = {"manager_id": None, "department_id": None}
    if columns[owner]:
        owners[columns[owner]] = _key(key)
    last = monthrange(said.year, cell.month)[1]
    return {
        "basis": said.basis,
        "first_day": date(said.year, cell.month, 1),
        "last_day": date(said.year, cell.month, last),
        **owners,
    }


def _key(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError as error:
        raise _refused(_("нет такого владельца плана"), _("обновите страницу")) from error


def _owner(connection: Connection, person: Asker, place: dict[str, Any]) -> str:
    """The owner's name. A `Refused` if there is none, or whoever asks may not plan for it."""
    tops = [str(one) for one in person.departments]
    whose = {name: place[name] for name in OWNERS}
    if tops and not connection.execute(UNDER, {"tops": tops, **whose}).scalar_one():
        raise _refused(_("этот план не вашего отдела"), _("его вносит руководитель отдела"))
    for column, statement in OWNERS.items():
        if place[column] is not None:
            name = connection.execute(statement, {"key": place[column]}).scalar()
            if name is None:
                raise _refused(_("владельца плана больше нет"), _("обновите страницу"))
            return str(name)
    return _("Компания")


def _refused(found: str, next_step: str) -> Refused:
    return Refused(_("Планы"), found=found, next_step=next_step, code="plans_refused")
