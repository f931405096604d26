"""Lost clients over many orders: built anew, and brought up to a thousand changes."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, text

from benchmarks.lab import Lab
from benchmarks.measure import Benchmark, Measured
from provodka.connectors.crm_store import schema
from provodka.connectors.crm_store.engine import open_engine
from provodka.dashboards.reports import catalog, keeping, lost_clients_kept
from provodka.dashboards.results import ReportQuery, ReportResult

BAR = 30
SHARE = 2
ORDERS = int(os.environ.get("PROVODKA_BENCH_ORDERS", "1000000"))
"""A tenth of what the bar speaks of; the whole by the environment."""
WHOLE = 10_000_000
CHANGED = 1_000
COMPANY = (
    """INSERT INTO crm.product (name, kind, unit) SELECT 'Вода ' || n, 'goods', 'шт'
       FROM generate_series(1, 20) n""",
    """INSERT INTO crm.client (name, kind)
       SELECT 'Покупатель ' || n, CASE WHEN n % 3 = 0 THEN 'legal_entity' ELSE 'individual' END
       FROM generate_series(1, :orders / 100) n""",
    """INSERT INTO crm.delivery_point (client_id, address)
       SELECT id, 'Город, улица, дом' FROM crm.client""",
    """INSERT INTO crm.order (client_id, client_kind, delivery_point_id, status, ordered_at,
         completed_at, amount)
       SELECT c.id, c.kind, c.point, 'delivered', a.at, a.at + interval '20 hours', 500 + n % 900
       FROM (SELECT c.id, c.kind, p.id AS point, row_number() OVER (ORDER BY c.name) AS nth
             FROM crm.client c JOIN crm.delivery_point p ON p.client_id = c.id) c
       CROSS JOIN generate_series(0, 99) n
       CROSS JOIN LATERAL (SELECT timestamptz '2022-01-01'
         + (n * (c.nth % 8 + 3) + c.nth % 400) * interval '1 day'
         + CASE WHEN n > 50 AND c.nth % 5 = 0 THEN interval '120 days' ELSE '0' END AS at) a""",
    """INSERT INTO crm.order_lines (order_id, line, product_id, item_kind, quantity, price, amount)
       SELECT o.id, 1, p.id, 'вода', 2, o.amount / 2, o.amount
       FROM (SELECT id, amount, row_number() OVER () % 20 + 1 AS nth FROM crm.order) o
       JOIN (SELECT id, row_number() OVER () AS nth FROM crm.product) p ON p.nth = o.nth""",
)
TABLES = ("client", "delivery_point", "order", "order_lines")
SILENT = "ALTER TABLE crm.{table} DISABLE TRIGGER USER"
HEARD = "ALTER TABLE crm.{table} ENABLE ALWAYS TRIGGER {trigger}"
TRIGGERS = text("SELECT tgname FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass)"
                " AND NOT tgisinternal")  # fmt: skip
MOVE = text("""UPDATE crm.order SET completed_at = completed_at + interval '100 days'
  WHERE id IN (SELECT id FROM crm.order ORDER BY completed_at DESC, id LIMIT :changed)""")
MONTH = ReportQuery(datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC))


def run(lab: Lab) -> Measured:
    """Seconds of a rebuild, as if there were ten million orders."""
    engine = open_engine(lab.store("lost"))
    try:
        schema.migrate(engine)
        fill(engine)
        detail = measured(engine)
    finally:
        engine.dispose()
    whole = detail["rebuild_seconds"] * WHOLE / ORDERS
    short = detail["refresh_percent"] > SHARE
    return Measured(whole, whole < BAR and not short, {"orders": ORDERS, **detail})


def fill(engine: Engine) -> None:
    """So many delivered orders of one line; the bulk of it without its journal."""
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(text(SILENT.format(table=table)))
        for statement in COMPANY:
            given = {"orders": ORDERS} if ":orders" in statement else {}
            connection.execute(text(statement), given)
        for table in TABLES:
            for trigger in connection.scalars(TRIGGERS, {"table": f"crm.{table}"}).all():
                connection.execute(text(HEARD.format(table=table, trigger=trigger)))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def measured(engine: Engine) -> dict[str, Any]:
    """The rebuild of the spells of buying, a page of a month, a refresh."""
    with engine.begin() as connection:
        keeping.refresh_all(connection)
    began = time.perf_counter()
    with engine.begin() as connection:
        spells = lost_clients_kept.rebuild(connection)
    rebuilt = time.perf_counter() - began
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE report.buying_spell"))
    _result, month = asked(engine)
    with engine.begin() as connection:
        connection.execute(MOVE, {"changed": CHANGED})
    began = time.perf_counter()
    with engine.begin() as connection:
        keeping.refresh_all(connection)
    refreshed = time.perf_counter() - began
    with engine.begin() as connection:
        assert all(check.ok for check in lost_clients_kept.verify(connection))
    return {
        "spells": spells,
        "rebuild_seconds": round(rebuilt, 2),
        "month_seconds": round(month, 2),
        "refresh_seconds": round(refreshed, 3),
        "refresh_percent": round(100 * refreshed / rebuilt * ORDERS / WHOLE, 2),
    }


def asked(engine: Engine) -> tuple[ReportResult, float]:
    """The lost clients of a month and how many seconds they took."""
    began = time.perf_counter()
    with engine.connect() as connection:
        result = catalog.run(connection, "lost_clients", MONTH)
    assert result.trusted, result.checks
    return result, time.perf_counter() - began


benchmark = Benchmark("report_lost", "s", f"< {BAR}, refresh ≤ {SHARE} %", run)
