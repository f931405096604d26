"""What a virtual table's address says, and what is refused before it is sent."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from urllib.parse import unquote
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from provodka.connectors.onec.odata.filters import Field
from provodka.connectors.onec.odata.literals import Ref
from provodka.connectors.onec.odata.metadata import Metadata
from provodka.connectors.onec.odata.metadata_reader import parse_metadata
from provodka.connectors.onec.odata.virtual_tables import (
    VirtualTable,
    account_balance,
    account_balance_and_turnovers,
    account_turnovers,
    balance,
    balance_and_turnovers,
    ext_dimensions,
    records_with_ext_dimensions,
    slice_first,
    slice_last,
    turnovers,
)
from provodka.foundation.errors import ConfigurationError

DATA = Path(__file__).parents[2] / "data/onec"
MOSCOW = ZoneInfo("Europe/Moscow")
KEY = UUID("41aa6331-954f-11e3-814b-005056c00008")
KIND = UUID("41aa6331-954f-11e3-814b-005056c00009")
NOON = datetime(2026, 11, 22, 12, tzinfo=MOSCOW)
STOCK = "AccumulationRegister_ТоварыОрганизаций"
BOOKS = "AccountingRegister_Хозрасчетный"
RATES = "InformationRegister_КурсыВалют"


@pytest.fixture(scope="module")
def trade() -> Metadata:
    return parse_metadata((DATA / "metadata_trade_8.5.xml").read_bytes())


@pytest.mark.parametrize(
    ("table", "path"),
    [
        (balance(STOCK), f"{STOCK}/Balance()"),
        (
            balance(STOCK, period=NOON, dimensions=("Организация", "Номенклатура")),
            f"{STOCK}/Balance(Period=datetime'2026-11-22T12:00:00',"
            "Dimensions='Организация,Номенклатура')",
        ),
        (
            turnovers(STOCK, start=date(2026, 1, 1), end=NOON, condition=Field("A_Key") == KEY),
            f"{STOCK}/Turnovers(StartPeriod=datetime'2026-01-01T00:00:00',"
            f"EndPeriod=datetime'2026-11-22T12:00:00',Condition='A_Key eq guid''{KEY}''')",
        ),
        (
            balance_and_turnovers(STOCK, condition=Field("Имя") == "О'Нил"),
            f"{STOCK}/BalanceAndTurnovers(Condition='Имя eq ''О''''Нил''')",
        ),
        (
            slice_last(RATES, period=NOON, condition=Field("Валюта_Key") == KEY),
            f"{RATES}/SliceLast(Period=datetime'2026-11-22T12:00:00',"
            f"Condition='Валюта_Key eq guid''{KEY}''')",
        ),
        (slice_first(RATES), f"{RATES}/SliceFirst()"),
        (
            account_balance(
                BOOKS,
                accounts=Field("Account/Code") == "62.01",
                extra=(KEY, KIND),
                condition=Field("ExtDimension1") == Ref("Catalog_Контрагенты", KEY),
            ),
            f"{BOOKS}/Balance(AccountCondition='Account/Code eq ''62.01''',"
            f"ExtraDimensions='{KEY},{KIND}',"
            f"Condition='ExtDimension1 eq cast(guid''{KEY}'',''Catalog_Контрагенты'')')",
        ),
        (
            account_turnovers(
                BOOKS, balanced_accounts=Field("Account/Code") == "51", balanced_extra=(KIND,)
            ),
            f"{BOOKS}/Turnovers(BalancedAccountCondition='Account/Code eq ''51''',"
            f"BalancedExtraDimensions='{KIND}')",
        ),
        (
            account_balance_and_turnovers(BOOKS, dimensions=("Account",)),
            f"{BOOKS}/BalanceAndTurnovers(Dimensions='Account')",
        ),
        (records_with_ext_dimensions(BOOKS, top=5), f"{BOOKS}/RecordsWithExtDimensions(Top=5)"),
        (ext_dimensions(BOOKS), f"{BOOKS}/ExtDimensions()"),
    ],
)
def test_a_table_is_addressed_as_1c_reads_it(table: VirtualTable, path: str) -> None:
    assert unquote(table.path(MOSCOW)) == path


def test_what_would_end_the_path_is_encoded_in_a_condition() -> None:
    path = balance(STOCK, condition=Field("Имя") == "a/b?c#d%e+f").path(MOSCOW)
    condition = path.partition("Condition=")[2]
    assert not set(condition) & set("/?#+ ")
    assert "%25e" in condition


def test_a_condition_that_no_address_can_hold_is_refused_with_its_length() -> None:
    table = balance(STOCK, condition=Field("Имя") == "щ" * 400)
    with pytest.raises(ConfigurationError, match="2000") as caught:
        table.path(MOSCOW)
    assert caught.value.code == "url_too_long"


def test_a_dimension_cannot_smuggle_an_argument() -> None:
    with pytest.raises(ConfigurationError):
        balance(STOCK, dimensions=("A',Period='x",))


@pytest.mark.parametrize(
    ("table", "code", "said"),
    [
        (balance("AccumulationRegister_ВыручкаИСебестоимостьПродаж"), "no_virtual_table", "Turn"),
        (slice_last(STOCK), "no_virtual_table", "Balance"),
        (account_balance(STOCK, extra=(KEY,)), "no_parameter", "Dimensions"),
        (balance(STOCK, dimensions=("Номенклатурра",)), "no_dimension", "Организация"),
        (balance("AccumulationRegister_НетТакого"), "not_published", "опубликуйте"),
    ],
)
def test_what_the_base_does_not_describe_is_refused_with_what_it_does(
    trade: Metadata, table: VirtualTable, code: str, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        table.check(trade)
    assert caught.value.code == code


def test_what_the_base_describes_is_let_through(trade: Metadata) -> None:
    balance(STOCK, period=NOON, dimensions=("Организация",)).check(trade)
    turnovers("AccumulationRegister_ВыручкаИСебестоимостьПродаж", start=NOON).check(trade)
    slice_last("InformationRegister_СуммыДокументовВВалютахУчета").check(trade)
