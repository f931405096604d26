"""What a dispatcher sees of a client while speaking: debts, tare, stops, orders, calls, twins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from provodka.dashboards.insight.caller import CardClient, client_card
from provodka.dashboards.web.pages.visit import Visit

__all__ = ["ClientCard", "card_of", "cards_of"]

Row = Mapping[str, Any]
PLAIN = text("SELECT id AS of_client, phone, kind FROM crm.client WHERE id = ANY(:ids)")
DEBTS = text("""
    SELECT of_client, sum(debt) AS debt FROM (
        SELECT client_id AS of_client, amount - paid_amount AS debt FROM crm.invoice
        WHERE client_id = ANY(:ids) AND posted AND paid_amount < amount AND deleted_at IS NULL
        UNION ALL
        SELECT client_id, cash_due - cash_taken FROM crm.delivery
        WHERE client_id = ANY(:ids) AND status = 'done' AND cash_taken < cash_due
          AND deleted_at IS NULL) owed
    GROUP BY of_client
""")
TARE = text("""
    SELECT r.client_id AS of_client, p.name, sum(r.quantity) AS quantity, sum(r.amount) AS amount
    FROM crm.returnable r JOIN crm.product p ON p.id = r.product_id
    WHERE r.client_id = ANY(:ids) AND r.deleted_at IS NULL
    GROUP BY r.client_id, p.id, p.name HAVING sum(r.quantity) <> 0 OR sum(r.amount) <> 0
    ORDER BY p.name
""")
STOPS = text("""
    SELECT s.client_id AS of_client, s.id, s.number, s.planned_from, s.planned_to, p.address,
      e.name AS courier
    FROM crm.delivery s LEFT JOIN crm.delivery_point p ON p.id = s.delivery_point_id
    LEFT JOIN crm.employee e ON e.id = s.courier_id
    WHERE s.client_id = ANY(:ids) AND s.status = 'planned' AND s.deleted_at IS NULL
    ORDER BY s.planned_from, s.number LIMIT 30
""")
ORDERS = text("""
    SELECT c.id AS of_client, o.id, o.number, o.status, o.ordered_at, o.amount + o.deposit AS total,
      (SELECT string_agg(p.name || ' × ' || trim_scale(l.quantity), ', ' ORDER BY l.line)
       FROM crm.order_lines l JOIN crm.product p ON p.id = l.product_id
       WHERE l.order_id = o.id) AS goods
    FROM unnest(CAST(:ids AS uuid[])) AS c(id) CROSS JOIN LATERAL (
        SELECT * FROM crm.order WHERE client_id = c.id AND deleted_at IS NULL
        ORDER BY ordered_at DESC, id DESC LIMIT 5) o
    ORDER BY o.ordered_at DESC, o.id DESC
""")
CALLS = text("""
    SELECT c.id AS of_client, k.direction, k.outcome, k.started_at, k.talk_seconds,
      e.name AS employee
    FROM unnest(CAST(:ids AS uuid[])) AS c(id) CROSS JOIN LATERAL (
        SELECT * FROM crm.call WHERE client_id = c.id AND deleted_at IS NULL
        ORDER BY started_at DESC LIMIT 5) k
    LEFT JOIN crm.employee e ON e.id = k.employee_id
    ORDER BY k.started_at DESC
""")
POINTS = text("""
    SELECT client_id AS of_client, id, coalesce(name || ': ', '') || address AS address
    FROM crm.delivery_point WHERE client_id = ANY(:ids) AND deleted_at IS NULL
    ORDER BY of_client DESC, id LIMIT 100
""")


@dataclass(frozen=True, slots=True)
class ClientCard:
    """One client. `known` is what calls know of them (name, contact, deals, twins); `debt` is what
    is not paid of invoices and at the door.
    """

    known: CardClient = field(repr=False)
    phone: str | None = field(repr=False)
    company: bool
    debt: Decimal
    tare: Sequence[Row] = ()
    stops: Sequence[Row] = ()
    orders: Sequence[Row] = ()
    calls: Sequence[Row] = ()
    points: Sequence[Row] = ()

    @property
    def deposit(self) -> Decimal:
        """Deposits that lie with us."""
        return sum((one["amount"] for one in self.tare), Decimal(0))


def cards_of(visit: Visit, known: Iterable[CardClient]) -> list[ClientCard]:
    """The cards of clients that calls know, in their order: eight queries for all of them."""
    clients = list(known)
    ids = [one.id for one in clients]
    if not ids:
        return []
    connection = visit.connection
    plain = {row.of_client: row for row in connection.execute(PLAIN, {"ids": ids})}
    debts = {row.of_client: row.debt for row in connection.execute(DEBTS, {"ids": ids})}
    parts = {
        name: _by_client(connection, query, ids)
        for name, query in (
            ("tare", TARE),
            ("stops", STOPS),
            ("orders", ORDERS),
            ("calls", CALLS),
            ("points", POINTS),
        )
    }
    return [
        ClientCard(
            one,
            plain[one.id].phone,
            plain[one.id].kind == "legal_entity",
            debts.get(one.id, Decimal(0)),
            **{name: rows[one.id] for name, rows in parts.items()},
        )
        for one in clients
        if one.id in plain
    ]


def card_of(visit: Visit, key: UUID) -> ClientCard | None:
    """The card of one client; None for one who is gone."""
    known = client_card(visit.connection, key)
    return cards_of(visit, [known])[0] if known else None


def _by_client(
    connection: Connection, query: TextClause, ids: Sequence[UUID]
) -> Mapping[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in connection.execute(query, {"ids": [*ids]}):
        values = dict(row._mapping)
        found[values.pop("of_client")].append(values)
    return found
