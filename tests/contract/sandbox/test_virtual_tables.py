"""Virtual tables over what posting really moved: stock, settlements, accounts, rates, prices."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from tests.contract.sandbox.neighbours import STATUSES, Base, Hands, Record, address

ACCOUNTING = "AccountingRegister_Хозрасчетный"
STOCK = "AccumulationRegister_ТоварыНаСкладах"
SETTLEMENTS = "AccumulationRegister_РасчетыСПокупателями"
RATES = "InformationRegister_КурсыВалют"
PRICES = "InformationRegister_ЦеныНоменклатуры"
PAYMENTS = "AccumulationRegister_ОплатаСчетов"
EDM = "{http://schemas.microsoft.com/ado/2009/11/edm}"


@pytest.fixture
def party(base: Base) -> Iterator[str]:
    """A client of this test alone."""
    client = base.create("Catalog_Контрагенты", Description="Клиент проверки")
    yield client["Ref_Key"]
    base.http.delete(address(client, "Catalog_Контрагенты"))


@pytest.fixture
def trade(hands: Hands) -> Hands:
    """The registers of balances, published."""
    hands.ask("POST", "published", **{STOCK: True, SETTLEMENTS: True})
    return hands


def literal(text: str) -> str:
    """A string literal of OData."""
    return "'" + text.replace("'", "''") + "'"


def called(register: str, method: str, **arguments: str) -> str:
    """The address of a virtual table; dates are given as ISO strings."""
    parts = [
        f"{name}=datetime'{value}'" if name.endswith("Period") else f"{name}={literal(value)}"
        for name, value in arguments.items()
    ]
    return f"{register}/{method}({','.join(parts)})"


def of_account(base: Base, party: str, code: str, method: str = "Balance", **more: str) -> Record:
    """The only row of a client on an account."""
    rows = base.rows(
        called(ACCOUNTING, method, AccountCondition=f"Account/Code eq '{code}'", **more),
        filter=f"ExtDimension1 eq cast(guid'{party}','Catalog_Контрагенты')",
    )
    assert len(rows) == 1
    return rows[0]


def codes(base: Base) -> dict[str, str]:
    """Codes of the accounts by reference."""
    return {row["Ref_Key"]: row["Code"] for row in base.rows("ChartOfAccounts_Хозрасчетный")}


def test_a_register_of_turnovers_has_no_balance(base: Base) -> None:
    assert base.error(base.get(f"{PAYMENTS}/Balance()")) == (400, "6", "Метод не найден")


@pytest.mark.parametrize(
    "path", [f"{STATUSES}/SliceLast()", f"{RATES}/Balance", f"{ACCOUNTING}/SliceLast"]
)
def test_a_table_that_the_register_does_not_have_is_an_unknown_method(
    base: Base, path: str
) -> None:
    assert base.error(base.get(path)) == (400, "6", "Метод не найден")


def test_a_shipment_makes_a_debt_and_a_payment_takes_it(
    base: Base, hands: Hands, party: str
) -> None:
    invoice = base.posted(Контрагент_Key=party)
    hands.ship(invoice)
    debt = of_account(base, party, "62.01")
    sums = [debt[f"СуммаBalance{side}"] for side in ("", "Dr", "Cr")]
    assert sums == [Decimal(3210), Decimal(3210), 0]
    assert debt["ExtDimension2"] == invoice["ДоговорКонтрагента_Key"]
    assert debt["ExtDimension2_Type"] == "StandardODATA.Catalog_ДоговорыКонтрагентов"
    assert debt["ExtDimension3_Type"] == "StandardODATA.Document_РеализацияТоваровУслуг"
    hands.pay(invoice, share="0.5")
    assert of_account(base, party, "62.01")["СуммаBalance"] == Decimal(1605)


def test_a_payment_in_advance_is_set_off_by_the_shipment(
    base: Base, hands: Hands, party: str
) -> None:
    invoice = base.posted(Контрагент_Key=party)
    payment = hands.pay(invoice, share="0.5")
    advance = of_account(base, party, "62.02")
    assert (advance["СуммаBalance"], advance["СуммаBalanceCr"]) == (-1605, 1605)
    assert advance["ExtDimension3"] == payment["ref"]
    hands.ship(invoice)
    assert of_account(base, party, "62.01")["СуммаBalance"] == Decimal(1605)
    turned = of_account(base, party, "62.02", "Turnovers")
    assert [turned[f"СуммаTurnover{side}"] for side in ("", "Dr", "Cr")] == [0, 1605, 1605]


def test_a_balance_is_that_before_its_moment(base: Base, hands: Hands, party: str) -> None:
    invoice = base.posted(Контрагент_Key=party, Date="2026-02-01T10:00:00")
    hands.ship(invoice, date="2026-02-05")
    hands.pay(invoice, share="0.5", date="2026-03-05")

    def at(moment: str) -> list[Decimal]:
        rows = base.rows(
            called(
                ACCOUNTING,
                "Balance",
                Period=moment,
                AccountCondition="Account/Code eq '62.01'",
                Condition=f"ExtDimension1 eq cast(guid'{party}','Catalog_Контрагенты')",
                Dimensions="ExtDimension1",
            )
        )
        return [row["СуммаBalance"] for row in rows]

    assert at("2026-02-05T12:00:00") == []
    assert at("2026-02-05T12:00:01") == [3210]
    assert at("2026-03-31T00:00:00") == [1605]


def test_opening_balance_and_turnovers_make_the_closing_balance(
    base: Base, hands: Hands, party: str
) -> None:
    invoice = base.posted(Контрагент_Key=party, Date="2026-02-01T10:00:00")
    hands.ship(invoice, date="2026-02-05")
    hands.pay(invoice, share="0.5", date="2026-03-05")
    row = of_account(
        base,
        party,
        "62.01",
        "BalanceAndTurnovers",
        StartPeriod="2026-03-01T00:00:00",
        EndPeriod="2026-03-31T23:59:59",
    )
    assert row["СуммаOpeningBalanceDr"] == 3210
    assert (row["СуммаTurnoverDr"], row["СуммаTurnoverCr"]) == (0, 1605)
    assert row["СуммаClosingBalance"] == 1605


def test_entries_are_in_balance(base: Base, hands: Hands) -> None:
    invoice = base.posted()
    hands.pay(invoice, share="0.3")
    hands.ship(invoice)
    hands.pay(invoice, cash=True)
    rows = base.rows(f"{ACCOUNTING}/Balance")
    assert sum(row["СуммаBalance"] for row in rows) == 0
    debit = sum(row["СуммаBalanceDr"] for row in rows)
    assert debit == sum(row["СуммаBalanceCr"] for row in rows) > 0


def test_a_sale_makes_the_entries_of_the_configuration(base: Base, hands: Hands) -> None:
    shipment = hands.ship(base.posted())
    names = codes(base)
    rows = base.rows(
        called(ACCOUNTING, "RecordsWithExtDimensions", StartPeriod="2026-01-01T00:00:00"),
    )
    mine = [row for row in rows if row["Recorder"] == shipment["ref"]]
    pairs = {(names[row["AccountDr_Key"]], names[row["AccountCr_Key"]]) for row in mine}
    assert {("62.01", "90.01.1"), ("90.03", "68.02"), ("90.02.1", "41.01")} <= pairs
    revenue = [row for row in mine if names[row["AccountCr_Key"]] == "90.01.1"]
    assert sum(row["Сумма"] for row in revenue) == 3210
    assert {row["ExtDimensionCr2"] for row in revenue} == {"НДС22"}
    cost = next(row for row in mine if names[row["AccountDr_Key"]] == "90.02.1")
    assert (cost["КоличествоCr"], cost["Сумма"]) == (3, Decimal("576"))


def test_ext_dimensions_are_not_in_the_record_set_but_in_the_table_of_their_own(
    base: Base, hands: Hands
) -> None:
    payment = hands.pay(base.posted())
    kind = f"StandardODATA.{payment['set']}"
    key = f"Recorder='{payment['ref']}',Recorder_Type='{kind}'"
    record = base.get(f"{ACCOUNTING}({key})").json()["RecordSet"][0]
    assert not [name for name in record if name.startswith("ExtDimension")]
    row = next(
        row
        for row in base.rows(f"{ACCOUNTING}/RecordsWithExtDimensions()")
        if row["Recorder"] == payment["ref"]
    )
    kinds = {
        item["Ref_Key"]: item["PredefinedDataName"]
        for item in base.rows("ChartOfCharacteristicTypes_ВидыСубконтоХозрасчетные")
    }
    assert kinds[row["ExtDimensionTypeCr1_Key"]] == "Контрагенты"
    assert row["ExtDimensionCr1_Type"] == "StandardODATA.Catalog_Контрагенты"
    assert (row["ExtDimensionDr2"], row["КоличествоDr"]) == (None, None)


def test_records_with_ext_dimensions_cannot_be_paged(base: Base) -> None:
    path = f"{ACCOUNTING}/RecordsWithExtDimensions"
    assert base.get(path, skip="1").status_code == 400
    assert len(base.rows(f"{path}(Top=2)")) == 2


def test_an_unposted_document_has_no_entries(base: Base, hands: Hands, party: str) -> None:
    payment = hands.pay(base.posted(Контрагент_Key=party))
    hands.ask("POST", "accountant/unpost", document=payment["set"], ref=payment["ref"])
    rows = base.rows(
        f"{ACCOUNTING}/Balance",
        filter=f"ExtDimension1 eq cast(guid'{party}','Catalog_Контрагенты')",
    )
    assert rows == []


def test_stock_goes_down_by_what_is_shipped(base: Base, trade: Hands) -> None:
    invoice = base.posted(Склад_Key=base.rows("Catalog_Склады")[0]["Ref_Key"])
    item = invoice["Товары"][0]["Номенклатура"]
    condition = f"Номенклатура_Key eq guid'{item}'"

    def stock(**period: str) -> Decimal:
        path = called(STOCK, "Balance", Condition=condition, Dimensions="Номенклатура", **period)
        (row,) = base.rows(path)
        assert set(row) == {"Номенклатура_Key", "ВНаличииBalance", "КОтгрузкеBalance"}
        return Decimal(row["ВНаличииBalance"])

    opened = called(STOCK, "Balance", Condition=condition, Period="2024-12-31T23:59:59")
    assert base.rows(opened) == []
    before = stock()
    trade.ship(invoice)
    assert stock() == before - 3
    assert stock(Period="2025-01-01T00:00:00") == 5000
    turned = base.rows(called(STOCK, "Turnovers", Condition=condition, Dimensions="Номенклатура"))
    assert turned[0]["ВНаличииReceipt"] - turned[0]["ВНаличииExpense"] == before - 3
    assert turned[0]["ВНаличииTurnover"] == before - 3


def test_settlements_by_client_agree_with_the_accounts(
    base: Base, trade: Hands, party: str
) -> None:
    invoice = base.posted(Контрагент_Key=party)
    trade.pay(invoice, share="0.2")
    trade.ship(invoice)
    condition = f"Контрагент_Key eq guid'{party}'"
    path = called(SETTLEMENTS, "BalanceAndTurnovers", Condition=condition, Dimensions="Контрагент")
    (row,) = base.rows(path)
    assert row["СуммаClosingBalance"] == of_account(base, party, "62.01")["СуммаBalance"] == 2568
    assert row["СуммаOpeningBalance"] == 0


def test_results_obey_the_query_options(base: Base) -> None:
    options = {"filter": "Account/Code eq '41.01'", "orderby": "КоличествоBalance desc"}
    rows = base.rows(
        f"{ACCOUNTING}/Balance", select="КоличествоBalance,Account/Code", top="3", **options
    )
    assert len(rows) == 3
    assert set(rows[0]) <= {"КоличествоBalance", "Account"}
    expanded = base.rows(
        f"{ACCOUNTING}/Balance", top="1", select="Account,СуммаBalance", expand="Account"
    )
    assert expanded[0]["Account"]["Code"]


@pytest.mark.parametrize(
    "arguments",
    ["Нет='x'", "Period=datetime'вчера'", "Dimensions='Нет'", "Condition='Нет eq 1'"],
)
def test_wrong_arguments_are_refused(base: Base, arguments: str) -> None:
    assert base.get(f"{ACCOUNTING}/Balance({arguments})").status_code == 400


def test_the_last_slice_is_up_to_its_moment_and_the_first_from_it(base: Base) -> None:
    def rate(path: str) -> Any:
        (row,) = base.rows(path)
        return row["Курс"]

    assert rate(f"{RATES}/SliceLast") == Decimal("83.4471")
    assert rate(called(RATES, "SliceLast", Period="2026-06-01T00:00:00")) == Decimal("81.2034")
    assert rate(called(RATES, "SliceFirst", Period="2026-06-01T00:00:01")) == Decimal("83.4471")
    assert base.rows(called(RATES, "SliceLast", Period="2025-01-01T00:00:00")) == []


def test_prices_have_a_slice_per_item(base: Base, hands: Hands) -> None:
    item = base.rows("Catalog_Номенклатура", filter="Артикул eq 'ВОДА-19'")[0]["Ref_Key"]
    condition = f"Номенклатура_Key eq guid'{item}'"
    last = base.rows(called(PRICES, "SliceLast", Condition=condition))
    first = base.rows(called(PRICES, "SliceFirst", Condition=condition))
    assert [(row["Цена"]) for row in (*last, *first)] == [320, 288]
    assert last[0]["Recorder_Type"].startswith("UnavailableEntities.UnavailableEntity_")


def test_metadata_describes_the_tables_and_what_they_return(base: Base, trade: Hands) -> None:
    root = fromstring(base.get("$metadata").content)
    imports = {
        (item.get("Name"), str(item.get("ReturnType")))
        for item in root.iter(f"{EDM}FunctionImport")
    }
    types = {str(item.get("Name")): item for item in root.iter(f"{EDM}ComplexType")}
    for name, part in (("Balance", "Balance"), ("BalanceAndTurnovers", "BalanceAndTurnover")):
        for register in (ACCOUNTING, STOCK):
            assert (name, f"Collection(StandardODATA.{register}_{part})") in imports
            assert f"{register}_{part}" in types
    described = {item.get("Name") for item in types[f"{ACCOUNTING}_Balance"]}
    assert set(base.rows(f"{ACCOUNTING}/Balance", top="1")[0]) == described
    assert ("Balance", f"Collection(StandardODATA.{PAYMENTS}_Balance)") not in imports
    assert ("SliceLast", f"Collection(StandardODATA.{PRICES}_RecordType)") in imports
