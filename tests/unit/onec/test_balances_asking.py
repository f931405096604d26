"""What a base is asked for a balance: the end of its own day, accounts by code, few columns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest

from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.settings import OneCSettings
from provodka.flows.onec.balances.asking import table_of
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
