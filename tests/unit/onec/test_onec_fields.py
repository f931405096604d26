"""Typed fields: what a condition may say of a published set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from provodka.connectors.onec.odata.fields import Fields
from provodka.connectors.onec.odata.filters import Filter
from provodka.connectors.onec.odata.literals import Ref
from provodka.connectors.onec.odata.metadata import Metadata
from provodka.connectors.onec.odata.metadata_reader import parse_metadata
from provodka.foundation.errors import ConfigurationError

DATA = Path(__file__).parents[2] / "data/onec"
MOSCOW = ZoneInfo("Europe/Moscow")
KEY = UUID("41aa6331-954f-11e3-814b-005056c00008")
BASIS = {"ДокументОснование": ["Document_ЗаказКлиента"]}
SEVERAL = {"ДокументОснование": ["Document_ЗаказКлиента", "Document_РеализацияТоваровУслуг"]}


@pytest.fixture(scope="module")
def trade() -> Metadata:
    return parse_metadata((DATA / "metadata_trade_8.5.xml").read_bytes())


@pytest.fixture
def order(trade: Metadata) -> Fields:
    return Fields(trade, "Document_ЗаказКлиента")


def said(condition: Filter) -> str:
    return condition.render(MOSCOW)


def test_a_composite_reference_is_cast_by_itself_where_one_target_is_stated(
    trade: Metadata,
) -> None:
    order = Fields(trade, "Document_ЗаказКлиента", BASIS)
    cast = f"ДокументОснование eq cast(guid'{KEY}','Document_ЗаказКлиента')"
    assert said(order["ДокументОснование"] == KEY) == cast
    assert said(order["ДокументОснование"] == str(KEY)) == cast


@pytest.mark.parametrize("value", [KEY, str(KEY)])
def test_a_composite_reference_of_several_targets_is_refused_with_their_names(
    trade: Metadata, value: UUID | str
) -> None:
    order = Fields(trade, "Document_ЗаказКлиента", SEVERAL)
    with pytest.raises(ConfigurationError, match="Document_РеализацияТоваровУслуг"):
        order["ДокументОснование"] == value  # noqa: B015
    right = Ref("Document_РеализацияТоваровУслуг", KEY)
    assert "cast(" in said(order["ДокументОснование"] == right)


def test_a_composite_reference_whose_targets_nobody_states_needs_its_set_named(
    order: Fields,
) -> None:
    with pytest.raises(ConfigurationError, match="Ref"):
        order["ДокументОснование"] == KEY  # noqa: B015
    with pytest.raises(ConfigurationError, match="Undefined"):
        order["ДокументОснование"] == None  # noqa: B015, E711
    named = order["ДокументОснование"] == Ref("Document_ЗаказКлиента", KEY)
    assert "cast(" in said(named)


def test_a_reference_takes_a_guid_in_any_dress_and_no_reference_to_another_set(
    order: Fields,
) -> None:
    plain = f"Контрагент_Key eq guid'{KEY}'"
    assert said(order["Контрагент_Key"] == KEY) == plain
    assert said(order["Контрагент_Key"] == str(KEY)) == plain
    assert said(order["Контрагент_Key"] == Ref("Catalog_Контрагенты", KEY)) == plain
    assert said(order["Контрагент_Key"] == None) == (  # noqa: E711
        "Контрагент_Key eq guid'00000000-0000-0000-0000-000000000000'"
    )
    with pytest.raises(ConfigurationError, match="Catalog_Контрагенты"):
        order["Контрагент_Key"] == Ref("Catalog_Номенклатура", KEY)  # noqa: B015


@pytest.mark.parametrize(
    "wrong",
    [
        lambda order: order["СуммаДокумента"] == "сто",
        lambda order: order["СуммаДокумента"] == True,  # noqa: E712
        lambda order: order["Posted"] == "true",
        lambda order: order["Date"] >= "2026-01-01",
        lambda order: order["Number"] == Decimal(7),
        lambda order: order["Контрагент_Key"] == "Ромашка",
        lambda order: order["Контрагент_Key"] > KEY,
        lambda order: order["Posted"] > True,
        lambda order: order["ДокументОснование"] > "x",
        lambda order: order.section("Товары")["Цена"] == "дорого",
    ],
)
def test_a_value_of_another_type_is_refused_before_it_finds_nothing(
    order: Fields, wrong: Callable[[Fields], Filter]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        wrong(order)
    assert caught.value.code == "bad_filter"


def test_right_values_are_written_as_usual(order: Fields) -> None:
    rows = order.section("Товары")
    condition = (
        (order["СуммаДокумента"] > Decimal("1.50"))
        & (order["Date"] >= date(2026, 1, 1))
        & order["Number"].startswith("0")
        & rows.any(rows["Номенклатура_Key"] == KEY)
    )
    assert said(condition) == (
        "СуммаДокумента gt 1.50 and Date ge datetime'2026-01-01T00:00:00' and "
        f"startswith(Number,'0') and Товары/any(d: d/Номенклатура_Key eq guid'{KEY}')"
    )


def test_a_field_behind_a_reference_has_the_type_that_it_has_there(order: Fields) -> None:
    assert said(order["Контрагент/ИНН"] == "7707083893") == "Контрагент/ИНН eq '7707083893'"
    with pytest.raises(ConfigurationError):
        order["Контрагент/ИНН"] == 7707083893  # noqa: B015
    with pytest.raises(ConfigurationError, match="ИНН"):
        order["Контрагент/ИННН"]


@pytest.mark.parametrize(
    ("path", "near"),
    [("Дата", "Дата"), ("Контрагент_Кey", "Контрагент_Key"), ("Контрагнт/ИНН", "Контрагент")],
)
def test_a_name_that_is_not_there_is_refused_with_the_nearest(
    order: Fields, path: str, near: str
) -> None:
    with pytest.raises(ConfigurationError, match=near) as caught:
        order[path]
    assert caught.value.code == "no_such_field"


def test_a_read_checks_every_name_that_it_asks_for(order: Fields) -> None:
    query = order.query(
        ["Ref_Key", "Товары/Цена", "Контрагент____Presentation", "Контрагент/ИНН"],
        order=["Date desc"],
        expand=["Контрагент"],
        top=5,
    )
    assert (query.expand, query.top) == (("Контрагент",), 5)
    for select in (["Ценна"], ["Товары/Ценна"], ["Товар"], ["Контрагент/ИННН"]):
        with pytest.raises(ConfigurationError):
            order.query(select)
    with pytest.raises(ConfigurationError):
        order.query(["Ref_Key"], order=["Дата"])
    with pytest.raises(ConfigurationError):
        order.query(["Ref_Key"], expand=["Контр"])
