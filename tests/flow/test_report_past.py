"""A report of an instant that has passed: what was changed since does not show in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from tests.flow.history_books import own_store

from provodka.dashboards.rendering import render
from provodka.dashboards.reports.catalog import run
from provodka.dashboards.results import ReportQuery
from provodka.flows.reports import refresh_reports

NOW = datetime.now(UTC)
HEADS = (
    "INSERT INTO crm.product (name, kind) VALUES ('Вода', 'goods')",
    "INSERT INTO crm.employee (name, role) VALUES ('Петр', 'courier'), ('Олег', 'courier')",
    "INSERT INTO crm.client (name, kind) VALUES ('Иван', 'individual'), ('ООО', 'legal_entity')",
    "INSERT INTO crm.scenario VALUES ('sale', 'Продажа', 'v1')",
    "INSERT INTO crm.stage (scenario, code, name, rank) VALUES ('sale', 'letter', 'Письмо', 1)",
    "INSERT INTO crm.deal (title, client_id, scenario, stage, amount, expected_revenue)"
    " SELECT 'Кулер', id, 'sale', 'letter', 500, 731 FROM crm.client WHERE name = 'Иван'",
)
ORDER = """
    WITH made AS (
      INSERT INTO crm.order (client_id, status, ordered_at, completed_at, amount)
      SELECT id, 'delivered', :ordered, :completed, 500 FROM crm.client RETURNING id)
    INSERT INTO crm.order_lines (order_id, line, product_id, item_kind, quantity, price, amount)
    SELECT m.id, n, p.id, 'вода', 2, 125, 250 FROM made m, crm.product p, generate_series(1, 2) n
"""
SHIPMENT = """
    WITH made AS (
      INSERT INTO crm.shipment (client_id, date, posted, amount)
      SELECT id, :completed, true, 500 FROM crm.client RETURNING id)
    INSERT INTO crm.shipment_lines (shipment_id, line, product_id, quantity, price, amount)
    SELECT m.id, 1, p.id, 2, 250, 500 FROM made m, crm.product p
"""
DELIVERY = """
    WITH made AS (
      INSERT INTO crm.delivery (client_id, courier_id, planned_from, planned_to, status, arrived_at,
        created_at)
      SELECT c.id, e.id, :ordered, :completed, 'done', :ordered, :ordered - interval '2 days'
      FROM crm.client c, crm.employee e WHERE e.name = 'Петр' RETURNING id)
    INSERT INTO crm.delivery_lines (delivery_id, line, product_id, item_kind, quantity, delivered,
      price, amount)
    SELECT m.id, 1, p.id, 'вода', 2, 2, 250, 500 FROM made m, crm.product p
"""
CALL = """
    INSERT INTO crm.call (source, call_key, direction, outcome, started_at, employee_id)
    SELECT 'office', 'one', 'incoming', 'answered', :ordered, id FROM crm.employee LIMIT 1
"""
LATER = (
    "UPDATE crm.order SET amount = amount + 100, status = 'cancelled', cancelled_at = now()",
    "UPDATE crm.order_lines SET quantity = 9, amount = 1000 WHERE line = 1",
    "DELETE FROM crm.order_lines WHERE line = 2",
    "INSERT INTO crm.order_lines (order_id, line, product_id, item_kind, quantity, price, amount)"
    " SELECT o.id, 3, p.id, 'вода', 1, 7, 7 FROM crm.order o, crm.product p",
    "UPDATE crm.shipment SET posted = false",
    "UPDATE crm.shipment_lines SET amount = 1, quantity = 1",
    "UPDATE crm.delivery SET status = 'failed', reason = 'client_absent', arrived_at = now()",
    "UPDATE crm.delivery_lines SET delivered = 0, amount = 0",
    "DELETE FROM crm.call",
    "UPDATE crm.deal SET expected_revenue = 947",
)
REPORTS = ("abc_xyz", "lost_clients", "couriers", "goods_rendered", "orders_handled", "my_sales")


@pytest.fixture(scope="module")
def shop(server: str, template: str) -> Iterator[Engine]:
    """Two clients who have bought twice, and whose courier has come."""
    with own_store(server, template) as engine:
        for ago in (200, 20):
            times = {
                "ordered": NOW - timedelta(days=ago),
                "completed": NOW - timedelta(days=ago - 1),
            }
            with engine.begin() as connection:
                for statement in HEADS if ago == 200 else ():
                    connection.execute(text(statement))
                for statement in (ORDER, SHIPMENT, DELIVERY, *((CALL,) if ago == 20 else ())):
                    used = {name: at for name, at in times.items() if f":{name}" in statement}
                    connection.execute(text(statement), used)
        yield engine


def told(engine: Engine, name: str, at: datetime) -> str:
    with engine.connect() as connection:
        query = ReportQuery(NOW - timedelta(days=300), NOW + timedelta(days=1), as_of=at)
        return str(render(run(connection, name, query), "json"))


def test_later_changes_of_orders_papers_stops_calls_and_hopes_do_not_show(shop: Engine) -> None:
    refresh_reports(shop)
    with shop.connect() as connection:
        at: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    refresh_reports(shop)
    before = {name: told(shop, name, at) for name in REPORTS}
    with shop.begin() as connection:
        for statement in LATER:
            connection.execute(text(statement))
    refresh_reports(shop)
    assert {name: told(shop, name, at) for name in REPORTS} == before
    newest = {name: told(shop, name, datetime.now(UTC)) for name in REPORTS}
    assert all(newest[name] != before[name] for name in REPORTS)
    assert ("731" in before["my_sales"], "947" in newest["my_sales"]) == (True, True)
