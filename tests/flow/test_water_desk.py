"""Water from the call to the money: orders, stops, moves, tare, bills of the month."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, text
from tests.flow.trigger_company import Company

from provodka.connectors.crm_store import journal
from provodka.flows.water.billing import bill_month
from provodka.flows.water.desk import take_call
from provodka.flows.water.ordering import CALLERS, NewOrder, Wanted, prices, take, who_calls
from provodka.flows.water.stops import Fact, Move, balance, day_sheet, done, failed, move, moves_of
from provodka.foundation.errors import AmbiguousMatch, Refused
from provodka.trigger_rules.book import RULES, RuleBook

MORNING = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
NOON = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NEXT = NOON + timedelta(days=1)
MOSCOW = ZoneInfo("Europe/Moscow")
PHONE = "+79161234567"


class Water(Company):
    """The company with goods, a price list and couriers."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.water = self.insert("product", name="Вода 19 л", kind="goods")
        self.bottle = self.insert("product", name="Бутыль 19 л", kind="returnable")
        self.petrov = self.insert("employee", name="Петров", role="courier")
        self.somov = self.insert("employee", name="Сомов", role="courier")
        for product, price in ((self.water, "250"), (self.bottle, "200")):
            self.insert(
                "price", product_id=product, amount=Decimal(price), valid_from=date(2026, 1, 1)
            )

    def order(self, *, at: datetime | None = NOON, client: UUID | None = None) -> UUID:
        """Two bottles of water for the client, driven by Petrov."""
        items = [Wanted(self.water, Decimal(2)), Wanted(self.bottle, Decimal(2))]
        courier = self.petrov if at else None
        with self.by("Диспетчер") as connection:
            key = take(
                connection,
                NewOrder(client or self.client, items, courier=courier, at=at),
                self.now,
            )
        self.react()
        return key

    def by(self, person: str) -> Any:
        """A transaction in the name of a person."""
        return _named(self.engine, person)

    def stop(self) -> str:
        """The number of the newest stop."""
        return str(self.rows("SELECT number FROM crm.delivery ORDER BY id DESC LIMIT 1")[0][0])


class _named:
    def __init__(self, store: Engine, person: str) -> None:
        self.begun, self.person = store.begin(), person

    def __enter__(self) -> Connection:
        connection = self.begun.__enter__()
        journal.attribute(connection, f"person:{self.person}")
        return connection

    def __exit__(self, *told: Any) -> Any:
        return self.begun.__exit__(*told)


@pytest.fixture
def water(store: Engine) -> Water:
    company = Water(store, RuleBook.load([RULES / "water_delivery.yaml"]), now=MORNING)
    company.update("client", company.client, kind="individual", phone=PHONE)
    return company


def state(water: Water, order: UUID) -> tuple[Any, ...]:
    [row] = water.rows(
        "SELECT o.status, d.stage, o.amount, o.deposit FROM crm.order o"
        f" JOIN crm.deal d ON d.id = o.deal_id WHERE o.id = '{order}'"
    )
    return tuple(row)


@pytest.mark.requirement("R85", "R91", "R92")
def test_an_order_becomes_a_stop_and_the_money_of_a_person_ends_it(water: Water) -> None:
    order = water.order()
    assert state(water, order) == ("confirmed", "delivery", Decimal(500), Decimal(400))
    [row] = day_sheet_of(water)
    assert (row["courier"], row["cash_due"], row["status"]) == ("Петров", Decimal(900), "planned")
    with water.by("Петров") as connection:
        done(connection, water.stop(), Fact(), NOON)
    water.react()
    assert state(water, order)[:2] == ("delivered", "won")
    assert "Получить с клиента оплату" not in open_tasks(water)


def day_sheet_of(water: Water, day: date = date(2026, 11, 20)) -> list[dict[str, Any]]:
    with water.engine.connect() as connection:
        return day_sheet(connection, day, MOSCOW)


def open_tasks(water: Water) -> list[str]:
    rows = water.rows("SELECT subject FROM crm.task WHERE status = 'open'")
    return [row[0] for row in rows]


@pytest.mark.requirement("R90", "R93")
def test_a_failed_stop_comes_back_as_a_new_task_and_a_second_attempt(water: Water) -> None:
    order = water.order()
    first = water.stop()
    with water.by("Петров") as connection:
        failed(connection, first, "client_absent", NOON)
    water.react()
    assert state(water, order)[1] == "order"
    water.update("deal", water.rows("SELECT deal_id FROM crm.order")[0][0], delivery_at=NEXT)
    water.react()
    assert state(water, order)[1] == "delivery"
    found = water.rows("SELECT attempt, status, reason FROM crm.delivery ORDER BY id")
    assert [tuple(row) for row in found] == [
        (1, "failed", "client_absent"),
        (2, "planned", None),
    ]
    with pytest.raises(Refused), water.by("Петров") as connection:
        done(connection, first, Fact(), NEXT)


@pytest.mark.requirement("R88", "R89", "R90")
def test_two_who_move_a_stop_unseen_by_each_other_are_both_remembered(water: Water) -> None:
    water.order()
    number = water.stop()
    with water.by("Диспетчер") as connection:
        assert not move(connection, number, Move("client_asked", NEXT, seen=1))
    with water.by("Петров") as connection:
        late = Move("courier_late", NEXT + timedelta(hours=2), seen=1)
        assert move(connection, number, late)
        moves = moves_of(connection, number)
    assert [(one["who"], one["reason"], one["conflict"]) for one in moves] == [
        ("person:Диспетчер", "client_asked", False),
        ("person:Петров", "courier_late", True),
    ]
    [row] = day_sheet_of(water, date(2026, 11, 21))
    assert (row["planned_from"], row["conflict"]) == (NEXT + timedelta(hours=2), True)
    told = water.rows(
        "SELECT t.due_at, d.delivery_at, o.wanted_at FROM crm.task t"
        " JOIN crm.deal d ON d.id = t.deal_id JOIN crm.order o ON o.deal_id = d.id"
        " WHERE t.kind = 'delivery'"
    )
    assert set(told[0]) == {NEXT + timedelta(hours=2)}


@pytest.mark.requirement("R89")
def test_a_move_in_the_deal_is_a_move_of_its_stop(water: Water) -> None:
    water.order()
    deal = water.rows("SELECT deal_id FROM crm.order")[0][0]
    water.update("deal", deal, courier_id=water.somov)
    [row] = day_sheet_of(water)
    assert (row["courier"], row["moves"]) == ("Сомов", 1)
    executor = water.rows("SELECT executor_id FROM crm.task WHERE kind = 'delivery'")
    assert executor[0][0] == water.somov


def test_tare_is_a_balance_of_the_client_and_no_part_of_the_turnover(water: Water) -> None:
    water.order()
    with water.by("Петров") as connection:
        done(connection, water.stop(), Fact(cash=Decimal(900)), NOON)
    water.react()
    water.order()
    given = Fact(delivered={water.bottle: Decimal(0)}, returned={water.bottle: Decimal(1)})
    with water.by("Петров") as connection:
        done(connection, water.stop(), given, NOON)
        [kept] = balance(connection, water.client)
    assert (kept["quantity"], kept["amount"]) == (Decimal(1), Decimal(200))
    sums = water.rows("SELECT amount, cash_due FROM crm.delivery ORDER BY id")
    assert [tuple(row) for row in sums] == [
        (Decimal(500), Decimal(900)),
        (Decimal(500), Decimal(300)),
    ]


def test_more_tare_than_the_client_has_is_not_taken_back(water: Water) -> None:
    water.order()
    with pytest.raises(Refused, match="принято тары"), water.by("Петров") as connection:
        done(connection, water.stop(), Fact(returned={water.water: Decimal(1)}), NOON)
    assert water.rows("SELECT status FROM crm.delivery")[0][0] == "planned"


def test_a_partial_delivery_is_paid_for_what_was_handed_over(water: Water) -> None:
    water.order()
    given = Fact(delivered={water.water: Decimal(1), water.bottle: Decimal(1)})
    with water.by("Петров") as connection:
        done(connection, water.stop(), given, NOON)
    [row] = water.rows("SELECT amount, cash_due, cash_taken FROM crm.delivery")
    assert tuple(row) == (Decimal(250), Decimal(450), Decimal(450))


@pytest.mark.requirement("R94")
def test_a_company_gets_one_bill_a_month_at_its_contract_prices_and_pays_no_courier(
    water: Water,
) -> None:
    water.update("client", water.client, kind="legal_entity")
    water.insert(
        "price",
        product_id=water.water,
        client_id=water.client,
        amount=Decimal("210.50"),
        valid_from=date(2026, 2, 1),
    )
    orders = [water.order() for _time in range(2)]
    for row in water.rows("SELECT number, cash_due FROM crm.delivery"):
        assert row.cash_due == 0
        with water.by("Петров") as connection:
            done(connection, row.number, Fact(), NOON)
    water.react()
    assert {state(water, one)[1] for one in orders} == {"billing"}
    with water.by("Бухгалтер") as connection:
        [bill] = bill_month(connection, date(2026, 11, 1), MOSCOW, NEXT)
        assert bill_month(connection, date(2026, 11, 1), MOSCOW, NEXT) == []
    assert (bill.orders, bill.amount) == (2, Decimal("1642.00"))
    water.execute(f"UPDATE crm.invoice SET paid_amount = amount WHERE id = '{bill.invoice}'")
    water.react()
    assert {state(water, one)[1] for one in orders} == {"won"}


def test_an_order_that_is_refused_is_cancelled_with_its_reason(water: Water) -> None:
    order = water.order(at=None)
    deal = water.rows("SELECT deal_id FROM crm.order")[0][0]
    water.update("deal", deal, stage="lost", lost_reason="Дорого")
    [row] = water.rows(f"SELECT status, cancel_reason FROM crm.order WHERE id = '{order}'")
    assert tuple(row) == ("cancelled", "Дорого")


@pytest.mark.requirement("R67", "R85")
def test_a_stranger_is_registered_and_known_by_the_number_next_time(water: Water) -> None:
    with water.by("Оператор") as connection:
        items = {water.water: Decimal(3)}
        with pytest.raises(Refused):
            take_call(connection, "8 (916) 000-11-22", items, MORNING)
        new = ("Иванова Анна", "Оренбург, Советская, 1")
        told = take_call(connection, "8 (916) 000-11-22", items, MORNING, new=new)
        [caller] = who_calls(connection, "+7 916 000 11 22")
    assert (told["amount"], caller.name) == (Decimal(750), "Иванова Анна")
    assert [address for _id, address in caller.points] == ["Оренбург, Советская, 1"]
    assert caller.last_order == MORNING


@pytest.mark.requirement("R86")
def test_a_caller_is_found_by_indexes_however_many_clients_there_are(water: Water) -> None:
    with water.engine.connect() as connection:
        connection.exec_driver_sql("SET enable_seqscan = off")
        plan = connection.execute(text(f"EXPLAIN {CALLERS.text}"), {"phone": PHONE}).scalars()
        told = "\n".join(plan)
    assert "Index" in told
    assert "Seq Scan" not in told, told


def points(water: Water) -> list[str]:
    """The addresses that orders went to, in their order."""
    rows = water.rows(
        "SELECT p.address FROM crm.order o LEFT JOIN crm.delivery_point p"
        " ON p.id = o.delivery_point_id ORDER BY o.ordered_at, o.id"
    )
    return [row[0] for row in rows]


@pytest.mark.requirement("R13", "R67")
def test_an_order_goes_to_the_address_that_was_said_and_to_no_other(water: Water) -> None:
    items, first, second = {water.water: Decimal(3)}, "Оренбург, Мира, 1", "Оренбург, Лесная, 2"
    with water.by("Оператор") as connection:
        take_call(connection, "89160001122", items, MORNING, new=("Анна", first))
        take_call(connection, "89160001122", items, MORNING, new=(None, None))
        take_call(connection, "89160001122", items, MORNING, new=(None, f" {second.upper()}"))
        take_call(connection, "89160001122", items, MORNING, new=(None, second))
        with pytest.raises(AmbiguousMatch, match="ЛЕСНАЯ"):
            take_call(connection, "89160001122", items, MORNING)
    assert [one and one.casefold() for one in points(water)[1:]] == [
        first.casefold(),
        second.casefold(),
        second.casefold(),
    ]


def test_a_bill_has_no_line_for_what_was_left_undelivered(water: Water) -> None:
    water.update("client", water.client, kind="legal_entity")
    whole, none = water.order(), water.order()
    kept = {str(whole): Fact(delivered={water.bottle: Decimal(0)})}
    nothing = Fact(delivered={water.water: Decimal(0), water.bottle: Decimal(0)})
    for row in water.rows("SELECT number, order_id FROM crm.delivery"):
        with water.by("Петров") as connection:
            done(connection, row.number, kept.get(str(row.order_id), nothing), NOON)
    water.react()
    with water.by("Бухгалтер") as connection:
        [bill] = bill_month(connection, date(2026, 11, 1), MOSCOW, NEXT)
    assert (bill.orders, bill.amount) == (1, Decimal(500))
    lines = water.rows(
        f"SELECT quantity FROM crm.invoice_lines WHERE invoice_id = '{bill.invoice}'"
    )
    assert [row[0] for row in lines] == [Decimal(2)]
    assert water.rows(f"SELECT invoice_id FROM crm.order WHERE id = '{none}'")[0][0] is None


def test_cash_finer_than_a_kopeck_is_a_slip(water: Water) -> None:
    water.order()
    with pytest.raises(Refused, match="копейки"), water.by("Петров") as connection:
        done(connection, water.stop(), Fact(cash=Decimal("700.005")), NOON)


def test_a_price_of_a_contract_wins_and_the_newest_of_the_list_is_taken(water: Water) -> None:
    water.insert("price", product_id=water.water, amount=Decimal(270), valid_from=date(2026, 11, 1))
    with water.engine.connect() as connection:
        october = prices(connection, water.client, [water.water], date(2026, 10, 31))
        november = prices(connection, water.client, [water.water], date(2026, 11, 1))
    assert (october[water.water], november[water.water]) == (Decimal(250), Decimal(270))


def test_a_product_without_a_price_is_not_ordered(water: Water) -> None:
    cooler = water.insert("product", name="Кулер", kind="goods")
    order = NewOrder(water.client, [Wanted(cooler, Decimal(1))])
    with pytest.raises(Refused, match="Кулер"), water.by("Оператор") as connection:
        take(connection, order, MORNING)
