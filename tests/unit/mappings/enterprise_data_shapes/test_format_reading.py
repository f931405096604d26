"""Objects of the format read through the very mappings that OData has."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from provodka.connectors.onec.enterprise_data.message import Deletion, Found, read_message
from provodka.mappings.catalog import load_mappings
from provodka.mappings.enterprise_data.catalog import load_translations
from provodka.mappings.enterprise_data.contact_rows import contact_rows
from provodka.mappings.enterprise_data.format_books import FORMAT_BOOKS
from provodka.mappings.enterprise_data.rates import element_of, kind_of, rate_of, told_by_sums
from provodka.mappings.reading import PageReading, as_dict, read_page, references
from provodka.mappings.vat import OURS_BY_ENUM

SAMPLES = Path(__file__).parents[3] / "data" / "onec" / "enterprise_data"
MAPPINGS = load_mappings()
KNOWN = load_translations(MAPPINGS.values())
BY_OBJECT = {one.object: one for one in KNOWN.values()}
ZONE = ZoneInfo("Europe/Moscow")
VERSIONS = pytest.mark.parametrize("version", ["1.8", "1.21"])


def rows(version: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of a sample message by mapping."""
    found: dict[str, list[dict[str, Any]]] = {}
    with (SAMPLES / f"month_{version}.xml").open("rb") as stream:
        _header, objects = read_message(stream)
        for one in objects:
            assert isinstance(one, Found | Deletion)
            if isinstance(one, Found) and one.kind in BY_OBJECT:
                translation = BY_OBJECT[one.kind]
                found.setdefault(translation.mapping.name, []).append(translation.as_row(one.value))
    return found


def understood(name: str, given: list[dict[str, Any]]) -> PageReading:
    """Rows read as a page, every reference known."""
    mapping = MAPPINGS[name]
    known = {key: uuid4() for key in references(mapping, given)}
    return read_page(mapping, given, known, ZONE, FORMAT_BOOKS)


def values(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """One row in our columns, its parts among them."""
    page = understood(name, [row])
    assert not page.misunderstood, page.misunderstood
    header, parts = as_dict(MAPPINGS[name], page.understood[0])
    return header | parts


@VERSIONS
def test_every_object_of_a_message_is_understood_by_its_mapping(version: str) -> None:
    found = rows(version)
    assert {"client", "product", "contract", "invoice", "shipment", "payment_bank"} <= set(found)
    for name, given in found.items():
        page = understood(name, given)
        assert (len(page.understood), page.misunderstood, page.skipped) == (len(given), [], [])


def test_a_client_comes_with_contacts_and_tax_numbers() -> None:
    [row] = rows("1.21")["client"]
    said = values("client", row)
    assert said["inn"] == "7811987655"
    assert said["full_name"] == 'ООО "Лютик & партнёры"'
    assert said["email"] == "info@lutik.example"
    assert said["phone"] == "+78120000001"
    assert said["kind"] == "legal_entity"


def test_goods_and_services_are_told_apart_with_unit_and_kind_of_rate() -> None:
    bouquet, _vase, delivery = (values("product", row) for row in rows("1.21")["product"])
    assert (bouquet["kind"], bouquet["unit"], bouquet["vat_rate"]) == ("goods", "шт", "vat22")
    assert (delivery["kind"], delivery["article"]) == ("service", None)


def test_a_shipment_joins_its_rows_of_goods_and_services() -> None:
    [row] = rows("1.21")["shipment"]
    said = values("shipment", row)
    assert said["amount"] == Decimal(4500)
    assert [one["vat_rate"] for one in said["lines"]] == ["vat22", "vat22"]
    assert [one["content"] for one in said["lines"]] == [None, "Доставка"]
    assert said["invoice_id"] is not None
    assert (said["posted"], said["currency"]) == (True, "RUB")


def test_returnable_packaging_and_agency_services_have_their_own_sections() -> None:
    with (SAMPLES / "month_1.21.xml").open("rb") as stream:
        shipment = next(
            one.value
            for one in read_message(stream)[1]
            if isinstance(one, Found) and one.kind == "Документ.РеализацияТоваровУслуг"
        )
    shipment["Товары"]["Строка"][0]["ТипЗапасов"] = "ВозвратнаяТара"
    shipment["Услуги"]["Строка"][0]["ТипУслуги"] = "Агентские"
    row = KNOWN["shipment"].as_row(shipment)
    sizes = {name: len(row[name]) for name in row if isinstance(row[name], list)}
    assert sizes == {"Товары": 0, "Услуги": 0, "АгентскиеУслуги": 1, "ВозвратнаяТара": 1}


def test_a_payment_of_a_buyer_is_ours_and_any_other_is_not() -> None:
    [row] = rows("1.21")["payment_bank"]
    said = values("payment_bank", row)
    assert (said["amount"], said["incoming_number"]) == (Decimal(3000), "318")
    assert said["incoming_date"] == date(2026, 11, 18)
    assert said["allocations"][0]["amount"] == Decimal(3000)
    row["ВидОперации"] = "Прочее"
    assert understood("payment_bank", [row]).skipped == [row["Ref_Key"]]


def test_the_version_of_a_row_follows_the_content_of_the_object() -> None:
    [one], [same] = rows("1.21")["shipment"], rows("1.21")["shipment"]
    assert one["DataVersion"] == same["DataVersion"]
    with (SAMPLES / "month_1.21.xml").open("rb") as stream:
        value = next(o.value for o in read_message(stream)[1] if isinstance(o, Found))
    before = KNOWN["client"].as_row(value)["DataVersion"]
    changed = {**value, "ОКПО": "00000001"}
    assert KNOWN["client"].as_row(changed)["DataVersion"] != before


def test_key_properties_without_an_identifier_are_no_reference() -> None:
    [row] = rows("1.21")["contract"]
    bare = {"КлючевыеСвойства": {"Ссылка": row["Ref_Key"], "Контрагент": {"Наименование": "?"}}}
    assert KNOWN["contract"].as_row(bare)["Owner_Key"] == "?"
    page = understood("contract", [row | {"Owner_Key": "?"}])
    assert page.misunderstood[0].error.found


def test_an_unknown_currency_sets_the_document_aside() -> None:
    [row] = rows("1.21")["payment_bank"]
    page = understood("payment_bank", [row | {"ВалютаДокумента_Key": "999"}])
    assert len(page.misunderstood) == 1


@pytest.mark.parametrize("rate", OURS_BY_ENUM)
def test_a_rate_survives_both_ways_in_the_form_of_1_21(rate: str) -> None:
    assert rate_of(element_of(rate, structure=True)) == rate


def test_a_rate_that_a_version_leaves_out_is_told_by_the_sums_or_not_at_all() -> None:
    assert told_by_sums(Decimal("122.00"), Decimal("22.00")) == "НДС22"
    assert told_by_sums(Decimal("100.00"), Decimal("22.00")) == "НДС22"
    assert told_by_sums(Decimal("110.00"), Decimal("10.00")) == "НДС10"
    assert told_by_sums(Decimal("120.00"), Decimal("20.00")) == "НДС20"
    assert told_by_sums(Decimal("100.00"), Decimal(0)) == "БезНДС"
    assert told_by_sums(Decimal("100.00"), Decimal("13.37")) == ""
    assert told_by_sums(Decimal("0.20"), Decimal("0.04")) == ""
    assert told_by_sums(None, Decimal(5)) == ""


def test_kinds_of_rates_of_items_come_from_either_form() -> None:
    assert kind_of("НДС20") == kind_of(element_of("НДС22", structure=True)) == "Общая"
    assert kind_of("НДС10_110") == "Пониженная"
    assert kind_of("БезНДС") == "БезНДС"
    assert kind_of(None) == ""


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ("plain@one.example", "plain@one.example"),
        ('<К xmlns="x" Представление="Москва, ул. &quot;А&quot;"/>', 'Москва, ул. "А"'),
        ("<К Представление='+7 900'/>", "+7 900"),
        ('{"value": "+7 812", "type": "Телефон"}', "+7 812"),
        ('{"value": 5}', ""),
        ("{broken", ""),
        ('<!DOCTYPE a [<!ENTITY b "c">]><К Представление="&b;"/>', "&b;"),
        ("<К/>", ""),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_what_a_contact_shows_is_found_in_every_form_and_expands_nothing(
    fields: str, shown: str
) -> None:
    row = {"ВидКонтактнойИнформации": "ТелефонРабочий", "ЗначенияПолей": fields}
    assert contact_rows([row]) == [{"Тип": "Телефон", "Представление": shown}]
