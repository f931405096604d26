from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.mappings.bp30_samples import (
    BOOKS,
    CLIENT,
    CONTRACT,
    EMPTY,
    INVOICE,
    KNOWN,
    MAPPINGS,
    MOSCOW,
    ORGANIZATION,
    PRODUCT,
    RUBLE,
    line,
    ours,
    wire_invoice,
)

from provodka.mappings.reading import PageReading, as_dict, read_page, references


def read(name: str, *rows: Any) -> PageReading:
    return read_page(MAPPINGS[name], rows, KNOWN, MOSCOW, BOOKS)


def one(name: str, row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    page = read(name, row)
    assert not page.misunderstood, page.misunderstood[0].error
    return as_dict(MAPPINGS[name], page.understood[0])


def wire_payment(**changed: Any) -> dict[str, Any]:
    return {
        "Ref_Key": INVOICE[:-1] + "9",
        "DataVersion": "AAAAAAAAAAM=",
        "DeletionMark": False,
        "ВидОперации": "ОплатаПокупателя",
        "Number": "0000-000003",
        "Date": "2026-03-05T00:00:00",
        "Контрагент": CLIENT,
        "Контрагент_Type": "StandardODATA.Catalog_Контрагенты",
        "СуммаДокумента": Decimal("2440.00"),
        "ВалютаДокумента_Key": RUBLE,
        "Posted": True,
        "НазначениеПлатежа": "Оплата по счету 7",
        "НомерВходящегоДокумента": "7",
        "ДатаВходящегоДокумента": "2026-03-05T00:00:00",
        "Комментарий": "",
        "РасшифровкаПлатежа": [
            {
                "LineNumber": "1",
                "СчетНаОплату_Key": INVOICE,
                "ДоговорКонтрагента_Key": CONTRACT,
                "СуммаПлатежа": Decimal("2440.00"),
            }
        ],
    } | changed


def wire_client(**changed: Any) -> dict[str, Any]:
    return {
        "Ref_Key": CLIENT,
        "DataVersion": "AAAAAAAAAAE=",
        "DeletionMark": False,
        "IsFolder": False,
        "Description": " Ромашка ООО ",
        "НаименованиеПолное": "ООО «Ромашка»",
        "ЮридическоеФизическоеЛицо": "ЮридическоеЛицо",
        "ИНН": "7707083893",
        "КПП": "773601001",
        "КонтактнаяИнформация": [
            {"Тип": "Адрес", "Представление": "Оренбург, ул. Мира, 1"},
            {"Тип": "Телефон", "Представление": ""},
            {"Тип": "Телефон", "Представление": "8 (495) 123-45-67"},
            {"Тип": "Телефон", "Представление": "8 (495) 765-43-21"},
            {"Тип": "АдресЭлектроннойПочты", "Представление": "Sales@Client.example"},
        ],
    } | changed


def test_a_client_brings_its_first_phone_and_mail_and_address() -> None:
    values, _parts = one("client", wire_client())
    assert values["phone"] == "+74951234567"
    assert values["email"] == "sales@client.example"
    assert values["delivery_address"] == "Оренбург, ул. Мира, 1"


def test_a_client_without_contacts_has_none() -> None:
    values, _parts = one("client", wire_client(КонтактнаяИнформация=[]))
    assert (values["phone"], values["email"]) == (None, None)


def test_an_invoice_becomes_rows_of_the_store() -> None:
    values, parts = one("invoice", wire_invoice())
    assert values == {
        "number": "СЧ00-000007",
        "date": datetime(2026, 3, 4, 7, 20, 30, tzinfo=UTC),
        "organization_id": ours(ORGANIZATION),
        "client_id": ours(CLIENT),
        "contract_id": ours(CONTRACT),
        "currency": "RUB",
        "amount": Decimal("2440.00"),
        "vat_included": True,
        "posted": True,
        "comment": "позвонить заранее",
    }
    assert parts["lines"][1] == {
        "line": 2,
        "product_id": ours(PRODUCT),
        "content": "Вода питьевая, 19 л",
        "quantity": Decimal(2),
        "price": Decimal("610.00"),
        "amount": Decimal("1220.00"),
        "vat_rate": "vat22",
        "vat_amount": Decimal("220.00"),
    }


def test_values_come_in_the_order_of_the_mapping_ready_for_copy() -> None:
    reading = read("invoice", wire_invoice()).understood[0]
    mapping = MAPPINGS["invoice"]
    assert reading.values[mapping.columns.index("number")] == "СЧ00-000007"
    assert mapping.part_columns["lines"][0] == "line"
    assert [row[0] for row in reading.parts["lines"]] == [1, 2]


def test_the_key_version_and_deletion_mark_are_kept() -> None:
    reading = read("invoice", wire_invoice(DeletionMark=True)).understood[0]
    assert (reading.external_key, reading.external_version, reading.deleted) == (
        INVOICE,
        "AAAAAAAAAAI=",
        True,
    )


def test_an_empty_guid_an_empty_date_and_an_empty_text_are_nothing() -> None:
    values, _parts = one("invoice", wire_invoice(ДоговорКонтрагента_Key=EMPTY, Комментарий=""))
    assert (values["contract_id"], values["comment"]) == (None, None)
    contract = {
        "Ref_Key": CONTRACT,
        "DataVersion": "AAAAAAAAAAE=",
        "DeletionMark": False,
        "IsFolder": False,
        "Description": "Основной",
        "Owner_Key": CLIENT,
        "Организация_Key": EMPTY,
        "Номер": "",
        "Дата": "0001-01-01T00:00:00",
        "ВидДоговора": "СКомиссионером",
        "ВалютаВзаиморасчетов_Key": EMPTY,
        "ДоговорЗакрыт": False,
    }
    values, _parts = one("contract", contract)
    assert (values["date"], values["number"], values["organization_id"]) == (None, None, None)
    assert (values["kind"], values["currency"]) == ("other", "RUB")


def test_a_day_is_a_date_without_time() -> None:
    row = {
        "Ref_Key": CONTRACT,
        "DataVersion": "AAAAAAAAAAE=",
        "DeletionMark": False,
        "IsFolder": False,
        "Description": "Поставка",
        "Owner_Key": CLIENT,
        "Организация_Key": ORGANIZATION,
        "Номер": "15",
        "Дата": "2026-02-03T00:00:00",
        "ВидДоговора": "СПокупателем",
        "ВалютаВзаиморасчетов_Key": RUBLE,
        "ДоговорЗакрыт": True,
    }
    values, _parts = one("contract", row)
    assert values["date"] == date(2026, 2, 3)


def test_the_mark_of_the_hub_is_not_part_of_the_comment() -> None:
    values, _parts = one("invoice", wire_invoice(Комментарий=f"[prv:{'0a' * 16}] срочно"))
    assert values["comment"] == "срочно"
    values, _parts = one("invoice", wire_invoice(Комментарий=f"[prv:{'0a' * 16}]"))
    assert values["comment"] is None


def test_rows_out_of_order_are_put_in_the_order_of_their_numbers() -> None:
    rows = [line(2, Содержание="вторая"), line(1, Содержание="первая")]
    _values, parts = one("invoice", wire_invoice(Товары=rows))
    assert [row["content"] for row in parts["lines"]] == ["первая", "вторая"]


def test_a_payment_before_its_invoice_waits_for_it() -> None:
    row = wire_payment()
    row["РасшифровкаПлатежа"][0]["СчетНаОплату_Key"] = unknown = INVOICE[:-1] + "8"
    page = read("payment_bank", row)
    assert not page.understood
    waiting = page.waiting[0]
    assert (waiting.parent_kind, waiting.parent_key, waiting.payload) == ("invoice", unknown, row)


def test_a_payment_without_an_invoice_does_not_wait() -> None:
    row = wire_payment()
    row["РасшифровкаПлатежа"][0]["СчетНаОплату_Key"] = EMPTY
    values, parts = one("payment_bank", row)
    assert values["kind"] == "bank"
    assert parts["allocations"][0]["invoice_id"] is None


def test_a_payer_of_another_type_is_misunderstood_and_named() -> None:
    row = wire_payment(Контрагент_Type="StandardODATA.Catalog_ФизическиеЛица")
    error = read("payment_bank", row).misunderstood[0].error
    assert "Контрагент" in error.where
    assert "Catalog_ФизическиеЛица" in error.found


def test_other_kinds_of_receipt_are_skipped_by_name() -> None:
    row = wire_payment(ВидОперации="ПереводСДругогоСчета")
    page = read("payment_bank", row)
    assert page.skipped == [row["Ref_Key"]]
    assert [page.understood, page.waiting, page.misunderstood] == [[], [], []]


def test_groups_of_a_catalog_are_not_clients() -> None:
    assert read("client", wire_client(IsFolder=True)).skipped == [CLIENT]


def test_a_client_is_trimmed_and_its_kind_understood() -> None:
    values, _parts = one("client", wire_client())
    assert (values["name"], values["kind"]) == ("Ромашка ООО", "legal_entity")


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"ИНН": "7707083894"}, "ИНН"),
        ({"КПП": "12345"}, "КПП"),
        ({"Description": ""}, "Description"),
        ({"ЮридическоеФизическоеЛицо": "ЮрЛицо"}, "ЮридическоеФизическоеЛицо"),
        (
            {"КонтактнаяИнформация": [{"Тип": "Адрес", "Представление": "а\0"}]},
            "КонтактнаяИнформация",
        ),
    ],
)
def test_a_client_that_the_store_would_refuse_is_set_aside(
    changed: dict[str, Any], where: str
) -> None:
    assert where in read("client", wire_client(**changed)).misunderstood[0].error.where


def test_what_a_text_says_does_not_get_into_the_message() -> None:
    error = read("client", wire_client(ИНН="770708389400")).misunderstood[0].error
    assert "770708389400" not in str(error)


def test_rows_of_all_sections_of_a_shipment_become_its_lines_in_turn() -> None:
    common = {
        "Номенклатура_Key": PRODUCT,
        "Количество": 1,
        "Цена": Decimal("100"),
        "Сумма": Decimal("100.00"),
        "СчетНаОплатуПокупателю_Key": EMPTY,
    }
    taxed = common | {"СтавкаНДС": "НДС20", "СуммаНДС": Decimal("16.67")}
    shipment = {
        "Ref_Key": INVOICE[:-1] + "5",
        "DataVersion": "AAAAAAAAAAE=",
        "DeletionMark": False,
        "Number": "0000-000001",
        "Date": "2025-12-31T23:59:59",
        "Контрагент_Key": CLIENT,
        "ДоговорКонтрагента_Key": CONTRACT,
        "СчетНаОплатуПокупателю_Key": INVOICE,
        "СуммаДокумента": Decimal("300.00"),
        "ВалютаДокумента_Key": RUBLE,
        "СуммаВключаетНДС": True,
        "Posted": True,
        "Комментарий": "",
        "Товары": [taxed | {"LineNumber": "1"}],
        "Услуги": [taxed | {"LineNumber": "1", "Содержание": "Доставка"}],
        "АгентскиеУслуги": [],
        "ВозвратнаяТара": [common | {"LineNumber": "1"}],
    }
    _values, parts = one("shipment", shipment)
    assert [row["line"] for row in parts["lines"]] == [1, 2, 3]
    assert [row["content"] for row in parts["lines"]] == [None, "Доставка", None]
    assert [row["vat_rate"] for row in parts["lines"]] == ["vat20", "vat20", "none"]
    assert parts["lines"][2]["vat_amount"] == Decimal(0)


def test_an_unknown_currency_is_never_read_as_roubles() -> None:
    row = wire_invoice(ВалютаДокумента_Key=RUBLE[:-1] + "0")
    assert "ВалютаДокумента_Key" in read("invoice", row).misunderstood[0].error.where


@pytest.mark.parametrize(
    ("changed", "where", "code"),
    [
        ({"СуммаДокумента": Decimal("10.005")}, "СуммаДокумента", "bad_value"),
        ({"СуммаДокумента": 10.5}, "СуммаДокумента", "bad_value"),
        ({"СуммаДокумента": Decimal("NaN")}, "СуммаДокумента", "bad_value"),
        ({"СуммаДокумента": Decimal("1E+9999")}, "СуммаДокумента", "bad_value"),
        ({"СуммаДокумента": True}, "СуммаДокумента", "bad_value"),
        ({"Date": "2026-03-04T10:20:30+03:00"}, "Date", "bad_value"),
        ({"Date": "2026-13-04T10:20:30"}, "Date", "bad_value"),
        ({"Date": "0001-01-01T00:00:00"}, "Date", "empty"),
        ({"Контрагент_Key": EMPTY}, "Контрагент_Key", "empty"),
        ({"Контрагент_Key": "не GUID"}, "Контрагент_Key", "bad_value"),
        ({"Комментарий": "а\0б"}, "Комментарий", "bad_value"),
        ({"Комментарий": "\ud800"}, "Комментарий", "bad_value"),
        ({"Number": "\ud800"}, "Number", "bad_value"),
        ({"Товары": [line(1, Содержание="а\0")]}, "Товары[1].Содержание", "bad_value"),
        ({"Posted": "true"}, "Posted", "bad_value"),
        ({"Товары": {}}, "Товары", "section"),
        ({"Товары": [line(1, СтавкаНДС="НДС23")]}, "Товары[1].СтавкаНДС", "bad_value"),
        ({"Товары": [line(1), None]}, "Товары[2]", "row"),
        ({"Товары": [line(1, LineNumber="x")]}, "Товары[1].LineNumber", "bad_value"),
        ({"DeletionMark": None}, "DeletionMark", "system_field"),
        ({"DataVersion": 5}, "DataVersion", "system_field"),
    ],
)
def test_a_value_of_the_wrong_shape_is_named_with_its_place(
    changed: dict[str, Any], where: str, code: str
) -> None:
    misread = read("invoice", wire_invoice(**changed)).misunderstood[0]
    assert misread.error.where.endswith(f" {where}")
    assert misread.error.code == code
    assert misread.external_key == INVOICE
    assert misread.error.next_step


def test_an_unknown_rate_suggests_the_nearest() -> None:
    row = wire_invoice(Товары=[line(1, СтавкаНДС="НДС222")])
    assert "НДС22" in read("invoice", row).misunderstood[0].error.expected


def test_a_field_that_is_not_in_the_answer_is_told_from_a_wrong_one() -> None:
    row = wire_invoice()
    del row["Number"]
    error = read("invoice", row).misunderstood[0].error
    assert error.code == "no_field"


def test_one_bad_row_does_not_stop_the_others() -> None:
    page = read("invoice", None, wire_invoice(), {"Ref_Key": 5}, wire_invoice(Posted=0))
    assert len(page.understood) == 1
    assert len(page.misunderstood) == 3


def test_rows_without_a_key_are_set_aside_under_different_names() -> None:
    page = read("invoice", {"a": 1}, {"a": 2})
    keys = {one.external_key for one in page.misunderstood}
    assert len(keys) == 2
    assert all(key.startswith("unkeyed-") for key in keys)


def test_a_wrong_value_is_told_before_a_missing_parent() -> None:
    row = wire_invoice(Контрагент_Key=CLIENT[:-1] + "9", Posted="да")
    page = read("invoice", row)
    assert not page.waiting
    assert "Posted" in page.misunderstood[0].error.where


def test_references_name_every_document_that_the_rows_lead_to() -> None:
    found = references(MAPPINGS["invoice"], [wire_invoice(ДоговорКонтрагента_Key=EMPTY), None])
    assert found == {("organization", ORGANIZATION), ("client", CLIENT), ("product", PRODUCT)}


def test_a_composite_reference_of_another_type_is_not_a_reference() -> None:
    row = wire_payment(Контрагент_Type="StandardODATA.Catalog_ФизическиеЛица")
    assert ("client", CLIENT) not in references(MAPPINGS["payment_bank"], [row])
