"""A month of papers from 1C:Accounting, in both versions, read with values asserted."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.contract.onec.enterprise_data_format.ed_messages import SAMPLES

from provodka.connectors.onec.enterprise_data.message import (
    AvailableObject,
    BodyObject,
    Confirmation,
    Deletion,
    Found,
    Header,
    read_message,
    supported_versions,
    write_message,
)

GUIDS = {
    "Документ.ЗаказКлиента": "9a115815-4dfa-11f0-9a60-00155d012a01",
    "Документ.РеализацияТоваровУслуг": "7c9e6679-7425-11f0-9a60-00155d012a01",
    "Документ.ПБДСРасчетыСКонтрагентами": "0e37df36-f698-11f0-9a60-00155d012a01",
    "Документ.ПКОРасчетыСКонтрагентами": "45c48cce-2e2d-11f0-9a60-00155d012a01",
}


def month(version: str) -> tuple[Header, list[BodyObject]]:
    with (SAMPLES / f"month_{version}.xml").open("rb") as stream:
        header, objects = read_message(stream)
        return header, list(objects)


def one(version: str, kind: str) -> dict[str, Any]:
    (found,) = [each for each in month(version)[1] if isinstance(each, Found) and each.kind == kind]
    return dict(found.value)


@pytest.mark.parametrize("version", supported_versions())
def test_the_header_says_who_sends_what_to_whom(version: str) -> None:
    header, _objects = month(version)
    assert header == Header(
        format=f"http://v8.1c.ru/edi/edi_stnd/EnterpriseData/{version}",
        created=datetime.fromisoformat("2026-11-20T18:30:05"),
        versions=("1.8", "1.17", "1.21"),
        confirmation=Confirmation(sender="БП", recipient="CRM", message_no=17, received_no=5),
        new_from="5b1f3a7e-9c1d-4f60-8a11-2f7f00000001",
        objects=(
            AvailableObject("Документ.ЗаказКлиента", "", "*"),
            AvailableObject("Документ.РеализацияТоваровУслуг", "*", "*"),
        ),
        prefix="БП",
    )
    assert header.version == version


@pytest.mark.parametrize("version", supported_versions())
def test_every_object_is_found_in_its_place(version: str) -> None:
    _header, objects = month(version)
    assert [type(each).__name__ for each in objects] == ["Found"] * 9 + ["Deletion"]
    assert [each.kind for each in objects] == [
        "Справочник.Контрагенты",
        *["Справочник.Номенклатура"] * 3,
        "Справочник.Договоры",
        *GUIDS,
        "Документ.ЗаказКлиента",
    ]
    assert objects[0].line == 32
    assert objects[-1] == Deletion("Документ.ЗаказКлиента", "d3d94468-02a4-3259-b55d-38e6d163e820")


@pytest.mark.parametrize("version", supported_versions())
def test_documents_carry_their_keys(version: str) -> None:
    for kind, key in GUIDS.items():
        assert one(version, kind)["КлючевыеСвойства"]["Ссылка"] == key


@pytest.mark.parametrize("version", supported_versions())
def test_an_order_is_read_with_exact_sums_and_local_dates(version: str) -> None:
    order = one(version, "Документ.ЗаказКлиента")
    assert order["КлючевыеСвойства"]["Дата"] == datetime.fromisoformat("2026-11-18T10:15:00")
    assert order["КлючевыеСвойства"]["Номер"] == "CRM-000042"
    assert order["Сумма"] == Decimal(4500)
    assert order["СуммаВключаетНДС"] is True
    assert order["Контрагент"]["НаименованиеПолное"] == 'ООО "Лютик & партнёры"'
    assert order["ДанныеВзаиморасчетов"]["Договор"]["Дата"] == date(2026, 1, 15)
    assert order["ДанныеВзаиморасчетов"]["КратностьВзаиморасчетов"] == 1
    (goods,) = order["Товары"]["Строка"]
    assert (goods["Количество"], goods["Цена"], goods["Сумма"]) == (10, 400, 4000)
    (service,) = order["Услуги"]["Строка"]
    assert service["Содержание"] == "Доставка до склада <по звонку>"


def test_the_rate_of_vat_is_a_name_in_1_8_and_an_object_in_1_21() -> None:
    old = one("1.8", "Документ.ЗаказКлиента")["Товары"]["Строка"][0]
    assert (old["СтавкаНДС"], old["СуммаНДС"]) == ("НДС20", Decimal("666.67"))
    new = one("1.21", "Документ.ЗаказКлиента")["Товары"]["Строка"][0]
    assert new["СуммаНДС"] == Decimal("721.31")
    assert new["СтавкаНДС"] == {
        "Ставка": Decimal(22),
        "РасчетнаяСтавка": False,
        "НеОблагается": False,
        "ВидСтавки": "Общая",
    }


@pytest.mark.parametrize("version", supported_versions())
def test_a_shipment_and_receipts_name_the_order(version: str) -> None:
    order = one(version, "Документ.ЗаказКлиента")["КлючевыеСвойства"]
    assert one(version, "Документ.РеализацияТоваровУслуг")["Заказ"] == order
    for kind, amount in (("ПБДС", 3000), ("ПКО", 1500)):
        receipt = one(version, f"Документ.{kind}РасчетыСКонтрагентами")
        (row,) = receipt["РасшифровкаПлатежа"]["Строка"]
        assert row["Заказ"] == {"ЗаказКлиента": order}
        assert row["Сумма"] == receipt["ОбщиеДанные"]["Сумма"] == amount


@pytest.mark.parametrize("version", supported_versions())
def test_a_bank_receipt_carries_the_payers_words(version: str) -> None:
    said = one(version, "Документ.ПБДСРасчетыСКонтрагентами")["ОбщиеДанные"]
    assert said["НазначениеПлатежа"] == "Оплата по счету CRM-000042 от 18.11.2026, в т.ч. НДС"
    assert said["ДатаВыписки"] == date(2026, 11, 19)
    assert said["БанковскийСчетОрганизации"]["НомерСчета"] == "40702810900000000123"


@pytest.mark.parametrize("version", supported_versions())
def test_a_month_written_anew_is_the_same_month(version: str) -> None:
    header, objects = month(version)
    found = [each for each in objects if isinstance(each, Found)]
    target = io.BytesIO()
    write_message(target, header, [(each.kind, each.value) for each in found])
    target.seek(0)
    again, same = read_message(target)
    assert again == header
    assert list(same) == found
