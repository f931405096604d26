"""Invoices as an accountant looks at them: here, in 1C, paid, shipped; a page at a time by key."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

__all__ = ["STATES", "Asked", "Line", "Place", "invoices_page", "names_like"]

STATES: dict[str, str] = {
    "": "true",
    "absent": "i.accounting IN ('absent', 'queued')",
    "refused": "i.accounting IN ('refused', 'flagged')",
    "unpaid": "i.paid_amount < i.amount AND i.posted",
    "overdue": "i.paid_amount < i.amount AND i.posted AND i.due_date < :today",
    "unshipped": "i.shipped_amount < i.amount AND i.posted",
    "unposted": "NOT i.posted",
}
"""What may be asked for, and the condition of each; the indexes of `crm.invoice` serve them."""
OUTSIDE = {"absent": " AND i.accounting <> 'entered'", "refused": " AND i.accounting <> 'entered'"}
EVERY = "crm.invoice i"
DIFFERING = """
    (SELECT d.id FROM crm.invoice d WHERE d.accounting IN ('flagged', 'refused')
       AND d.accounting <> 'entered' AND d.deleted_at IS NULL
     UNION
     SELECT document FROM hub.conflict WHERE resolved_at IS NULL AND kind = 'invoice') differing
    JOIN LATERAL (SELECT * FROM crm.invoice one WHERE one.id = differing.id LIMIT 1) i ON true
"""
"""Few of many: each is looked up, for a planner that joins whole sets would read all invoices."""
DIFFERS = """(i.accounting IN ('flagged', 'refused') OR EXISTS (
    SELECT FROM hub.conflict x
    WHERE x.document = i.id AND x.kind = 'invoice' AND x.resolved_at IS NULL))"""
LATEST = """(SELECT * FROM crm.invoice i WHERE i.deleted_at IS NULL AND {after}
    ORDER BY i.date DESC, i.id DESC LIMIT :walked) i"""
"""Where many differ, a page of them is among the newest of all."""
MANY, WALKED = 1_000, 5_000
DISPUTES = text("""SELECT count(*) FROM (SELECT FROM hub.conflict
    WHERE resolved_at IS NULL AND kind = 'invoice' LIMIT :many) c""")
BEFORE = "(i.date, i.id) < (:last_date, :last_key)"
OWNERS = """
    JOIN crm.client c ON c.id = i.client_id
    LEFT JOIN crm.deal d ON d.id = i.deal_id
"""
PAGE = """
    WITH page AS MATERIALIZED (
        SELECT i.* FROM {whence}
        WHERE i.deleted_at IS NULL AND {conditions}
        ORDER BY i.date DESC, i.id DESC LIMIT :limit)
    SELECT i.id, i.number, i.date, i.amount, i.currency, i.posted, i.due_date, i.paid_amount,
           i.shipped_amount, i.accounting, i.accounting_note, i.client_id, c.name AS client,
           c.kind = 'individual' AS person, b.snapshot->>'number' AS theirs,
           b.external_key,
           (SELECT count(*) FROM hub.conflict d WHERE d.document = i.id AND d.resolved_at IS NULL)
             AS conflicts
    FROM page i
    JOIN crm.client c ON c.id = i.client_id
    LEFT JOIN hub.binding b ON b.document = i.id AND b.system = 'onec' AND b.kind = 'invoice'
    ORDER BY i.date DESC, i.id DESC
"""
LIKE = text("""
    SELECT id, name, kind = 'individual' AS person FROM crm.client
    WHERE deleted_at IS NULL AND (id = CAST(:key AS uuid) OR inn = :said) ORDER BY id LIMIT 20
""")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the date and the key of its last invoice."""

    date: datetime
    key: UUID


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for; `since` and `until` half-open, `staff` whose invoices alone (or all)."""

    state: str = ""
    number: str = ""
    client: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    differing: bool = False
    today: Any = None
    staff: Collection[UUID] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One invoice; `theirs` is its number in 1C, empty while it is not there or not known."""

    id: UUID
    number: str
    date: datetime
    amount: Decimal
    currency: str
    posted: bool
    due_date: Any
    paid_amount: Decimal
    shipped_amount: Decimal
    accounting: str
    accounting_note: str | None
    client_id: UUID
    client: str
    person: bool
    theirs: str | None
    external_key: str | None
    conflicts: int


def invoices_page(
    connection: Connection, asked: Asked, limit: int, after: Place | None = None
) -> Sequence[Line]:
    """The newest invoices that are asked for, after the place where the page before ended."""
    conditions, given = _conditions(asked, after)
    given |= {"limit": limit, "today": asked.today, "walked": WALKED, "many": MANY}
    if asked.differing and not _is_narrowed(asked):
        disputes = connection.execute(DISPUTES, given).scalar_one()
        found = []
        if disputes == MANY:
            whence = LATEST.format(after=BEFORE if after else "true")
            found = _page(connection, whence, [*conditions, DIFFERS], given)
        if len(found) == limit:
            return found
    whence = DIFFERING if asked.differing else EVERY
    whence += OWNERS if asked.staff is not None else ""
    return _page(connection, whence, conditions, given)


def _is_narrowed(asked: Asked) -> bool:
    """Whether a page may be far from the newest invoices."""
    picked = asked.number or asked.client or asked.since or asked.until or asked.state
    return bool(picked) or asked.staff is not None


def _page(
    connection: Connection, whence: str, conditions: Sequence[str], given: dict[str, Any]
) -> list[Line]:
    statement = text(PAGE.format(whence=whence, conditions=" AND ".join(conditions)))
    return [Line(**row._mapping) for row in connection.execute(statement, given)]


def _conditions(asked: Asked, after: Place | None) -> tuple[list[str], dict[str, Any]]:
    given: dict[str, Any] = {}
    conditions = [STATES[asked.state] + OUTSIDE.get(asked.state, "")]
    for condition, name, value in (
        ("i.number = :number", "number", asked.number or None),
        ("i.client_id = :client", "client", asked.client),
        ("i.date >= :since", "since", asked.since),
        ("i.date < :until", "until", asked.until),
        (
            "coalesce(d.responsible_id, c.responsible_id) = ANY(CAST(:staff AS uuid[]))",
            "staff",
            list(asked.staff) if asked.staff is not None else None,
        ),
    ):
        if value is not None:
            conditions.append(condition)
            given[name] = value
    if after is not None:
        conditions.append(BEFORE)
        given |= {"last_date": after.date, "last_key": after.key}
    return conditions, given


def names_like(connection: Connection, said: str) -> Sequence[Any]:
    """Clients by their key or ИНН."""
    try:
        key = UUID(said)
    except ValueError:
        key = None
    return connection.execute(LIKE, {"key": key, "said": said}).all()
