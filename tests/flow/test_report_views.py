"""Ready-made views: every one has a report, its words, and the numbers of that report."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.flow.test_water_desk import MORNING, PHONE, Water

from provodka.dashboards.reports.catalog import reports
from provodka.flows.reports import refresh_reports
from provodka.flows.water.stops import Fact, done
from provodka.trigger_rules.book import RULES, RuleBook

VIEWS = text("""
    SELECT c.relname, obj_description(c.oid) AS said, bool_and(
      col_description(c.oid, a.attnum) IS NOT NULL) AS all_said
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE n.nspname = 'report' AND c.relkind = 'v' GROUP BY c.oid, c.relname
""")


def test_every_view_belongs_to_a_report_and_tells_what_its_columns_are(store: Engine) -> None:
    with store.connect() as connection:
        found = connection.execute(VIEWS).all()
    assert {row.relname for row in found} == {
        view for one in reports().values() for view in one.views
    }
    assert [row.relname for row in found if not (row.said and row.all_said)] == []


@pytest.mark.requirement("R100", "R101")
def test_stops_orders_and_spells_of_buying_are_read_by_other_programs(store: Engine) -> None:
    water = Water(store, RuleBook.load([RULES / "water_delivery.yaml"]), now=MORNING)
    water.update("client", water.client, kind="individual", phone=PHONE)
    water.order()
    with water.by("Петров") as connection:
        done(connection, water.stop(), Fact(cash=Decimal(880)), MORNING)
    refresh_reports(store)

    def one(query: str) -> Any:
        [row] = water.rows(query)
        return tuple(row)

    stop = one(
        "SELECT courier, client_kind, status, amount, cash_difference FROM report.v_delivery"
    )
    assert stop == ("Петров", "individual", "done", 500, -20)
    goods = "SELECT item, delivered, amount FROM report.v_delivery_line WHERE item_kind = 'goods'"
    assert one(goods) == ("Вода 19 л", 2, 500)
    assert one("SELECT status, amount, deposit FROM report.v_order") == ("delivered", 500, 400)
    sold = "SELECT sum(amount) FROM report.v_order_line WHERE item_kind <> 'returnable'"
    assert one(sold) == (500,)
    spell = one("SELECT scope, client, orders, amount, lost_at FROM report.v_buying_spell")
    assert spell == ("payer", "ООО Ландыш", 1, 500, None)


def test_rendered_goods_are_those_of_posted_shipments_with_vat(store: Engine) -> None:
    water = Water(store, RuleBook.load([RULES / "water_delivery.yaml"]), now=MORNING)
    deal = water.deal(scenario="water_delivery", stage="order")
    water.ship(water.invoice(deal, "50000.00"), "1200.00")
    [row] = water.rows("SELECT item, quantity, amount, client_kind FROM report.v_shipment_line")
    assert tuple(row) == ("Вода 19 л", 1, Decimal("1200.00"), "legal_entity")
