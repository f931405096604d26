"""Lost clients as of an instant that has just passed: who has not changed since is as kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text
from tests.flow.history_books import own_store

from provodka.dashboards.reports import lost_clients
from provodka.dashboards.reports.catalog import run
from provodka.dashboards.results import ReportQuery, Table
from provodka.flows.reports import refresh_reports

NOW = datetime.now(UTC)
PERIOD = NOW - timedelta(days=300), NOW + timedelta(days=1)
BUYERS = {
    "Верный": (250, 200, 150),
    "Передавший": (220, 130),
    "Принявший": (210, 20),
    "Вернувшийся": (260, 120),
    "Отменивший": (240, 40),
    "Забытый": (280,),
    "Новый": (),
}
"""Who bought how many days ago."""
LATER = (
    "UPDATE crm.order SET client_id = (SELECT id FROM crm.client WHERE name = 'Принявший')"
    " WHERE client_id = (SELECT id FROM crm.client WHERE name = 'Передавший')"
    " AND completed_at < now() - interval '200 days'",
    "UPDATE crm.order SET completed_at = now() WHERE status = 'confirmed'",
    "UPDATE crm.order SET status = 'delivered' WHERE status = 'confirmed'",
    "UPDATE crm.order SET deleted_at = now() WHERE completed_at > now() - interval '50 days'"
    " AND client_id = (SELECT id FROM crm.client WHERE name = 'Отменивший')",
    "DELETE FROM crm.order_lines WHERE order_id IN (SELECT o.id FROM crm.order o"
    " JOIN crm.client c ON c.id = o.client_id WHERE c.name = 'Забытый')",
)


def buy(connection: Connection, client: UUID, point: UUID, ago: int, status: str) -> None:
    """An order of water, brought so many days ago if it is delivered."""
    at = NOW - timedelta(days=ago)
    done = at if status == "delivered" else None
    given = {"client": client, "point": point, "at": at, "done": done, "status": status}
    order = connection.execute(
        text(
            "INSERT INTO crm.order (client_id, delivery_point_id, status, ordered_at, confirmed_at,"
            " completed_at, amount) VALUES (:client, :point, :status, :at, :at, :done, 300)"
            " RETURNING id"
        ),
        given,
    ).scalar_one()
    connection.execute(
        text(
            "INSERT INTO crm.order_lines (order_id, line, product_id, item_kind, quantity, price,"
            " amount) SELECT :order, 1, id, 'вода', 2, 150, 300 FROM crm.product"
        ),
        {"order": order},
    )


@pytest.fixture(scope="module")
def shop(server: str, template: str) -> Iterator[Engine]:
    """Buyers of water; one has an order that is still on its way."""
    with own_store(server, template) as engine:
        with engine.begin() as connection:
            connection.execute(
                text("INSERT INTO crm.product (name, kind, unit) VALUES ('Вода', 'goods', 'шт')")
            )
            for name, times in BUYERS.items():
                client, point = connection.execute(
                    text(
                        "WITH c AS (INSERT INTO crm.client (name) VALUES (:name) RETURNING id)"
                        " INSERT INTO crm.delivery_point (client_id, address)"
                        " SELECT id, 'Город' FROM c RETURNING client_id, id"
                    ),
                    {"name": name},
                ).one()
                for ago in times:
                    buy(connection, client, point, ago, "delivered")
                if name == "Вернувшийся":
                    buy(connection, client, point, 1, "confirmed")
        yield engine


def told(engine: Engine, at: datetime | None = None) -> tuple[Table, ...]:
    with engine.connect() as connection:
        result = run(connection, "lost_clients", ReportQuery(*PERIOD, as_of=at))
        assert result.trusted
        return result.tables


def test_who_has_changed_since_is_computed_as_they_were_and_the_others_are_as_kept(
    shop: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh_reports(shop)
    with shop.connect() as connection:
        at: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    refresh_reports(shop)
    before = told(shop, at)
    with shop.begin() as connection:
        for statement in LATER:
            connection.execute(text(statement))
    refresh_reports(shop)
    with shop.connect() as connection:
        ways = lost_clients.spells_of(connection, ReportQuery(*PERIOD, as_of=at))
    assert ways == lost_clients.SINCE
    assert told(shop, at) == before
    assert told(shop) != before
    monkeypatch.setattr(lost_clients, "LATELY", timedelta(0))
    assert told(shop, at) == before
