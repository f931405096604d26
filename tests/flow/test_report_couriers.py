"""Couriers, orders handled and goods rendered, beside what was done by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from tests.flow.trigger_company import Company

from provodka.connectors.crm_store import journal
from provodka.dashboards.reports.catalog import run
from provodka.dashboards.results import MOSCOW, ReportQuery, ReportResult
from provodka.flows.reports import refresh_reports
from provodka.flows.water.stops import Move, move

DAY = datetime(2026, 3, 2, tzinfo=MOSCOW)
MARCH = (datetime(2026, 3, 1, tzinfo=MOSCOW), datetime(2026, 4, 1, tzinfo=MOSCOW))


def at(hour: int, minute: int = 0, *, day: int = 0) -> datetime:
    return (DAY + timedelta(days=day, hours=hour, minutes=minute)).astimezone(UTC)


class Round(Company):
    """Two couriers with stops of one day."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.water = self.insert("product", name="Вода", kind="goods")
        self.bottle = self.insert("product", name="Бутыль", kind="returnable")
        self.petrov = self.insert("employee", name="Петров", role="courier")
        self.somov = self.insert("employee", name="Сомов", role="courier")

    def stop(self, hour: int, **said: Any) -> UUID:
        """Two waters and a bottle for Petrov, to be there within an hour."""
        usual = {
            "client_id": self.client,
            "client_kind": "individual",
            "courier_id": self.petrov,
            "planned_from": at(hour),
            "planned_to": at(hour + 1),
            "created_at": at(-5),
        }
        key = self.insert("delivery", **{**usual, **said})
        done = said.get("status") == "done"
        for line, (product, price) in enumerate(((self.water, 250), (self.bottle, 200)), start=1):
            self.execute(
                "INSERT INTO crm.delivery_lines (delivery_id, line, product_id, item_kind,"
                " quantity, delivered, price, amount) VALUES (:key, :line, :product, 'x', 2,"
                " :given, :price, :amount)",
                key=key,
                line=line,
                product=product,
                given=2 if done else None,
                price=price,
                amount=2 * price if done else 0,
            )
        return key

    def done(self, hour: int, arrived: datetime, **said: Any) -> UUID:
        """A stop that was done."""
        money = {"amount": Decimal(500), "cash_due": Decimal(900), "cash_taken": Decimal(900)}
        return self.stop(hour, status="done", arrived_at=arrived, **{**money, **said})

    def report(self, name: str, **asked: Any) -> ReportResult:
        """The report of March."""
        refresh_reports(self.engine)
        with self.engine.connect() as connection:
            return run(connection, name, ReportQuery(*MARCH, **asked))


@pytest.fixture
def round_(store: Engine) -> Round:
    return Round(store)


def cells(result: ReportResult, table: str, row: int = 0) -> dict[str, Any]:
    found = result.table(table)
    return dict(zip([one.key for one in found.columns], found.rows[row], strict=True))


@pytest.mark.requirement("R87", "R99")
def test_each_stop_of_the_morning_has_one_outcome(round_: Round) -> None:
    round_.done(10, at(10, 30))
    round_.done(12, at(13, 30))
    round_.stop(14, status="failed", reason="client_absent", arrived_at=at(14, 20))
    round_.stop(15, status="cancelled")
    round_.stop(16)
    result = round_.report("couriers")
    row = cells(result, "stops")
    outcomes = ("on_time", "late", "failed", "cancelled", "waiting")
    assert [row[name] for name in outcomes] == [1, 1, 1, 1, 1]
    assert (row["stops"], row["rescheduled"], row["reassigned"]) == (5, 0, 0)
    assert (row["first_rate"].numerator, row["first_rate"].denominator) == (2, 5)
    assert (row["perfect_rate"].numerator, row["perfect_rate"].denominator) == (1, 5)
    assert cells(result, "reasons")["reason"] == "клиента не было"
    assert result.trusted


def test_a_stop_counts_for_the_courier_who_had_it_at_the_cut_off(round_: Round) -> None:
    kept, later = round_.stop(10), round_.stop(12)
    for key, change in (
        (kept, {"courier": round_.somov}),
        (later, {"at": at(12, day=1)}),
    ):
        with round_.engine.begin() as connection:
            journal.attribute(connection, "person:Диспетчер")
            [number] = round_.rows("SELECT number FROM crm.delivery WHERE id = :key", key=key)
            move(connection, number[0], Move("courier_late", **change))
    # The moves are of this very day, after its cut-off.
    round_.execute("UPDATE crm.delivery_moves SET at = :at", at=at(9, 30))
    result = round_.report("couriers", by="courier")
    found = {row[0]: row for row in result.table("stops").rows}
    keys = [one.key for one in result.table("stops").columns]
    petrov = dict(zip(keys, found["Петров"], strict=True))
    assert (petrov["reassigned"], petrov["rescheduled"], petrov["waiting"]) == (1, 1, 1)
    assert "Сомов" not in found
    early = round_.report("couriers", by="courier", where={"cutoff": "10:00"})
    assert {row[0]: row[1] for row in early.table("stops").rows} == {"Петров": 1, "Сомов": 1}


def test_a_stop_that_was_made_after_the_cut_off_is_no_part_of_the_base(round_: Round) -> None:
    round_.stop(15, created_at=at(11))
    table = round_.report("couriers").table("stops")
    assert (table.rows, table.notes[0][-2:]) == ((), " 1")


@pytest.mark.requirement("R99")
def test_facts_belong_to_the_courier_who_did_it_and_tare_is_no_turnover(round_: Round) -> None:
    round_.done(10, at(10, 30), courier_id=round_.somov)
    result = round_.report("couriers")
    goods = result.table("goods").rows
    assert [(row[0], row[3], row[5], row[6]) for row in goods] == [
        ("Сомов", "Бутыль", Decimal(2), Decimal(400)),
        ("Сомов", "Вода", Decimal(2), Decimal(500)),
    ]
    assert result.trusted


def test_cash_that_is_missing_is_listed_and_takes_the_trust_away(round_: Round) -> None:
    round_.done(10, at(10, 30))
    round_.done(12, at(12, 30), cash_taken=Decimal(600), note="Не было сдачи")
    result = round_.report("couriers")
    row = cells(result, "cash")
    assert (row["courier"], row["difference"], row["note"]) == (
        "Петров",
        Decimal(-300),
        "Не было сдачи",
    )
    assert [check.ok for check in result.checks] == [True, True, True, False]
    assert "500,00" in result.checks[-1].detail


def test_too_much_from_one_does_not_make_up_for_too_little_from_another(round_: Round) -> None:
    for hour, taken in ((10, 600), (12, 1200)):
        round_.done(hour, at(hour, 30), cash_taken=Decimal(taken))
    result = round_.report("couriers")
    assert [check.ok for check in result.checks] == [True, True, True, False]
    assert all(str(row[1]) in result.checks[-1].detail for row in result.table("cash").rows)


def test_a_sum_that_differs_from_its_lines_takes_the_trust_away(round_: Round) -> None:
    round_.done(10, at(10, 30), amount=Decimal("500.01"))
    assert [one.ok for one in round_.report("couriers").checks] == [True, False, True, True]


def order(company: Company, ordered: datetime, **said: Any) -> UUID:
    values = {"client_id": company.client, "operator_id": company.manager, "ordered_at": ordered}
    return company.insert("order", **{**values, "amount": Decimal(100), **said})


@pytest.mark.requirement("R101")
def test_orders_and_calls_stand_under_their_operator_and_day(round_: Round) -> None:
    for minutes in (30, 60, 90):
        order(
            round_,
            at(9),
            status="delivered",
            confirmed_at=at(9, minutes % 60)
            if minutes < 60
            else at(9) + timedelta(minutes=minutes),
            completed_at=at(12, day=1),
        )
    order(round_, at(10), status="cancelled", cancelled_at=at(11, day=1))
    order(round_, at(11), operator_id=None)
    for number in range(3):
        round_.insert(
            "call",
            source="office",
            call_key=str(number),
            started_at=at(9, number),
            employee_id=round_.manager,
            outcome="answered" if number else "missed",
        )
    result = round_.report("orders_handled", by="operator")
    found = {row[0]: row for row in result.table("orders").rows}
    keys = [one.key for one in result.table("orders").columns]
    own = dict(zip(keys, found["Лунин Олег"], strict=True))
    counted = ("received", "confirmed", "delivered", "cancelled", "handled", "calls")
    assert [own[name] for name in counted] == [4, 3, 3, 1, 3, 2]
    assert (own["median"], own["p90"], own["amount"]) == (
        Decimal("1.00"),
        Decimal("1.40"),
        Decimal(400),
    )
    day = cells(result, "days", 1)
    assert (day["day"], day["operator"], day["received"]) == (date(2026, 3, 2), "Лунин Олег", 4)
    assert (day["load"].numerator, day["load"].denominator) == (2, 300)
    assert result.trusted


def test_an_order_that_ended_before_it_began_takes_the_trust_away(round_: Round) -> None:
    order(round_, at(9), status="delivered", completed_at=at(8))
    assert not round_.report("orders_handled").trusted


def ship(company: Company, total: Decimal, *, vat_included: bool, **line: Any) -> UUID:
    shipment = company.insert(
        "shipment",
        "onec",
        client_id=company.client,
        date=at(12),
        amount=total,
        posted=True,
        vat_included=vat_included,
        number="РТ-1",
    )
    values = {"quantity": Decimal(2), "price": Decimal(50), "vat_rate": "vat20", **line}
    columns = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    company.execute(
        f"INSERT INTO crm.shipment_lines (shipment_id, line, {columns})"
        f" VALUES (:shipment, 1, {marks})",
        "onec",
        shipment=shipment,
        **values,
    )
    return shipment


@pytest.mark.requirement("R100")
def test_goods_rendered_tie_to_the_shipments_to_the_kopeck(round_: Round) -> None:
    line = {"product_id": round_.water, "amount": Decimal(100), "vat_amount": Decimal("20.00")}
    ship(round_, Decimal(120), vat_included=False, **line)
    ship(round_, Decimal(100), vat_included=True, **{**line, "vat_amount": Decimal("16.67")})
    result = round_.report("goods_rendered", by="month")
    row = cells(result, "goods")
    assert (row["group"], row["item"], row["quantity"]) == ("2026-03", "Вода", Decimal(4))
    assert (row["amount"], row["vat"]) == (Decimal(220), Decimal("36.67"))
    assert result.trusted


@pytest.mark.parametrize(("report", "table"), [("goods_rendered", "goods"), ("abc_xyz", "classes")])
def test_dollars_are_not_added_to_roubles(round_: Round, report: str, table: str) -> None:
    line = {"product_id": round_.water, "amount": Decimal(100)}
    ship(round_, Decimal(100), vat_included=True, **line)
    dollars = ship(round_, Decimal(100), vat_included=True, **line)
    round_.execute("UPDATE crm.shipment SET currency = 'USD' WHERE id = :id", id=dollars)
    result = round_.report(report, where={"basis": "shipments"} if report == "abc_xyz" else {})
    value = cells(result, table)["amount" if report == "goods_rendered" else "value"]
    assert (value, result.trusted) == (Decimal(100), True)
    if report == "goods_rendered":
        assert result.table(table).notes == ("Исключено документов в валюте: 1",)


def test_the_kind_of_a_client_is_that_of_the_day_of_the_shipment(round_: Round) -> None:
    ship(round_, Decimal(100), vat_included=True, product_id=round_.water, amount=Decimal(100))
    was = round_.rows("SELECT kind FROM crm.client WHERE id = :id", id=round_.client)[0].kind
    other = {"individual": "legal_entity"}.get(was, "individual")
    round_.update("client", round_.client, kind=other, inn=None)
    where = {"basis": "shipments", "client_kind": was}
    assert cells(round_.report("abc_xyz", where=where), "classes")["value"] == Decimal(100)


def test_a_shipment_that_is_not_the_sum_of_its_lines_takes_the_trust_away(round_: Round) -> None:
    line = {"product_id": round_.water, "amount": Decimal(100)}
    ship(round_, Decimal("100.01"), vat_included=True, **line)
    result = round_.report("goods_rendered")
    assert [one.ok for one in result.checks] == [False, False]
    assert "РТ-1" in result.checks[1].detail
