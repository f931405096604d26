"""A reading of balances into the store: what is guarded, set aside, healed, left as it was."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from provodka.connectors.crm_store import bindings, parked, quarantine
from provodka.connectors.crm_store.bindings import Binding
from provodka.flows.onec.balances.keeping import Keeping, keep
from provodka.flows.onec.balances.storing import await_parents, take_waiting_balances
from provodka.flows.onec.following.guarding import TooManyDeletions
from provodka.flows.settings import OneC, Streams
from provodka.flows.tolerance import Tolerance, TooManySetAside
from provodka.foundation.errors import Misunderstood
from provodka.foundation.identifiers import uuid7
from provodka.mappings.balances.catalog import load_balances
from provodka.mappings.balances.placing import BalanceReading, Standing, Unready
from provodka.mappings.catalog import set_folder
from provodka.mappings.reading import Misread

STOCK = load_balances(set_folder("bp30"))["stock"]
NOON = datetime(2026, 11, 22, 9, tzinfo=UTC)
SETTINGS = OneC(url="https://server/base", login="x", password_env="X")
ODD = Misunderstood("там", found="это", expected="то", next_step="исправить", code="odd")


@dataclass(frozen=True)
class Keeper:
    """Stores readings of stock made by hand, one piece of one product under each key."""

    store: Engine
    product: Any
    settings: OneC = SETTINGS

    def keep(self, *keys: str, bad: int = 0) -> Counter[str]:
        """These keys, and so many rows that make no sense."""
        one = Decimal(1)
        reading = BalanceReading(
            [Standing(key, (self.product, None, None, one, one)) for key in keys],
            misread=[Misread(f"bad-{number}", {}, ODD) for number in range(bad)],
        )
        keeping = Keeping(NOON, self.settings, Tolerance.of(Streams()))
        with self.store.begin() as connection:
            return keep(connection, STOCK, reading, keeping)

    def trusting(self) -> Keeper:
        """The same with a person's word that all of it is meant."""
        return replace(self, settings=self.settings.model_copy(update={"allow_deletes": True}))

    def value(self, sql: str) -> Any:
        """What a query of one value answers."""
        with self.store.connect() as connection:
            return connection.execute(text(sql)).scalar_one()


@pytest.fixture
def keeper(store: Engine) -> Keeper:
    with store.begin() as connection:
        product = text("INSERT INTO crm.product (name) VALUES ('Стул') RETURNING id")
        return Keeper(store, connection.execute(product).scalar_one())


def wait(connection: Connection, product: str, organization: str = "", **changed: Any) -> None:
    """A reading leaves seven pieces of a product that the hub does not know yet."""
    balance = replace(STOCK, version=changed.pop("mapping", STOCK.version))
    payload = {"wire": [product, "", organization], "sums": ["7", "70"], "books": {}} | changed
    unready = Unready(f"{product}||{organization}", "product", product, payload)
    await_parents(connection, balance, [unready], NOON)


def bind(connection: Connection, product: Any, key: str) -> None:
    """The product comes."""
    bindings.save(connection, Binding("onec", "product", key, product, "1", {}))


def test_most_of_the_balances_becoming_nothing_at_once_is_a_question_for_a_person(
    keeper: Keeper,
) -> None:
    keys = [f"key-{number}" for number in range(60)]
    keeper.keep(*keys)
    with pytest.raises(TooManyDeletions, match="59 остатков из 60"):
        keeper.keep(keys[0])
    assert keeper.value("SELECT count(*) FROM crm.stock_balance WHERE quantity = 0") == 0
    assert keeper.keep(*keys[:30])["zeroed"] == 30
    assert keeper.trusting().keep()["zeroed"] == 30


def test_rows_that_make_no_sense_are_set_aside_once_and_healed(keeper: Keeper) -> None:
    assert keeper.keep("key", bad=2)["set_aside"] == 2
    assert keeper.keep("key", bad=2)["set_aside"] == 0
    with keeper.store.connect() as connection:
        assert [row["times"] for row in quarantine.listed(connection, stream="stock")] == [1, 1]
    keeper.keep("key", bad=1)
    with keeper.store.connect() as connection:
        assert quarantine.open_keys(connection, "stock", ["bad-0", "bad-1"]) == {"bad-0"}


def test_a_balance_whose_row_makes_no_sense_keeps_what_it_was(keeper: Keeper) -> None:
    keeper.keep("bad-0", "key")
    keeper.keep("key", bad=1)
    assert keeper.value("SELECT count(*) FROM crm.stock_balance WHERE quantity = 1") == 2


def test_too_many_rows_that_make_no_sense_stop_the_stream(keeper: Keeper) -> None:
    with pytest.raises(TooManySetAside):
        keeper.keep("key", bad=30)
    assert keeper.value("SELECT count(*) FROM crm.stock_balance") == 0


def test_a_parent_that_comes_while_balances_are_read_leaves_them_to_the_reading(
    keeper: Keeper,
) -> None:
    with keeper.store.begin() as before:
        wait(before, "late")
    with keeper.store.begin() as reading:
        wait(reading, "late")
        with keeper.store.begin() as page:
            bind(page, keeper.product, "late")
            assert take_waiting_balances(page, STOCK, ["late||"], frozenset()) == Counter()
    with keeper.store.begin() as later:
        assert take_waiting_balances(later, STOCK, ["late||"], frozenset())["new"] == 1
    assert keeper.value("SELECT sum(quantity) FROM crm.stock_balance") == 7
    assert keeper.value("SELECT count(*) FROM hub.parked") == 0


def test_a_balance_that_waits_for_two_waits_for_the_other_when_one_has_come(
    keeper: Keeper,
) -> None:
    with keeper.store.begin() as connection:
        wait(connection, "chair", organization="firm")
        bind(connection, keeper.product, "chair")
        assert take_waiting_balances(connection, STOCK, ["chair||firm"], frozenset())["new"] == 0
        [left] = parked.listed(connection, stream="stock")
    assert (left.waits_for_kind, left.waits_for_key) == ("organization", "firm")


@pytest.mark.parametrize("trouble", ["read otherwise", "refused by the store"])
def test_what_waits_and_cannot_be_taken_in_is_left_to_the_next_reading(
    keeper: Keeper, trouble: str
) -> None:
    known = keeper.product if trouble == "read otherwise" else uuid7()
    changed = {"mapping": "other"} if trouble == "read otherwise" else {}
    with keeper.store.begin() as connection:
        wait(connection, "chair", **changed)
        bind(connection, known, "chair")
        assert not take_waiting_balances(connection, STOCK, ["chair||"], frozenset())
        assert [one.external_key for one in parked.listed(connection)] == ["chair||"]
