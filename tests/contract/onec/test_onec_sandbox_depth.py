"""The client's finer arts against the stand-in base, which was written apart from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from tests.contract.onec.opening import QUICK
from tests.contract.sandbox.neighbours import INVOICES, STATUSES, Base, Hands, Process

from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.errors import ChangedMeanwhile
from provodka.connectors.onec.odata.fields import Fields
from provodka.connectors.onec.odata.filters import Field
from provodka.connectors.onec.odata.guest import Manners
from provodka.connectors.onec.odata.literals import Ref
from provodka.connectors.onec.odata.query import Query
from provodka.connectors.onec.odata.settings import OneCSettings
from provodka.connectors.onec.odata.virtual_tables import (
    account_balance,
    account_balance_and_turnovers,
    balance,
    slice_last,
    turnovers,
)
from provodka.foundation.errors import ConfigurationError, ReadBackMismatch, Refused

BOOKS = "AccountingRegister_Хозрасчетный"
STOCK = "AccumulationRegister_ТоварыНаСкладах"
PAYMENTS = "AccumulationRegister_ОплатаСчетов"
RATES = "InformationRegister_КурсыВалют"
RECEIPTS = "Document_ПоступлениеНаРасчетныйСчет"
CLIENTS = "Catalog_Контрагенты"
MOSCOW = ZoneInfo("Europe/Moscow")
MARKER = "pv-0001"
PAYMENT_STATUS = {"Статус_Type": "UnavailableEnums.СтатусОплатыСчета"}


@pytest.fixture(scope="module")
def about(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    process = Process(tmp_path_factory.mktemp("base"), "--seed", "7", "--no-pbx")
    yield process.about
    process.kill()


@pytest.fixture
def hands(about: dict[str, Any]) -> Iterator[Hands]:
    found = Hands(about)
    with closing(found.http):
        before = found.ask("GET", "switches")
        yield found
        found.ask("DELETE", "faults")
        found.ask("POST", "switches", **before)


@pytest.fixture
def accountant(about: dict[str, Any]) -> Iterator[Base]:
    found = Base(about)
    with closing(found.http):
        yield found


def opened(about: dict[str, Any], **changes: Any) -> ODataBase:
    asked = {"login": about["onec_login"], "password": about["onec_password"], **changes}
    given = OneCSettings(about["onec_url"], manners=Manners(share=100), **asked)
    return ODataBase(given, retries=QUICK)


@pytest.fixture
def base(about: dict[str, Any]) -> Iterator[ODataBase]:
    with opened(about) as found:
        yield found


def settled(accountant: Base, hands: Hands) -> UUID:
    """A client who owes 1,605 ₽ on account 62.01."""
    party = str(accountant.create(CLIENTS, Description="Клиент проверки")["Ref_Key"])
    invoice = accountant.posted(Контрагент_Key=party)
    hands.ship(invoice)
    hands.pay(invoice, share="0.5")
    return UUID(party)


def of_client(party: UUID) -> Any:
    return Field("ExtDimension1") == Ref(CLIENTS, party)


def test_mutual_settlements_come_from_the_accounting_register(
    base: ODataBase, accountant: Base, hands: Hands
) -> None:
    party = settled(accountant, hands)
    table = account_balance(
        BOOKS, accounts=Field("Account/Code") == "62.01", condition=of_client(party)
    )
    table.check(base.metadata(now=datetime.now(UTC)))
    (row,) = base.read_table(table)
    assert row["СуммаBalance"] == Decimal(1605)
    assert isinstance(row["СуммаBalanceDr"], (Decimal, int))
    assert row["ExtDimension1"] == str(party)
    assert row["ExtDimension2_Type"] == "StandardODATA.Catalog_ДоговорыКонтрагентов"


def test_an_opening_balance_and_turnovers_make_the_closing_one(
    base: ODataBase, accountant: Base, hands: Hands
) -> None:
    party = settled(accountant, hands)
    (row,) = base.read_table(
        account_balance_and_turnovers(
            BOOKS,
            start=datetime(2026, 1, 1, tzinfo=MOSCOW),
            end=datetime(2027, 1, 1, tzinfo=MOSCOW),
            accounts=Field("Account/Code") == "62.01",
            condition=of_client(party),
            dimensions=("ExtDimension1",),
        ),
        select=("СуммаOpeningBalance", "СуммаTurnoverDr", "СуммаClosingBalance"),
    )
    assert row == {
        "СуммаOpeningBalance": 0,
        "СуммаTurnoverDr": Decimal(3210),
        "СуммаClosingBalance": Decimal(1605),
    }


def test_stock_and_payments_are_read_as_balances_and_turnovers(
    base: ODataBase, accountant: Base, hands: Hands
) -> None:
    settled(accountant, hands)
    hands.ask("POST", "published", **{STOCK: True})
    stock = base.read_table(balance(STOCK, dimensions=("Номенклатура",)))
    assert stock
    assert all(isinstance(row["ВНаличииBalance"], (Decimal, int)) for row in stock)
    paid = base.read_table(turnovers(PAYMENTS, start=datetime(2026, 1, 1, tzinfo=MOSCOW)))
    assert sum(row["СуммаTurnover"] for row in paid) >= 1605


def test_a_register_of_turnovers_says_in_words_that_it_has_no_balance(base: ODataBase) -> None:
    with pytest.raises(ConfigurationError, match="Turnovers") as caught:
        base.read_table(balance(PAYMENTS))
    assert caught.value.code == "no_virtual_table"
    assert "Метод не найден" in caught.value.found


def test_the_latest_rate_is_a_slice(base: ODataBase) -> None:
    rates = base.read_table(slice_last(RATES, period=datetime(2026, 11, 22, tzinfo=MOSCOW)))
    assert rates
    assert {row["Валюта_Key"] for row in rates}


def test_a_record_is_entered_once_and_then_changed(base: ODataBase, accountant: Base) -> None:
    invoice = accountant.create()
    key = {
        "Организация_Key": UUID(invoice["Организация_Key"]),
        "Документ": Ref(INVOICES, UUID(invoice["Ref_Key"])),
    }
    assert base.get_record(STATUSES, key) is None
    base.put_record(STATUSES, key, {**PAYMENT_STATUS, "Статус": "НеОплачен"})
    assert (base.get_record(STATUSES, key) or {})["Статус"] == "НеОплачен"
    again = base.put_record(STATUSES, key, {**PAYMENT_STATUS, "Статус": "Отменен"})
    assert again["Статус"] == "Отменен"
    assert accountant.status(invoice)[0] == "Отменен"


def test_a_record_stored_differently_is_an_error(
    base: ODataBase, accountant: Base, hands: Hands
) -> None:
    invoice = accountant.create()
    key = {
        "Организация_Key": UUID(invoice["Организация_Key"]),
        "Документ": Ref(INVOICES, UUID(invoice["Ref_Key"])),
    }
    with pytest.raises(ReadBackMismatch, match="НетТакого"):
        base.put_record(STATUSES, key, {**PAYMENT_STATUS, "Статус": "Оплачен", "НетТакого": "x"})


@pytest.mark.parametrize("honoured", [True, False])
def test_whether_versions_in_if_match_are_honoured_is_found_out_on_a_document_of_ours(
    about: dict[str, Any], hands: Hands, accountant: Base, honoured: bool
) -> None:
    hands.ask("POST", "switches", if_match=honoured)
    ours = accountant.create(Комментарий=f"{MARKER} счёт")
    with opened(about) as base:
        ref, how = UUID(ours["Ref_Key"]), {"marker_field": "Комментарий", "marker": MARKER}
        assert base.find_if_match(INVOICES, ref, **how) is honoured
    stored = accountant.read(ours)
    assert (stored["DataVersion"] == ours["DataVersion"]) is honoured
    assert {**stored, "DataVersion": ""} == {**accountant.read(ours), "DataVersion": ""}


@pytest.mark.parametrize("wish", ["posted", "foreign"])
def test_if_match_is_not_tried_on_what_is_posted_or_not_ours(
    base: ODataBase, accountant: Base, wish: str
) -> None:
    make = {"posted": accountant.posted, "foreign": accountant.create}[wish]
    document = make(Комментарий=MARKER if wish == "posted" else "счёт бухгалтера")
    with pytest.raises(ConfigurationError, match="меткой"):
        base.find_if_match(
            INVOICES, UUID(document["Ref_Key"]), marker_field="Комментарий", marker=MARKER
        )


@pytest.mark.parametrize("honoured", [True, False])
def test_what_somebody_changed_meanwhile_is_not_overwritten(
    about: dict[str, Any], hands: Hands, accountant: Base, honoured: bool
) -> None:
    hands.ask("POST", "switches", if_match=honoured)
    invoice = accountant.create()
    ref = UUID(invoice["Ref_Key"])
    with opened(about, if_match=honoured) as base:
        base.update(INVOICES, ref, {"Комментарий": "бухгалтер"})
        with pytest.raises(ChangedMeanwhile):
            base.update(INVOICES, ref, {"Комментарий": "хаб"}, version=invoice["DataVersion"])
        row = base.get(INVOICES, ref) or {}
        assert row["Комментарий"] == "бухгалтер"
        now = base.update(INVOICES, ref, {"Комментарий": "хаб"}, version=row["DataVersion"])
    assert now.row["Комментарий"] == "хаб"


def test_columns_of_an_accountant_survive_rows_sent_without_them(
    base: ODataBase, accountant: Base
) -> None:
    ref = UUID(accountant.create()["Ref_Key"])
    before = (base.get(INVOICES, ref) or {})["Товары"]
    rows = [
        {"Номенклатура": Ref("Catalog_Номенклатура", UUID(row["Номенклатура"])), "Цена": price}
        for row, price in zip(reversed(before), (Decimal("10.50"), Decimal("20.50")), strict=True)
    ]
    carry = {"Товары": ("Номенклатура",)}
    after = base.update(INVOICES, ref, {"Товары": rows}, carry=carry).row["Товары"]
    assert [row["Цена"] for row in after] == [Decimal("10.50"), Decimal("20.50")]
    assert [row["СтавкаНДС"] for row in after] == [row["СтавкаНДС"] for row in reversed(before)]
    assert [row["Количество"] for row in after] == [row["Количество"] for row in reversed(before)]
    assert [row["LineNumber"] for row in after] == ["1", "2"]


def test_a_closed_period_refuses_to_post_in_the_words_of_the_base(
    base: ODataBase, accountant: Base, hands: Hands
) -> None:
    invoice = accountant.create()
    hands.fault("refuse", method="POST", text="Период закрыт для изменения!")
    with pytest.raises(Refused, match="Период закрыт для изменения!"):
        base.post(INVOICES, UUID(invoice["Ref_Key"]))


def test_a_reference_is_followed_because_its_field_is_selected_too(base: ODataBase) -> None:
    fields = Fields(base.metadata(now=datetime.now(UTC)), INVOICES)
    query = fields.query(["Ref_Key"], expand=["Контрагент"], top=1)
    (page,) = base.read_pages(INVOICES, query)
    assert page.rows[0]["Контрагент"]["Ref_Key"]
    assert page.rows[0]["Контрагент"]["Description"]


def test_a_composite_reference_is_found_only_with_its_cast(
    base: ODataBase, accountant: Base, hands: Hands
) -> None:
    invoice = accountant.posted()
    hands.pay(invoice)
    targets = {"Контрагент": [CLIENTS, "Catalog_Организации"]}
    metadata = base.metadata(now=datetime.now(UTC))
    party = UUID(invoice["Контрагент_Key"])
    with pytest.raises(ConfigurationError, match="Catalog_Организации"):
        Fields(metadata, RECEIPTS, targets)["Контрагент"] == party  # noqa: B015
    one = Fields(metadata, RECEIPTS, {"Контрагент": [CLIENTS]})
    assert base.count(RECEIPTS, one["Контрагент"] == party) > 0


def test_a_hundred_references_are_read_in_several_goes_each_once(base: ODataBase) -> None:
    known = [
        UUID(row["Ref_Key"])
        for page in base.read_pages(CLIENTS, Query(select=("Ref_Key",)))
        for row in page.rows
    ]
    wanted = [*known, *(UUID(int=number) for number in range(100))]
    chosen = Query(select=("Ref_Key", "ИНН"), filter=Field("Ref_Key").one_of(wanted))
    pages = list(base.read_pages(CLIENTS, chosen))
    assert len(pages) > 1
    assert sorted(row["Ref_Key"] for page in pages for row in page.rows) == sorted(map(str, known))
    assert [page.skip for page in pages][1] == len(pages[0].rows)


def test_conditions_that_overlap_give_each_row_once(base: ODataBase) -> None:
    parts = [Field("Description").contains(letter) for letter in "аоеиноаеи"]
    long = parts[0]
    for number in range(40):
        long = long | Field("Description").contains("о" * (1 + number % 3) + "н" * (number // 3))
    for part in parts:
        long = long | part
    chosen = Query(select=("Ref_Key",), filter=long)
    keys = [row["Ref_Key"] for page in base.read_pages(CLIENTS, chosen) for row in page.rows]
    assert (
        len(keys)
        == len(set(keys))
        == base.count(
            CLIENTS,
            Field("Description").contains("о")
            | Field("Description").contains("а")
            | Field("Description").contains("е")
            | Field("Description").contains("и")
            | Field("Description").contains("н"),
        )
    )
    with pytest.raises(ConfigurationError, match="Ref_Key"):
        list(base.read_pages(CLIENTS, Query(select=("ИНН",), filter=long)))


def test_reading_by_date_does_not_go_through_utc(base: ODataBase, accountant: Base) -> None:
    accountant.create(Date="2026-03-01T00:30:00", Комментарий="ночью")
    start = datetime(2026, 3, 1, tzinfo=MOSCOW)
    night = (Field("Date") >= start) & (Field("Date") < start + timedelta(hours=1))
    (page,) = base.read_pages(INVOICES, Query(select=("Date",), filter=night))
    assert {row["Date"] for row in page.rows} == {"2026-03-01T00:30:00"}
