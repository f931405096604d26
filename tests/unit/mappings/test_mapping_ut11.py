"""The overlay of УТ 11 against what a real trade base publishes and sends."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

import pytest

from provodka.connectors.onec.odata.atom import Changed, read_feed
from provodka.connectors.onec.odata.metadata_reader import parse_metadata
from provodka.flows.insight.published import PublishedBase
from provodka.mappings.books import Books
from provodka.mappings.catalog import load_mappings, set_folder
from provodka.mappings.checking import check_against
from provodka.mappings.configurations import configuration, recognised
from provodka.mappings.reading import PageReading, as_dict, read_page, references
from provodka.mappings.seen_values import odd_values
from provodka.mappings.writing import write

DATA = Path(__file__).parents[2] / "data" / "onec"
TRADE = parse_metadata((DATA / "metadata_trade_8.5.xml").read_bytes())
UT11 = load_mappings(set_folder("ut11"))
MOSCOW = ZoneInfo("Europe/Moscow")
RUBLE = "51ed67a6-7220-11df-b336-0011955cba6b"
VAT20 = "55256246-041e-11ec-8104-60a44ccf99dc"
VAT10 = "55256248-041e-11ec-8104-60a44ccf99dc"
ORDER = "8d1d7287-6240-11f1-9296-08002761f3c5"
UNIT = "bd72d8fb-55bc-11d9-848a-00112f43529a"
BOOKS: Books = {
    "currency": {RUBLE: "RUB"},
    "vat": {VAT20: "vat20", VAT10: "vat10"},
    "measure": {UNIT: "кг"},
}


def recorded(file: str, entity: str) -> list[dict[str, Any]]:
    """Rows of a set from a recorded feed, shaped as JSON answers are."""
    feed = [(DATA / "feeds" / file).read_bytes()]
    items = read_feed(feed, TRADE.sets.get)
    return [one.row for one in items if isinstance(one, Changed) and one.set_name == entity]


def ours(key: str) -> UUID:
    return uuid5(NAMESPACE_OID, key)


def page(name: str, rows: list[dict[str, Any]]) -> PageReading:
    known = {key: ours(key[1]) for key in references(UT11[name], rows)}
    return read_page(UT11[name], rows, known, MOSCOW, BOOKS)


@pytest.mark.requirement("R116", "S-3", "S-4")
def test_the_recorded_base_is_recognised() -> None:
    found = recognised(TRADE.sets)
    assert found is not None
    assert found.name == "ut11"


def test_the_overlay_misses_nothing_but_sets_that_are_not_published() -> None:
    facts, base = configuration("ut11"), PublishedBase(TRADE)
    found = [one for mapping in UT11.values() for one in check_against(mapping, base, facts)]
    assert {one.code for one in found} == {"not_published"}
    assert all("есть в «УТ 11" in one.found for one in found)
    for name in ("client", "invoice", "product", "shipment"):
        missed = check_against(UT11[name], base, facts)
        assert not any(UT11[name].entity in one.found for one in missed), name


def test_the_accounting_set_does_not_fit_a_trade_base() -> None:
    base = PublishedBase(TRADE)
    found = [one for mapping in load_mappings().values() for one in check_against(mapping, base)]
    assert {"no_field", "no_section", "not_published"} <= {one.code for one in found}


@pytest.mark.requirement("R7", "S-3", "S-4")
def test_a_recorded_order_is_read_as_an_invoice() -> None:
    rows = recorded("msg003_zakaz_klienta.xml", "Document_ЗаказКлиента")
    first = next(row for row in rows if row["Number"] == "ТДЦБ-000002")
    [read] = page("invoice", [first]).understood
    values, parts = as_dict(UT11["invoice"], read)
    assert read.external_key == "8d1d7287-6240-11f1-9296-08002761f3c5"
    assert values == {
        "number": "ТДЦБ-000002",
        "date": datetime(2026, 6, 7, 10, 14, 42, tzinfo=MOSCOW),
        "organization_id": ours("51ed67a3-7220-11df-b336-0011955cba6b"),
        "client_id": ours("dee6e19d-55bc-11d9-848a-00112f43529a"),
        "contract_id": None,
        "currency": "RUB",
        "amount": Decimal(25000),
        "vat_included": True,
        "posted": True,
        "comment": None,
    }
    assert parts["lines"] == [
        {
            "line": 1,
            "product_id": ours("f06588ab-7924-11df-b33a-0011955cba6b"),
            "content": None,
            "quantity": Decimal(2),
            "price": Decimal(10000),
            "amount": Decimal(20000),
            "vat_rate": "vat20",
            "vat_amount": Decimal("3333.33"),
        },
        {
            "line": 2,
            "product_id": ours("dff7f6fa-7a0b-11df-b33a-0011955cba6b"),
            "content": None,
            "quantity": Decimal(1),
            "price": Decimal(5000),
            "amount": Decimal(5000),
            "vat_rate": "vat20",
            "vat_amount": Decimal("833.33"),
        },
    ]


def test_an_order_of_another_operation_does_not_concern_the_hub() -> None:
    rows = recorded("msg003_zakaz_klienta.xml", "Document_ЗаказКлиента")
    other = [row for row in rows if row["ХозяйственнаяОперация"] != "РеализацияКлиенту"]
    assert len(other) == 1
    assert page("invoice", rows).skipped == [other[0]["Ref_Key"]]


def test_an_order_in_a_currency_that_the_hub_does_not_know_is_set_aside() -> None:
    rows = recorded("msg003_zakaz_klienta.xml", "Document_ЗаказКлиента")
    foreign = [row for row in rows if row["Валюта_Key"] not in BOOKS["currency"]]
    [misread] = page("invoice", foreign[:1]).misunderstood
    assert "Валюта_Key" in misread.error.where


def test_recorded_products_are_read_with_their_kind_unit_and_rate() -> None:
    rows = recorded("msg002_nomenklatura.xml", "Catalog_Номенклатура")
    first = page("product", rows).understood[0]
    assert as_dict(UT11["product"], first)[0] == {
        "name": "Говядина 1 категории",
        "full_name": "Говядина 1 категории",
        "code": "00-00000282",
        "article": None,
        "kind": "goods",
        "unit": "кг",
        "vat_rate": "vat10",
    }
    assert odd_values(UT11["product"], rows) == []


def test_recorded_clients_are_read_without_groups_and_codes() -> None:
    rows = recorded("msg004_kontragenti.xml", "Catalog_Контрагенты")
    second = page("client", rows).understood[1]
    values, _parts = as_dict(UT11["client"], second)
    assert (values["name"], values["full_name"]) == ("Альтаир", 'ООО "Альтаир"')
    assert (values["inn"], values["kpp"]) == ("7705260674", "770500001")
    assert values["delivery_address"] == "Москва г, 40 лет Октября пр-кт, дом № 89"
    assert "IsFolder" not in rows[0]


@pytest.mark.requirement("S-3", "S-4")
def test_an_invoice_is_written_as_an_order_that_adds_up() -> None:
    rows = recorded("msg003_zakaz_klienta.xml", "Document_ЗаказКлиента")
    order = next(row for row in rows if row["Number"] == "ТДЦБ-000002")
    values, parts = as_dict(UT11["invoice"], page("invoice", [order]).understood[0])
    keys = {ours(key): key for _kind, key in references(UT11["invoice"], [order])}
    body = write(
        UT11["invoice"],
        ours("new"),
        values,
        parts,
        external=lambda _kind, document: keys.get(document),
        zone=MOSCOW,
        books=BOOKS,
        creating=False,
    ).body
    sent = body["Товары"][0]
    told = ("Номенклатура_Key", "Количество", "КоличествоУпаковок", "Цена", "СуммаСНДС")
    assert [sent[name] for name in told] == [
        order["Товары"][0]["Номенклатура_Key"],
        Decimal(2),
        Decimal(2),
        Decimal(10000),
        Decimal(20000),
    ]
    assert sent["СтавкаНДС_Key"] == VAT20
    assert (body["Контрагент_Key"], body["Валюта_Key"]) == (order["Контрагент_Key"], RUBLE)


@pytest.mark.parametrize(
    ("key", "type", "invoice"),
    [
        (ORDER, "StandardODATA.Document_ЗаказКлиента", True),
        (ORDER, "StandardODATA.Document_ЗаявкаНаВозвратТоваровОтКлиента", False),
        (
            ORDER,
            "UnavailableEntities.UnavailableEntity_604931cd-d4a8-48d0-bc59-2ac90e044abb",
            False,
        ),
        ("", "StandardODATA.Undefined", False),
    ],
)
def test_a_shipment_of_another_document_than_an_order_is_taken_without_an_invoice(
    key: str, type: str, *, invoice: bool
) -> None:
    row = {
        **dict.fromkeys(UT11["shipment"].select, ""),
        "Ref_Key": "33333333-6240-11f1-9296-08002761f3c5",
        "DeletionMark": False,
        "ХозяйственнаяОперация": "РеализацияКлиенту",
        "Date": "2026-06-07T10:14:42",
        "Контрагент_Key": "dee6e19d-55bc-11d9-848a-00112f43529a",
        "Договор_Key": "00000000-0000-0000-0000-000000000000",
        "Валюта_Key": RUBLE,
        "СуммаДокумента": Decimal(100),
        "ЦенаВключаетНДС": True,
        "Posted": True,
        "ЗаказКлиента": key,
        "ЗаказКлиента_Type": type,
        "Товары": [],
    }
    found = page("shipment", [row])
    assert [one.error for one in found.misunderstood] == []
    values, _parts = as_dict(UT11["shipment"], found.understood[0])
    assert values["invoice_id"] == (ours(ORDER) if invoice else None)
