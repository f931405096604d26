"""What the database keeps by itself, whoever writes: stages, sums, delivery points, numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError


def one(connection: Connection, statement: str, **values: Any) -> Any:
    """The first column of the first row."""
    return connection.execute(text(statement), values).scalar()


@pytest.fixture
def scenario(store: Engine) -> None:
    """A scenario of six stages, as data: any number is allowed."""
    with store.begin() as connection:
        connection.execute(text("INSERT INTO crm.scenario VALUES ('s', 'Сценарий', '1')"))
        for rank, (code, kind) in enumerate(
            [("a", "open"), ("b", "open"), ("c", "open"), ("won", "won"), ("lost", "lost")], 1
        ):
            connection.execute(
                text("INSERT INTO crm.stage VALUES ('s', :code, :code, :rank, :kind)"),
                {"code": code, "rank": rank, "kind": kind},
            )


def a_client(
    connection: Connection, kind: str = "legal_entity", address: str | None = None
) -> UUID:
    statement = """
        INSERT INTO crm.client (name, kind, delivery_address) VALUES ('Клиент', :kind, :address)
        RETURNING id
    """
    key: UUID = one(connection, statement, kind=kind, address=address)
    return key


@pytest.mark.requirement("R2")
def test_won_and_lost_are_ends_of_their_own_and_stages_are_data(
    store: Engine, scenario: None
) -> None:
    with store.begin() as connection:
        client = a_client(connection)
        statement = """
            INSERT INTO crm.deal (title, client_id, scenario, stage) VALUES ('Вода', :c, 's', 'a')
            RETURNING id
        """
        deal = one(connection, statement, c=client)
        states = []
        for stage in ("c", "won", "b", "lost"):
            connection.execute(text("UPDATE crm.deal SET stage = :stage"), {"stage": stage})
            states.append(
                connection.execute(
                    text(
                        "SELECT status, stage_entry, closed_at IS NULL FROM crm.deal WHERE id = :d"
                    ),
                    {"d": deal},
                ).one()
            )
    assert [tuple(row) for row in states] == [
        ("open", 2, True),
        ("won", 3, False),
        ("open", 4, True),
        ("lost", 5, False),
    ]


def test_a_stage_that_is_not_in_the_scenario_is_refused(store: Engine, scenario: None) -> None:
    statement = (
        "INSERT INTO crm.deal (title, client_id, scenario, stage) VALUES ('Х', :c, 's', 'z')"
    )
    with pytest.raises(IntegrityError, match="fk_deal_stage"), store.begin() as connection:
        connection.execute(text(statement), {"c": a_client(connection)})


@pytest.mark.requirement("R13")
def test_the_address_of_an_individual_is_a_delivery_point_and_follows_it(store: Engine) -> None:
    with store.begin() as connection:
        client = a_client(connection, "individual", "ул. Мира, 1")
        connection.execute(
            text("INSERT INTO crm.delivery_point (client_id, address) VALUES (:c, 'Дача')"),
            {"c": client},
        )
        connection.execute(text("UPDATE crm.client SET delivery_address = 'ул. Мира, 2'"))
        points = connection.execute(
            text("SELECT address, of_client FROM crm.delivery_point ORDER BY of_client")
        ).all()
    assert [tuple(point) for point in points] == [("Дача", False), ("ул. Мира, 2", True)]


@pytest.mark.requirement("R13")
def test_a_legal_entity_has_only_the_delivery_points_that_people_gave_it(store: Engine) -> None:
    with store.begin() as connection:
        a_client(connection, "legal_entity", "ул. Заводская, 1")
        assert one(connection, "SELECT count(*) FROM crm.delivery_point") == 0


@pytest.mark.requirement("R12")
@pytest.mark.parametrize("inn", ["7707083894", "12345", "500100732250"])
def test_an_inn_with_wrong_check_digits_is_refused(store: Engine, inn: str) -> None:
    statement = "INSERT INTO crm.client (name, inn) VALUES ('Клиент', :inn)"
    with pytest.raises(IntegrityError, match="inn_checksum"), store.begin() as connection:
        connection.execute(text(statement), {"inn": inn})


@pytest.mark.requirement("R12")
@pytest.mark.parametrize("inn", ["7707083893", "500100732259"])
def test_an_inn_of_a_company_or_a_person_is_taken(store: Engine, inn: str) -> None:
    with store.begin() as connection:
        connection.execute(
            text("INSERT INTO crm.client (name, inn) VALUES ('Клиент', :inn)"), {"inn": inn}
        )
        assert one(connection, "SELECT inn FROM crm.client") == inn


def test_a_sum_finer_than_a_kopeck_is_refused_and_never_rounded(store: Engine) -> None:
    statement = "INSERT INTO crm.invoice (client_id, amount) VALUES (:c, 10.005)"
    with pytest.raises(IntegrityError, match="to_the_kopeck"), store.begin() as connection:
        connection.execute(text(statement), {"c": a_client(connection)})


@pytest.mark.requirement("R7")
def test_payments_and_shipments_add_up_on_the_invoice_while_they_are_posted(store: Engine) -> None:
    with store.begin() as connection:
        client = a_client(connection)
        product = one(connection, "INSERT INTO crm.product (name) VALUES ('Вода') RETURNING id")
        make = "INSERT INTO crm.invoice (client_id, amount) VALUES (:c, 300) RETURNING id"
        invoice = one(connection, make, c=client)
        pay = """
            INSERT INTO crm.payment (client_id, amount, posted) VALUES (:c, 100, true) RETURNING id
        """
        payment = one(connection, pay, c=client)
        connection.execute(
            text("INSERT INTO crm.payment_allocations VALUES (:p, 1, :i, NULL, 100)"),
            {"p": payment, "i": invoice},
        )
        ship = """
            INSERT INTO crm.shipment (client_id, invoice_id, amount, posted, vat_included)
            VALUES (:c, :i, 122, true, false) RETURNING id
        """
        shipment = one(connection, ship, c=client, i=invoice)
        connection.execute(
            text(
                "INSERT INTO crm.shipment_lines"
                " (shipment_id, line, product_id, quantity, price, amount, vat_amount)"
                " VALUES (:s, 1, :p, 1, 100, 100, 22)"
            ),
            {"s": shipment, "p": product},
        )
        sums = "SELECT paid_amount, shipped_amount FROM crm.invoice"
        assert connection.execute(text(sums)).one() == (Decimal(100), Decimal(122))
        connection.execute(text("UPDATE crm.payment SET posted = false"))
        connection.execute(text("UPDATE crm.shipment SET deleted_at = now()"))
        assert connection.execute(text(sums)).one() == (0, 0)


def test_truncating_a_journaled_table_is_refused(store: Engine) -> None:
    with pytest.raises(Exception, match="TRUNCATE"), store.begin() as connection:
        connection.execute(text("TRUNCATE crm.task"))


@pytest.mark.requirement("R14")
def test_a_deal_carries_courier_date_and_items_with_prices(store: Engine, scenario: None) -> None:
    with store.begin() as connection:
        courier = one(
            connection,
            "INSERT INTO crm.employee (name, role) VALUES ('Э', 'courier') RETURNING id",
        )
        product = one(connection, "INSERT INTO crm.product (name) VALUES ('Вода') RETURNING id")
        make = """
            INSERT INTO crm.deal (title, client_id, scenario, stage, courier_id, delivery_at)
            VALUES ('Доставка', :c, 's', 'a', :courier, '2026-11-23 12:00+05') RETURNING id
        """
        deal = one(connection, make, c=a_client(connection), courier=courier)
        connection.execute(
            text("INSERT INTO crm.deal_items VALUES (:d, 1, :p, 3, 250, 750)"),
            {"d": deal, "p": product},
        )
        row = connection.execute(
            text(
                "SELECT d.courier_id, d.delivery_at AT TIME ZONE 'UTC', i.quantity * i.price"
                " FROM crm.deal d JOIN crm.deal_items i ON i.deal_id = d.id"
            )
        ).one()
    assert row[0] == courier
    assert row[1].hour == 7
    assert row[2] == Decimal(750)
