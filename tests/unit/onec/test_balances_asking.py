"""What a base is asked for a balance: the end of its own day, accounts by code, few columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest

from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.query import Query
from provodka.connectors.onec.odata.settings import OneCSettings
from provodka.connectors.onec.odata.virtual_tables import VirtualTable
from provodka.flows.onec.balances.asking import ask, table_of
from provodka.foundation.errors import ConfigurationError
from provodka.mappings.balances.catalog import load_balances
from provodka.mappings.catalog import set_folder

MOSCOW = ZoneInfo("Europe/Moscow")
LATE = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)
"""In Moscow the next day has begun."""


@pytest.fixture
def base() -> Iterator[ODataBase]:
    with ODataBase(OneCSettings("http://127.0.0.1:9/base", "", "", timezone=MOSCOW)) as opened:
        yield opened


def test_settlements_are_asked_of_the_accounts_at_the_end_of_the_bases_day(
    base: ODataBase,
) -> None:
    one = load_balances(set_folder("bp30"))["settlements"]
    asked = unquote(table_of(one, base, LATE, ("62.01", "62.02")).path(MOSCOW))
    assert asked == (
        "AccountingRegister_Хозрасчетный/Balance(Period=datetime'2026-11-24T00:00:00',"
        "AccountCondition='Account/Code eq ''62.01'' or Account/Code eq ''62.02''',"
        "Dimensions='Организация,Валюта,Account,ExtDimension1,ExtDimension2')"
    )
    assert {"ExtDimension2_Type", "СуммаBalanceDr", "ВалютнаяСуммаBalanceCr"} <= set(one.select)
    assert "СуммаBalance" not in one.select


def test_stock_of_a_register_of_its_own_is_asked_by_product_and_warehouse(
    base: ODataBase,
) -> None:
    one = load_balances(set_folder("ut11"))["stock"]
    asked = unquote(table_of(one, base, LATE).path(MOSCOW))
    assert asked == (
        "AccumulationRegister_ТоварыНаСкладах/Balance(Period=datetime'2026-11-24T00:00:00',"
        "Dimensions='Номенклатура,Склад')"
    )
    assert one.select == ("Номенклатура_Key", "Склад_Key", "ВНаличииBalance")


def test_all_accounts_of_a_real_chart_fit_into_an_address(base: ODataBase) -> None:
    one = load_balances(set_folder("bp30"))["stock"]
    codes = [f"10.{number:02}" for number in range(1, 12)] + list(one.accounts)
    assert len(table_of(one, base, LATE, codes).path(MOSCOW)) < 2000


@dataclass
class Strict:
    """A base that takes no субконто for dimensions."""

    settings: OneCSettings
    code: str = "bad_query"
    asked: list[str] = field(default_factory=list)

    def read_pages(self, set_name: str, _query: Query) -> list[Any]:
        assert set_name.startswith(("ChartOfAccounts", "Catalog"))
        return [SimpleNamespace(rows=[{"Ref_Key": "1", "Code": "62.01", "Description": "Склад"}])]

    def read_table(self, table: VirtualTable, _select: Sequence[str]) -> list[Any]:
        path = unquote(table.path(MOSCOW))
        self.asked.append(path)
        if "Dimensions" in path:
            raise ConfigurationError("1С", found="нет такого измерения", code=self.code)
        return [{"СуммаBalanceDr": 1}]


def test_a_base_that_refuses_the_dimensions_is_asked_without_them(base: ODataBase) -> None:
    one = load_balances(set_folder("bp30"))["settlements"]
    strict = Strict(base.settings)
    assert ask(cast("ODataBase", strict), one, LATE).rows == [{"СуммаBalanceDr": 1}]
    assert ["Dimensions" in path for path in strict.asked] == [True, False]
    assert "AccountCondition='Account/Code eq ''62.01'''" in strict.asked[1]


def test_another_refusal_is_not_asked_again(base: ODataBase) -> None:
    strict = Strict(base.settings, code="not_published")
    with pytest.raises(ConfigurationError):
        ask(cast("ODataBase", strict), load_balances(set_folder("bp30"))["settlements"], LATE)
    own = Strict(base.settings)
    with pytest.raises(ConfigurationError):
        ask(cast("ODataBase", own), load_balances(set_folder("ut11"))["stock"], LATE)
    assert (len(strict.asked), len(own.asked)) == (1, 1)
