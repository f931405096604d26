"""The day of all couriers: their stops in order, orders that nobody drives yet, refused words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from provodka.dashboards.web.pages.desk.rounds import midnight
from provodka.dashboards.web.pages.visit import Visit
from provodka.foundation.i18n import _

__all__ = [
    "MOST",
    "Board",
    "board_of",
    "couriers_of",
    "refused_words",
    "stop_of",
    "waiting_order",
    "waiting_orders",
]

MOST = 250
MOST_WAITING = 100
GOODS = """(SELECT string_agg(i.name || ' × ' || trim_scale(l.quantity), ', ' ORDER BY l.line)
       FROM crm.{table} l JOIN crm.product i ON i.id = l.product_id WHERE l.{owner} = {of}.id)"""
STOPS = text(f"""
    WITH day AS MATERIALIZED (
        SELECT d.*, e.name AS courier FROM crm.delivery d
        LEFT JOIN crm.employee e ON e.id = d.courier_id
        WHERE d.deleted_at IS NULL AND d.status <> 'cancelled'
          AND d.planned_from >= :since AND d.planned_from < :until
          AND (CAST(:courier AS uuid) IS NULL OR d.courier_id = :courier)
        ORDER BY e.name NULLS FIRST, d.courier_id, d.planned_from, d.number LIMIT :most)
    SELECT s.id, s.number, s.status, s.planned_from, s.planned_to, s.attempt, s.plan_version,
      s.cash_due, s.cash_taken, s.reason, s.note, s.client_id, s.courier_id, c.name AS client,
      coalesce(k.phone, c.phone) AS phone, p.address, s.courier,
      {GOODS.format(table="delivery_lines", owner="delivery_id", of="s")} AS goods,
      (SELECT count(*) FROM crm.delivery_moves m WHERE m.delivery_id = s.id) AS moves,
      EXISTS (SELECT FROM crm.delivery_moves m WHERE m.delivery_id = s.id AND m.conflict)
        AS conflict
    FROM day s
    JOIN LATERAL (SELECT name, phone FROM crm.client WHERE id = s.client_id LIMIT 1) c ON true
    LEFT JOIN LATERAL (SELECT address, contact_id FROM crm.delivery_point
      WHERE id = s.delivery_point_id LIMIT 1) p ON true
    LEFT JOIN LATERAL (SELECT phone FROM crm.contact
      WHERE id = p.contact_id AND deleted_at IS NULL LIMIT 1) k ON true
    ORDER BY s.courier NULLS FIRST, s.courier_id, s.planned_from, s.number
""")  # noqa: S608
ONE = text(f"""
    SELECT s.*, c.name AS client, coalesce(k.phone, c.phone) AS phone, k.name AS contact, p.address,
      e.name AS courier, o.number AS order_number, o.comment,
      {GOODS.format(table="delivery_lines", owner="delivery_id", of="s")} AS goods
    FROM crm.delivery s JOIN crm.client c ON c.id = s.client_id
    LEFT JOIN crm.delivery_point p ON p.id = s.delivery_point_id
    LEFT JOIN crm.contact k ON k.id = p.contact_id AND k.deleted_at IS NULL
    LEFT JOIN crm.employee e ON e.id = s.courier_id
    LEFT JOIN crm.order o ON o.id = s.order_id
    WHERE s.id = :stop AND s.deleted_at IS NULL
""")  # noqa: S608
MOVES = text("""
    SELECT m.line, m.at, m.who, m.reason, m.conflict, m.former_from, m.planned_from,
      a.name AS former_courier, b.name AS courier
    FROM crm.delivery_moves m LEFT JOIN crm.employee a ON a.id = m.former_courier_id
    LEFT JOIN crm.employee b ON b.id = m.courier_id
    WHERE m.delivery_id = :stop ORDER BY m.line
""")
WAITING = text(f"""
    WITH open AS MATERIALIZED (
        SELECT * FROM crm.order
        WHERE status IN ('received', 'confirmed') AND deleted_at IS NULL
          AND (CAST(:order AS uuid) IS NULL OR id = :order)),
    waiting AS MATERIALIZED (
        SELECT o.*, d.courier_id AS courier, last.number AS stop, last.reason, last.note,
          last.attempt
        FROM open o
        JOIN LATERAL (SELECT courier_id FROM crm.deal
          WHERE id = o.deal_id AND status = 'open' LIMIT 1) d ON true
        LEFT JOIN LATERAL (SELECT s.status, s.number, s.reason, s.note, s.attempt
          FROM crm.delivery s WHERE s.order_id = o.id AND s.deleted_at IS NULL
          ORDER BY s.id DESC LIMIT 1) last ON true
        WHERE last.status IS NULL OR last.status IN ('failed', 'cancelled')
        ORDER BY o.ordered_at, o.id LIMIT :most)
    SELECT o.id, o.number, o.ordered_at, o.wanted_at, o.amount + o.deposit AS total, o.comment,
      o.client_id, c.name AS client, c.phone, p.address, o.courier AS courier_id, o.stop, o.reason,
      o.note, o.attempt, {GOODS.format(table="order_lines", owner="order_id", of="o")} AS goods
    FROM waiting o JOIN crm.client c ON c.id = o.client_id
    LEFT JOIN crm.delivery_point p ON p.id = o.delivery_point_id
    ORDER BY o.ordered_at, o.id
""")  # noqa: S608
COURIERS = text("""
    SELECT e.id, e.name, (SELECT count(*) FROM crm.delivery s WHERE s.courier_id = e.id
      AND s.status = 'planned' AND s.deleted_at IS NULL
      AND s.planned_from >= :since AND s.planned_from < :until) AS stops
    FROM crm.employee e WHERE e.role = 'courier' AND e.deleted_at IS NULL ORDER BY e.name, e.id
""")
REFUSED = text("""
    SELECT r.id, r.settled_at, r.asked_by, r.said FROM hub.request r
    WHERE r.kind LIKE 'stop\\_%' AND r.state = 'refused' AND r.settled_at >= :since
    ORDER BY r.settled_at DESC LIMIT 50
""")


@dataclass(frozen=True, slots=True)
class Board:
    """A day: stops by courier; `cut` if there are more than are shown."""

    day: date
    courier: UUID | None
    couriers: Sequence[Any]
    groups: Sequence[tuple[str, Sequence[Any]]]
    cut: bool

    @property
    def totals(self) -> dict[str, int]:
        """How many stops there are in each state."""
        stops = [stop for _name, group in self.groups for stop in group]
        return {
            state: sum(stop.status == state for stop in stops)
            for state in ("planned", "done", "failed")
        }


def board_of(visit: Visit, day: date | None, courier: UUID | None) -> Board:
    """The stops of a day, today's unless told otherwise, by courier and time."""
    shown = day or midnight(visit.now, visit.backdrop.zone).date()
    given = {**_day(shown, visit.backdrop.zone), "courier": courier, "most": MOST + 1}
    rows = visit.connection.execute(STOPS, given).all()
    groups = groupby(rows[:MOST], key=lambda stop: stop.courier or _("Без экспедитора"))
    kept = [(name, list(stops)) for name, stops in groups]
    couriers = couriers_of(visit.connection, shown, visit.backdrop.zone)
    return Board(shown, courier, couriers, kept, len(rows) > MOST)


def couriers_of(connection: Connection, day: date, zone: ZoneInfo) -> Sequence[Any]:
    """Every courier, with how many stops wait for them that day."""
    return connection.execute(COURIERS, _day(day, zone)).all()


def stop_of(connection: Connection, key: UUID) -> tuple[Any, Sequence[Any]] | None:
    """A stop and the history of its moves; None if there is none."""
    stop = connection.execute(ONE, {"stop": key}).first()
    return (stop, connection.execute(MOVES, {"stop": key}).all()) if stop else None


def waiting_orders(connection: Connection) -> tuple[Sequence[Any], bool]:
    """Orders without a stop, the oldest first, and whether there are more than these."""
    rows = connection.execute(WAITING, {"most": MOST_WAITING + 1, "order": None}).all()
    return rows[:MOST_WAITING], len(rows) > MOST_WAITING


def waiting_order(connection: Connection, key: UUID) -> Any:
    """One order that waits; None if it is gone, or waits no more."""
    return connection.execute(WAITING, {"most": 1, "order": key}).first()


def refused_words(visit: Visit) -> Sequence[Any]:
    """What was said of stops today and could not be written down."""
    since = midnight(visit.now, visit.backdrop.zone)
    return visit.connection.execute(REFUSED, {"since": since}).all()


def _day(day: date, zone: ZoneInfo) -> dict[str, datetime]:
    since = datetime.combine(day, time(), zone)
    return {"since": since, "until": datetime.combine(day + timedelta(days=1), time(), zone)}
