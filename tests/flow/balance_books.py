"""A hub beside the books of a sandbox, for the tests of balances: whose debt, what is left."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.contract.sandbox.neighbours import Base, Hands, Record
from tests.e2e.company import run
from tests.nursery import Nursery

from provodka.flows.hub import Hub, open_hub
from provodka.flows.sandbox_process import write_settings
from provodka.flows.settings import Environment

__all__ = [
    "BOOKS",
    "CONTRACTS",
    "SETTLEMENTS",
    "WAREHOUSES",
    "about",
    "accountant",
    "client",
    "hands",
    "hub",
    "left",
    "moved",
    "named",
    "newcomer",
    "owed",
    "value",
]

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


@pytest.fixture(scope="module")
def about(tmp_path_factory: pytest.TempPathFactory, sandboxes: Nursery) -> Iterator[Record]:
    with sandboxes.sandbox(tmp_path_factory.mktemp("sandbox")) as said:
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


def left(hub: Hub, product: str) -> tuple[Decimal, Decimal]:
    """What is left of a product in all warehouses: quantity and cost."""
    with hub.engine.connect() as connection:
        row = connection.execute(text(LEFT), {"key": product}).one()
    return row.quantity, row.amount


def named(hub: Hub, product: str) -> list[str]:
    """The warehouses that have had it."""
    with hub.engine.connect() as connection:
        return list(connection.execute(text(LEFT), {"key": product}).one().warehouses)
