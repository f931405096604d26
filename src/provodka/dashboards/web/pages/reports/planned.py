"""Plans of a year as a table: a row for whoever has to reach them, a column for each month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, text

from provodka.dashboards.web.pages.reports.narrowing import Narrowed
from provodka.foundation.i18n import _, marked

__all__ = ["BASES", "MONTHS", "MOST_ROWS", "Change", "Row", "Year", "history_of", "year_of"]

BASES: Mapping[str, str] = {
    "shipped": marked("Отгружено"),
    "paid": marked("Оплачено"),
    "won": marked("Выиграно"),
}
MONTHS = (
    marked("Янв"),
    marked("Фев"),
    marked("Мар"),
    marked("Апр"),
    marked("Май"),
    marked("Июн"),
    marked("Июл"),
    marked("Авг"),
    marked("Сен"),
    marked("Окт"),
    marked("Ноя"),
    marked("Дек"),
)
MOST_ROWS = 40
MOST_CHANGES = 50
COMPANY = "company"
KEPT = text("""
    SELECT coalesce('m:' || manager_id, 'd:' || department_id, 'company') AS owner,
      extract(month FROM first_day)::int AS month, sum(amount) AS amount, count(*) AS plans
    FROM crm.plan
    WHERE basis = :basis AND product_id IS NULL AND deleted_at IS NULL AND currency = 'RUB'
      AND first_day >= :first AND last_day <= :last AND amount IS NOT NULL
      AND first_day = date_trunc('month', first_day)::date
      AND last_day = (date_trunc('month', first_day) + interval '1 month')::date - 1
    GROUP BY owner, month
""")
STAFF = text("""
    SELECT 'm:' || e.id AS owner, e.name FROM crm.employee e
    WHERE e.deleted_at IS NULL AND e.role IS DISTINCT FROM 'courier'
      AND (CAST(:among AS text[]) IS NULL OR e.id::text = ANY (CAST(:among AS text[])))
    ORDER BY e.name, e.id LIMIT :most
""")
DEPARTMENTS = text("""
    SELECT 'd:' || d.id AS owner, d.name FROM crm.department d
    WHERE d.deleted_at IS NULL
      AND (CAST(:among AS text[]) IS NULL OR d.id::text = ANY (CAST(:among AS text[])))
    ORDER BY d.name, d.id LIMIT :most
""")
PLANNED = text("""
    SELECT 'm:' || e.id AS owner, e.name FROM crm.employee e
    WHERE e.id::text = ANY (CAST(:keys AS text[])) ORDER BY e.name, e.id
""")
CHANGES = text("""
    SELECT x.at, x.origin, x.before, x.after,
      coalesce(m.name, d.name, '') AS owner
    FROM crm.plan p JOIN hub.delta x ON x.document = p.id AND x.kind = 'plan' AND x.part = ''
    LEFT JOIN crm.employee m ON m.id = p.manager_id
    LEFT JOIN crm.department d ON d.id = p.department_id
    WHERE p.basis = :basis AND p.product_id IS NULL AND p.first_day >= :first
      AND p.last_day <= :last
      AND (CAST(:owners AS text[]) IS NULL
        OR coalesce('m:' || p.manager_id, 'd:' || p.department_id, 'company')
          = ANY (CAST(:owners AS text[])))
    ORDER BY x.at DESC, x.id DESC LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class Row:
    """One owner's year; `several` are the months that more than one plan makes up."""

    owner: str
    name: str
    months: tuple[Decimal | None, ...]
    several: frozenset[int] = frozenset()

    @property
    def whole(self) -> Decimal:
        """The year's sum."""
        return sum((one for one in self.months if one), Decimal(0))


@dataclass(frozen=True, slots=True)
class Year:
    """The plans of a year on one basis; `left_out` says that there are more people than rows."""

    year: int
    basis: str
    rows: tuple[Row, ...]
    left_out: bool

    @property
    def owners(self) -> frozenset[str]:
        """Whose plans are shown."""
        return frozenset(row.owner for row in self.rows)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one plan: who, when, from what to what; `None` is no plan."""

    at: datetime
    who: str
    owner: str
    month: date
    before: Decimal | None
    after: Decimal | None


def year_of(connection: Connection, year: int, basis: str, narrowed: Narrowed | None) -> Year:
    """The plans of months on the whole assortment, in roubles, as far as they may be seen."""
    given = {"basis": basis, "first": date(year, 1, 1), "last": date(year, 12, 31)}
    kept: dict[str, dict[int, tuple[Decimal, int]]] = {}
    for owner, month, amount, plans in connection.execute(KEPT, given):
        kept.setdefault(owner, {})[month] = (amount, plans)
    staff = _named(connection, STAFF, narrowed.staff if narrowed else None)
    missing = [owner for owner in kept if owner.startswith("m:") and owner not in staff]
    if not narrowed and missing:
        keys = [owner.removeprefix("m:") for owner in missing]
        staff |= dict(connection.execute(PLANNED, {"keys": keys}).all())
    departments = _named(connection, DEPARTMENTS, narrowed.departments if narrowed else None)
    company = {} if narrowed else {COMPANY: _("Компания")}
    left_out = len(staff) > MOST_ROWS
    if left_out:
        planned = {owner: name for owner, name in staff.items() if owner in kept}
        staff = dict(list({**planned, **staff}.items())[:MOST_ROWS])
    owners = {**company, **departments, **staff}
    rows = tuple(_row(owner, name, kept.get(owner, {})) for owner, name in owners.items())
    return Year(year, basis, rows, left_out)


def history_of(connection: Connection, shown: Year) -> tuple[Change, ...]:
    """The latest changes of the shown plans, the newest first."""
    given = {
        "basis": shown.basis,
        "first": date(shown.year, 1, 1),
        "last": date(shown.year, 12, 31),
        "owners": sorted(shown.owners),
        "most": MOST_CHANGES,
    }
    return tuple(_change(row) for row in connection.execute(CHANGES, given))


def _named(
    connection: Connection, statement: Any, among: Mapping[str, str] | None
) -> dict[str, str]:
    given = {"among": None if among is None else list(among), "most": MOST_ROWS + 1}
    return dict(connection.execute(statement, given).all())


def _row(owner: str, name: str, kept: Mapping[int, tuple[Decimal, int]]) -> Row:
    months: Sequence[int] = range(1, 13)
    amounts = tuple(kept[month][0] if month in kept else None for month in months)
    several = frozenset(month for month in months if month in kept and kept[month][1] > 1)
    return Row(owner, name, amounts, several)


def _change(row: Any) -> Change:
    state = row.after or row.before
    return Change(
        row.at,
        row.origin.removeprefix("person:"),
        row.owner or _("Компания"),
        date.fromisoformat(state["first_day"]),
        _amount(row.before),
        _amount(row.after),
    )


def _amount(state: Mapping[str, Any] | None) -> Decimal | None:
    if not state or state.get("deleted_at") or state.get("amount") is None:
        return None
    return Decimal(str(state["amount"]))
