"""Mutual settlements and stock as streams: against the sandbox's books, and on readings by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest
from sqlalchemy import text
from tests.contract.sandbox.neighbours import Base, Hands, Record
from tests.e2e.company import run

from provodka.connectors.crm_store import cursors, quarantine
from provodka.flows.hub import Hub, open_hub
from provodka.flows.onec.balances.asking import table_of
from provodka.flows.onec.balances.keeping import Keeping, keep
from provodka.flows.onec.following.guarding import TooManyDeletions, trusting
from provodka.flows.planning.applying import apply
from provodka.flows.planning.rehearsing import rehearse
from provodka.flows.recorded import run_recorded
from provodka.flows.sandbox_process import running_sandbox, write_settings
from provodka.flows.settings import Environment
from provodka.flows.streams import STREAMS
from provodka.flows.tolerance import Tolerance, TooManySetAside
from provodka.foundation.errors import Misunderstood
from provodka.mappings.balances.catalog import load_balances
from provodka.mappings.balances.reading import (
    BalanceReading,
    Standing,
    read_balance,
    references,
)
from provodka.mappings.catalog import set_folder
from provodka.mappings.reading import Misread

BOOKS = "AccountingRegister_Хозрасчетный"
CHART = "ChartOfAccounts_Хозрасчетный"
CLIENTS = "Catalog_Контрагенты"
CONTRACTS = "Catalog_ДоговорыКонтрагентов"
WAREHOUSES = "Catalog_Склады"
SETTLEMENTS = "AccumulationRegister_РасчетыСПокупателями"
LEFT = """
    SELECT sum(quantity) AS quantity, sum(amount) AS amount, array_agg(warehouse) AS warehouses
    FROM crm.stock_balance s JOIN hub.binding b ON b.document = s.product_id
    WHERE b.external_key = :key AND b.kind = 'product'
"""
NOON = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def about(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as said:
        yield said


@pytest.fixture(scope="module")
def accountant(about: Record) -> Iterator[Base]:
    found = Base(about)
    yield found
    found.http.close()


@pytest.fixture
def hands(about: Record) -> Iterator[Hands]:
    found = Hands(about)
    before = found.ask("GET", "switches")
    yield found
    found.ask("POST", "switches", **before)
    found.http.close()


@pytest.fixture
def hub(about: Record, store_url: str, tmp_path: Path) -> Iterator[Hub]:
    config = write_settings(tmp_path / "hub", about)
    environment = Environment(config=config, home=tmp_path / "hub", database_url=store_url)
    with open_hub(environment) as opened:
        run(opened, "catalogs")
        yield opened


@pytest.fixture
def client(accountant: Base, hub: Hub) -> str:
    """A client of the test's own, known on both sides."""
    key = newcomer(accountant, "Клиент проверки")
    run(hub, "catalogs")
    return key


def newcomer(accountant: Base, name: str) -> str:
    """A legal entity that the hub has not seen yet."""
    kind = "ЮридическоеЛицо"
    made = accountant.create(CLIENTS, Description=name, ЮридическоеФизическоеЛицо=kind)
    return str(made["Ref_Key"])


def owed(hub: Hub, client: str) -> Any:
    """What the store says stands between us and a client of 1C: his debt, ours."""
    sql = """
        SELECT coalesce(sum(client_debt), 0), coalesce(sum(our_debt), 0)
        FROM crm.settlement_balance s JOIN hub.binding b ON b.document = s.client_id
        WHERE b.external_key = :client AND b.kind = 'client'
    """
    with hub.engine.connect() as connection:
        row = connection.execute(text(sql), {"client": client}).one()
    return row[0], row[1]


def value(hub: Hub, sql: str, **given: Any) -> Any:
    with hub.engine.connect() as connection:
        return connection.execute(text(sql), given).scalar_one()


def moved(accountant: Base, owner: str, *codes: str, slot: int = 1) -> Decimal:
    """Debit less credit of accounts, by the entries themselves and not by any balance of them."""
    keys = {row["Ref_Key"] for row in accountant.rows(CHART) if row["Code"] in codes}
    total = Decimal(0)
    for row in accountant.rows(f"{BOOKS}/RecordsWithExtDimensions()"):
        for side, sign in (("Dr", 1), ("Cr", -1)):
            if row[f"Account{side}_Key"] in keys and row[f"ExtDimension{side}{slot}"] == owner:
                total += sign * Decimal(row["Сумма"])
    return total


@pytest.mark.requirement("R28", "R94")
def test_debts_are_what_the_entries_of_a_shipment_and_a_payment_come_to(
    hub: Hub, accountant: Base, hands: Hands, client: str
) -> None:
    run(hub, "settlements")
    assert owed(hub, client) == (0, 0)
    first, second = (accountant.posted(Контрагент_Key=client) for _time in range(2))
    hands.ship(first)
    assert run(hub, "settlements")["new"] == 1
    assert owed(hub, client) == (3210, 0)
    hands.pay(first, share="0.5")
    assert run(hub, "settlements")["changed"] == 1
    assert owed(hub, client) == (1605, 0)
    hands.pay(second)
    run(hub, "settlements")
    net = moved(accountant, client, "62.01") + moved(accountant, client, "62.02")
    debt, ours = owed(hub, client)
    assert (debt - ours, debt) == (net, moved(accountant, client, "62.01"))


def test_stock_is_what_is_left_after_a_shipment(
    hub: Hub, accountant: Base, hands: Hands, client: str
) -> None:
    run(hub, "stock")
    invoice = accountant.posted(Контрагент_Key=client)
    water = invoice["Товары"][0]["Номенклатура"]
    before = left(hub, water)
    assert before[0] > 0
    hands.ship(invoice)
    counts = run(hub, "stock")
    assert counts["changed"] + counts["new"] == 1
    after = left(hub, water)
    assert after == (before[0] - 3, moved(accountant, water, "41.01"))
    assert "Основной склад" in named(hub, water)


def left(hub: Hub, product: str) -> tuple[Decimal, Decimal]:
    """What is left of a product in all warehouses: quantity and cost."""
    with hub.engine.connect() as connection:
        row = connection.execute(text(LEFT), {"key": product}).one()
    return row.quantity, row.amount


def named(hub: Hub, product: str) -> list[str]:
    """The warehouses that have had it."""
    with hub.engine.connect() as connection:
        return list(connection.execute(text(LEFT), {"key": product}).one().warehouses)


def test_the_same_balances_again_write_nothing(
    hub: Hub, accountant: Base, hands: Hands, client: str
) -> None:
    hands.ship(accountant.posted(Контрагент_Key=client))
    run(hub, "settlements", "stock")
    deltas = value(hub, "SELECT count(*) FROM hub.delta")
    later = replace(hub, clock=lambda: hub.clock() + timedelta(hours=1))
    again = run(later, "settlements", "stock")
    assert (again["same"], again["new"] + again["changed"] + again["zeroed"]) == (again["read"], 0)
    assert value(hub, "SELECT count(*) FROM hub.delta") == deltas
    with hub.engine.connect() as connection:
        place = cursors.read(connection, "settlements") or {}
    read_at = value(hub, "SELECT max(as_of) FROM crm.settlement_balance")
    assert datetime.fromisoformat(place["as_of"]) > read_at + timedelta(minutes=59)


@pytest.mark.requirement("R94")
def test_a_debt_that_is_paid_becomes_nothing_and_stays(
    hub: Hub, accountant: Base, hands: Hands, client: str
) -> None:
    invoice = accountant.posted(Контрагент_Key=client)
    hands.ship(invoice)
    run(hub, "settlements")
    hands.pay(invoice)
    assert run(hub, "settlements")["zeroed"] == 1
    assert owed(hub, client) == (0, 0)
    told = """
        SELECT d.op || ' ' || d.origin || ' ' || (d.before->>'client_debt') || ' '
            || (d.after->>'client_debt')
        FROM hub.delta d WHERE d.kind = 'settlement_balance' ORDER BY d.id DESC LIMIT 1
    """
    assert value(hub, told) == "update onec 3210 0"
    assert run(hub, "settlements")["zeroed"] == 0


def test_tomorrows_documents_are_not_in_todays_debt(
    hub: Hub, accountant: Base, hands: Hands, client: str
) -> None:
    hands.ship(accountant.posted(Контрагент_Key=client))
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    run(replace(hub, clock=lambda: long_ago), "settlements")
    assert owed(hub, client) == (0, 0)


def test_a_balance_of_a_client_that_is_not_here_yet_comes_in_after_him(
    hub: Hub, accountant: Base, hands: Hands
) -> None:
    stranger = newcomer(accountant, "Новый клиент")
    hands.ship(accountant.posted(Контрагент_Key=stranger))
    assert run(hub, "settlements")["parked"] == 1
    run(hub, "catalogs")
    counts = run(hub, "settlements")
    assert (counts["parked"], counts["new"]) == (0, 1)
    assert owed(hub, stranger) == (3210, 0)


@pytest.mark.requirement("R116", "S-5")
def test_a_register_of_its_own_says_the_same_as_the_accounts(
    hub: Hub, accountant: Base, hands: Hands, client: str
) -> None:
    hands.ask("POST", "published", **{SETTLEMENTS: True})
    paid, owing = (accountant.posted(Контрагент_Key=client) for _time in range(2))
    hands.ship(owing)
    hands.pay(paid, share="0.25")
    other = load_balances(set_folder("unf"))["settlements"]
    hub.__dict__["balances"] = {"settlements": other}
    run(hub, "settlements")
    debt, ours = owed(hub, client)
    assert debt - ours == moved(accountant, client, "62.01", "62.02") != 0


def test_rows_that_the_base_has_not_added_up_come_to_the_same(
    hub: Hub, accountant: Base, hands: Hands, client: str
) -> None:
    for _time in range(2):
        hands.ship(accountant.posted(Контрагент_Key=client))
    one, base, now = hub.balances["settlements"], hub.require_base(), hub.clock()
    tables = [table_of(one, base, now, ("62.01", "62.02"), asked) for asked in (None, ())]
    coarse, fine = (base.read_table(table, one.select) for table in tables)
    assert len(fine) > len(coarse)
    known = {key: uuid5(NAMESPACE_OID, key[1]) for key in references(one, fine)}
    readings = [read_balance(one, rows, known, {"currency": {}}) for rows in (coarse, fine)]
    assert set(readings[0].standings) == set(readings[1].standings)
    assert readings[0].misread == readings[1].misread == []


def test_a_client_may_be_known_by_a_key_of_analytics(
    hub: Hub, accountant: Base, hands: Hands, client: str
) -> None:
    hands.ask("POST", "published", **{SETTLEMENTS: True})
    invoice = accountant.posted(Контрагент_Key=client)
    contract = invoice["ДоговорКонтрагента_Key"]
    hands.ship(invoice)
    own = load_balances(set_folder("unf"))["settlements"]
    by_owner = [
        replace(one, theirs="Договор_Key", through=CONTRACTS, taken="Owner_Key")
        if one.ours == "client_id"
        else one
        for one in own.dimensions
    ]
    hub.__dict__["balances"] = {"settlements": replace(own, dimensions=tuple(by_owner))}
    run(hub, "settlements")
    [owner] = [row["Owner_Key"] for row in accountant.rows(CONTRACTS) if row["Ref_Key"] == contract]
    debt, ours = owed(hub, owner)
    assert debt - ours == moved(accountant, contract, "62.01", "62.02", slot=2) != 0
    assert owed(hub, client) == (0, 0)


@pytest.mark.requirement("R116")
def test_a_register_that_is_not_published_stops_its_stream_alone_and_says_where(
    hub: Hub, hands: Hands
) -> None:
    hands.ask("POST", "published", **{BOOKS: False})
    ran = {name: run_recorded(hub, STREAMS[name]) for name in ("settlements", "stock", "catalogs")}
    assert [one.state for one in ran.values()] == ["failed", "failed", "done"]
    note = ran["settlements"].note
    assert "settlements.yaml:3" in note
    assert BOOKS in note
    assert "опубликован" in note
    assert "уберите settlements из onec.balances" in note


def test_warehouses_that_are_not_published_are_told_by_name(hub: Hub, hands: Hands) -> None:
    hands.ask("POST", "published", **{WAREHOUSES: False})
    ran = run_recorded(hub, STREAMS["stock"])
    assert (ran.state, f"«{WAREHOUSES}»" in ran.note) == ("failed", True)
    assert value(hub, "SELECT count(*) FROM crm.stock_balance") == 0


def test_accounts_that_the_base_does_not_have_are_told_at_their_line(hub: Hub) -> None:
    one = replace(hub.balances["settlements"], accounts=("99", "98"))
    hub.__dict__["balances"] = {"settlements": one}
    ran = run_recorded(hub, STREAMS["settlements"])
    assert ran.state == "failed"
    assert ("нет счетов 99, 98" in ran.note, "settlements.yaml:5" in ran.note) == (True, True)


def test_a_balance_that_is_not_wanted_is_passed_over(hub: Hub) -> None:
    assert hub.settings.onec
    fewer = hub.settings.onec.model_copy(update={"balances": ("stock",)})
    other = replace(hub, settings=hub.settings.model_copy(update={"onec": fewer}))
    ran = [run_recorded(other, STREAMS[name]).state for name in ("settlements", "stock")]
    assert ran == ["skipped", "done"]


def test_a_plan_shows_the_balances_and_is_carried_out_to_the_letter(
    hub: Hub, accountant: Base, hands: Hands, client: str
) -> None:
    hands.ship(accountant.posted(Контрагент_Key=client))
    chosen = [STREAMS["settlements"]]
    plan, again = (rehearse(hub, chosen).plan for _time in range(2))
    assert plan.digest == again.digest
    assert owed(hub, client) == (0, 0)
    named = [one.document for one in plan.changes if client in one.document]
    assert len(named) == 1
    assert named[0].startswith(f"onec:settlement_balance:{client}|")
    stranger = newcomer(accountant, "Поздний клиент")
    run(hub, "catalogs")
    hands.ship(accountant.posted(Контрагент_Key=stranger))
    done = apply(hub, plan, chosen, lambda _stream, _state: None)
    assert done.later == 1
    assert owed(hub, client)[0] == 3210
    assert owed(hub, stranger) == (0, 0)
    run(hub, "settlements")
    assert owed(hub, stranger)[0] == 3210


@pytest.fixture
def product(hub: Hub) -> Any:
    return value(hub, "SELECT id FROM crm.product ORDER BY code LIMIT 1")


def kept(
    hub: Hub, product: Any, *keys: str, bad: int = 0, sums: Decimal = Decimal(1)
) -> Counter[str]:
    """Store a reading of stock made by hand: these keys, and so many rows that make no sense."""
    error = Misunderstood("там", found="это", expected="то", next_step="исправить", code="odd")
    reading = BalanceReading(
        [Standing(key, (product, None, None, sums, sums)) for key in keys],
        misread=[Misread(f"bad-{number}", {}, error) for number in range(bad)],
    )
    assert hub.settings.onec
    keeping = Keeping(NOON, hub.settings.onec, Tolerance.of(hub.settings.streams))
    with hub.engine.begin() as connection:
        return keep(connection, hub.balances["stock"], reading, keeping)


def test_most_of_the_balances_becoming_nothing_at_once_is_a_question_for_a_person(
    hub: Hub, product: Any
) -> None:
    keys = [f"key-{number}" for number in range(60)]
    kept(hub, product, *keys)
    with pytest.raises(TooManyDeletions, match="59 остатков из 60"):
        kept(hub, product, keys[0])
    assert value(hub, "SELECT count(*) FROM crm.stock_balance WHERE quantity = 0") == 0
    assert kept(hub, product, *keys[:30])["zeroed"] == 30
    assert kept(trusting(hub), product)["zeroed"] == 30


def test_rows_that_make_no_sense_are_set_aside_once_and_healed(hub: Hub, product: Any) -> None:
    assert kept(hub, product, "key", bad=2)["set_aside"] == 2
    assert kept(hub, product, "key", bad=2)["set_aside"] == 0
    with hub.engine.connect() as connection:
        assert [row["times"] for row in quarantine.listed(connection, stream="stock")] == [1, 1]
    kept(hub, product, "key", bad=1)
    with hub.engine.connect() as connection:
        assert quarantine.open_keys(connection, "stock", ["bad-0", "bad-1"]) == {"bad-0"}


def test_a_balance_whose_row_makes_no_sense_keeps_what_it_was(hub: Hub, product: Any) -> None:
    kept(hub, product, "bad-0", "key")
    kept(hub, product, "key", bad=1)
    assert value(hub, "SELECT count(*) FROM crm.stock_balance WHERE quantity = 1") == 2


def test_too_many_rows_that_make_no_sense_stop_the_stream(hub: Hub, product: Any) -> None:
    with pytest.raises(TooManySetAside):
        kept(hub, product, "key", bad=30)
    assert value(hub, "SELECT count(*) FROM crm.stock_balance") == 0
