"""A courier's stops of today and tomorrow, with everything that is needed at the door."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from provodka.dashboards.web.pages.visit import Visit
from provodka.foundation.money import kopecks

__all__ = ["MOST", "day_of", "midnight", "plain"]

MOST = 200
STOPS = text("""
    WITH mine AS (
        SELECT id FROM crm.delivery
        WHERE courier_id = :me AND planned_from >= :today AND planned_from < :after
          AND status <> 'cancelled' AND deleted_at IS NULL
        UNION
        SELECT id FROM crm.delivery
        WHERE courier_id = :me AND planned_from < :today AND status = 'planned'
          AND deleted_at IS NULL
        UNION
        SELECT id FROM crm.delivery
        WHERE courier_id = :me AND planned_from >= :week AND planned_from < :today
          AND status IN ('done', 'failed') AND arrived_at >= :today AND deleted_at IS NULL)
    SELECT s.id, s.number, s.status, s.planned_from, s.planned_to, s.attempt, s.plan_version,
      s.cash_due, s.cash_taken, s.reason, s.note, s.arrived_at, s.client_id,
      s.client_kind = 'legal_entity' AS company, c.name AS client, k.name AS contact,
      coalesce(k.phone, c.phone) AS phone, p.address, o.comment
    FROM mine JOIN crm.delivery s USING (id) JOIN crm.client c ON c.id = s.client_id
    LEFT JOIN crm.delivery_point p ON p.id = s.delivery_point_id
    LEFT JOIN crm.contact k ON k.id = p.contact_id AND k.deleted_at IS NULL
    LEFT JOIN crm.order o ON o.id = s.order_id
    ORDER BY s.planned_from, s.number LIMIT :most
""")
LINES = text("""
    SELECT l.delivery_id, l.product_id, i.name, l.quantity, l.delivered, l.price,
      i.kind = 'returnable' AS tare
    FROM crm.delivery_lines l JOIN crm.product i ON i.id = l.product_id
    WHERE l.delivery_id = ANY(:stops) ORDER BY l.delivery_id, l.line
""")
TARE = text("""
    SELECT r.client_id, r.product_id, i.name, sum(r.quantity) AS quantity, sum(r.amount) AS amount
    FROM crm.returnable r JOIN crm.product i ON i.id = r.product_id
    WHERE r.client_id = ANY(:clients) AND r.deleted_at IS NULL
    GROUP BY r.client_id, r.product_id, i.name HAVING sum(r.quantity) > 0 ORDER BY i.name
""")
BACK = text("""
    SELECT delivery_id, -sum(quantity) AS quantity FROM crm.returnable
    WHERE client_id = ANY(:clients) AND delivery_id = ANY(:stops) AND quantity < 0
      AND deleted_at IS NULL GROUP BY delivery_id
""")
SAID = text("""
    SELECT id, state, said FROM hub.request
    WHERE person = :person AND kind LIKE 'stop\\_%'
      AND (state = 'new' OR settled_at >= :since)
    ORDER BY asked_at DESC LIMIT 400
""")
REMEMBERED = timedelta(days=14)


def day_of(visit: Visit) -> dict[str, Any]:
    """Everything that a courier's telephone keeps: sums as text with kopecks, times by the
    company's clock, which is `offset` minutes ahead of UTC.
    """
    zone = visit.backdrop.zone
    here = visit.now.astimezone(zone)
    today = midnight(visit.now, zone)
    stops = _stops(visit, today) if visit.visitor.employee else []
    given = {"person": visit.visitor.person, "since": visit.now - REMEMBERED}
    return {
        "person": visit.visitor.person,
        "name": visit.visitor.name,
        "csrf": visit.visitor.csrf,
        "employee": visit.visitor.employee is not None,
        "day": f"{today:%Y-%m-%d}",
        "at": f"{here:%H:%M}",
        "offset": int((here.utcoffset() or timedelta()).total_seconds()) // 60,
        "stops": stops[:MOST],
        "cut": len(stops) > MOST,
        "acts": [dict(row._mapping) for row in visit.connection.execute(SAID, given)],
    }


def midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of the day by the company's clock."""
    return datetime.combine(now.astimezone(zone).date(), time(), zone)


def _stops(visit: Visit, today: datetime) -> list[dict[str, Any]]:
    given = {
        "me": visit.visitor.employee,
        "today": today,
        "after": datetime.combine(today.date() + timedelta(days=2), time(), today.tzinfo),
        "week": today - timedelta(days=7),
        "most": MOST + 1,
    }
    rows = visit.connection.execute(STOPS, given).all()
    items = _items(visit.connection, [row.id for row in rows])
    kept = _kept(visit.connection, {row.client_id for row in rows if row.status == "planned"})
    over = [row for row in rows if row.status == "done"]
    ended = {"clients": [row.client_id for row in over], "stops": [row.id for row in over]}
    back = {row.delivery_id: row.quantity for row in visit.connection.execute(BACK, ended)}
    zone = visit.backdrop.zone
    return [
        {
            **_stop(row, zone),
            "items": items[row.id],
            "tare": kept[row.client_id] if row.status == "planned" else [],
            "back": plain(back.get(row.id, Decimal(0))),
        }
        for row in rows
    ]


def _stop(row: Any, zone: ZoneInfo) -> dict[str, Any]:
    plain = ("id", "number", "status", "attempt", "company", "reason", "note", "client", "contact")
    starts = row.planned_from.astimezone(zone)
    return {
        **{name: getattr(row, name) for name in (*plain, "phone", "address", "comment")},
        "seen": row.plan_version,
        "day": f"{starts:%Y-%m-%d}",
        "from": f"{starts:%H:%M}",
        "to": f"{row.planned_to.astimezone(zone):%H:%M}" if row.planned_to else None,
        "due": str(kopecks(row.cash_due)),
        "taken": str(kopecks(row.cash_taken)),
        "over": f"{row.arrived_at.astimezone(zone):%Y-%m-%d}" if row.arrived_at else None,
    }


def _items(connection: Connection, stops: Sequence[UUID]) -> Mapping[UUID, list[dict[str, Any]]]:
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.execute(LINES, {"stops": [*stops]}):
        said = {
            "product": row.product_id,
            "name": row.name,
            "quantity": plain(row.quantity),
            "delivered": None if row.delivered is None else plain(row.delivered),
            "price": str(kopecks(row.price)),
            "tare": row.tare,
        }
        found[row.delivery_id].append(said)
    return found


def _kept(connection: Connection, clients: set[UUID]) -> Mapping[UUID, list[dict[str, Any]]]:
    """Tare that lies with each client, and the deposits for it."""
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.execute(TARE, {"clients": [*clients]}):
        said = {"product": row.product_id, "name": row.name, "quantity": plain(row.quantity)}
        found[row.client_id].append({**said, "deposit": str(kopecks(row.amount))})
    return found


def plain(quantity: Decimal) -> str:
    """2 or 0.5: a quantity without zeros at its end."""
    return f"{quantity.normalize():f}"
