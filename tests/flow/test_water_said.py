"""Who is meant by a name at the delivery desk, and who answers for an order taken there."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from tests.databases import copied
from tests.flow.cli_program import program
from tests.flow.test_water_desk import MORNING, Water

from provodka.connectors.crm_store.engine import open_engine
from provodka.flows.cli.delivering_said import at_the_desk, named, quantities
from provodka.flows.water.desk import take_call
from provodka.foundation.errors import ConfigurationError
from provodka.trigger_rules.book import RULES, RuleBook


@pytest.fixture(scope="module")
def url(server: str, template: str) -> Iterator[str]:
    """The store of these tests: they do not disturb each other."""
    with copied(server, template) as made:
        yield made


@pytest.fixture(scope="module")
def water(url: str) -> Iterator[Water]:
    engine = open_engine(url, name="test")
    company = Water(engine, RuleBook.load([RULES / "water_delivery.yaml"]), now=MORNING)
    company.insert("employee", name="Лаврова Дарья", email="lavrova@voda.test", role="dispatcher")
    yield company
    engine.dispose()


def test_an_employee_is_known_by_name_surname_or_address(water: Water) -> None:
    with water.engine.connect() as connection:
        found = {named(connection, said) for said in ("лаврова", "Лаврова Дарья")}
        assert len(found | {at_the_desk(connection, "lavrova@voda.test")}) == 1
        assert None not in found
        assert named(connection, None) is None
        assert at_the_desk(connection, "root") is None


def test_a_surname_of_two_names_nobody(water: Water) -> None:
    for name in ("Седова Анна", "Седова Инна"):
        water.insert("employee", name=name, role="courier")
    with water.engine.connect() as connection:
        assert at_the_desk(connection, "Седова") is None
        with pytest.raises(ConfigurationError) as caught:
            named(connection, "Седова")
    assert caught.value.code == "usage"


@pytest.mark.requirement("R87")
def test_whoever_takes_an_order_answers_for_it(water: Water) -> None:
    with water.by("Лаврова Дарья") as connection:
        operator = at_the_desk(connection, "Лаврова Дарья")
        items = {water.water: Decimal(2)}
        new = ("Азарова И. С.", "Советская, 1")
        told = take_call(connection, "+79160000999", items, MORNING, new=new, operator=operator)
    [row] = water.rows(
        "SELECT o.operator_id, d.responsible_id FROM crm.order o"
        " JOIN crm.deal d ON d.id = o.deal_id WHERE o.number = :number",
        number=told["order"],
    )
    assert set(row) == {operator}


def test_the_day_and_the_moves_of_a_stop_are_told_in_words(
    water: Water, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    water.update("client", water.client, kind="individual")
    water.order()
    run = program(url, tmp_path, monkeypatch)
    number, when = water.stop(), "2026-11-21T12:00"
    run("delivery", "move", number, "--at", when, "--reason", "client_asked", "--who", "Лаврова")
    day = run("delivery", "today", "--day", "2026-11-21").stdout
    assert "900,00" in day
    moves = run("delivery", "moves", number).stdout
    assert "сотрудник Лаврова" in moves
    assert "попросил клиент" in moves


@pytest.mark.parametrize(
    "said",
    [["Вода 19 л"], ["Вода 19 л=2", "вода 19 л=3"], ["Вода 19 л=NaN"], ["Вода 19 л=1e400"]],
)
def test_goods_that_are_said_unclearly_are_no_order(water: Water, said: list[str]) -> None:
    with water.engine.connect() as connection, pytest.raises(ConfigurationError):
        quantities(connection, said)


def test_goods_are_counted_as_people_write(water: Water) -> None:
    with water.engine.connect() as connection:
        found = quantities(connection, ["Вода 19 л = 1,5", "Бутыль 19 л=2"])
    assert found == {water.water: Decimal("1.5"), water.bottle: Decimal(2)}
