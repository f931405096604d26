"""Documents of ours as objects of the format."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.mappings.enterprise_data_shapes.answers import (
    CLIENT,
    CONTRACT,
    GOODS,
    ORGANIZATION,
    SERVICE,
    Known,
)

from provodka.connectors.onec.enterprise_data.message import encode_object
from provodka.foundation.errors import Misunderstood
from provodka.mappings.catalog import load_mappings
from provodka.mappings.enterprise_data.catalog import load_translations

KNOWN = load_translations(load_mappings().values())
KEY = "0192f0aa-7c1e-7000-8000-000000000042"
EMPTY = "00000000-0000-0000-0000-000000000000"
VERSIONS = pytest.mark.parametrize("version", ["1.8", "1.21"])


def line(product: str, amount: str, rate: str = "НДС20", content: str = "") -> dict[str, Any]:
    """A row as the mapping writes it."""
    return {
        "LineNumber": "1",
        "Номенклатура": product,
        "Номенклатура_Type": "StandardODATA.Catalog_Номенклатура",
        "Содержание": content,
        "Количество": Decimal(2),
        "Цена": Decimal(amount) / 2,
        "Сумма": Decimal(amount),
        "СтавкаНДС": rate,
        "СуммаНДС": Decimal("1.00"),
    }


def invoice(**changes: Any) -> dict[str, Any]:
    """An invoice as the mapping writes it."""
    return {
        "Number": "СЧ00-000042",
        "Date": "2026-11-20T10:00:00",
        "Организация_Key": ORGANIZATION,
        "Контрагент_Key": CLIENT,
        "ДоговорКонтрагента_Key": CONTRACT,
        "ВалютаДокумента_Key": "643",
        "СуммаДокумента": Decimal("300.00"),
        "СуммаВключаетНДС": True,
        "Комментарий": "[prv:0192f0aa7c1e70008000000000000042] До подъезда",
        "КурсВзаиморасчетов": 1,
        "КратностьВзаиморасчетов": "1",
        "ВидОперации": "ТоварыИУслуги",
        "Товары": [line(GOODS, "200.00"), line(SERVICE, "100.00", content="Доставка")],
        **changes,
    }


def order(version: str, **changes: Any) -> dict[str, Any]:
    """The order that an invoice becomes; it fits the schema."""
    value = KNOWN["invoice"].as_object(invoice(**changes), KEY, version, Known())
    encode_object("Документ.ЗаказКлиента", value, version)
    return value


@VERSIONS
def test_an_invoice_becomes_an_order_under_its_own_key(version: str) -> None:
    value = order(version)
    keys = value["КлючевыеСвойства"]
    assert (keys["Ссылка"], keys["Номер"]) == (KEY, "СЧ00-000042")
    assert keys["Организация"]["Ссылка"] == ORGANIZATION
    assert value["Контрагент"]["Ссылка"] == CLIENT
    assert value["ДанныеВзаиморасчетов"]["Договор"]["Контрагент"]["Ссылка"] == CLIENT
    assert value["Валюта"] == {"ДанныеКлассификатора": {"Код": "643", "Наименование": "RUB"}}


@VERSIONS
def test_services_have_rows_of_their_own_with_their_text(version: str) -> None:
    value = order(version)
    [goods], [service] = value["Товары"]["Строка"], value["Услуги"]["Строка"]
    assert goods["ДанныеНоменклатуры"]["Номенклатура"]["Ссылка"] == GOODS
    assert (service["Содержание"], service["Сумма"]) == ("Доставка", Decimal("100.00"))
    assert "Содержание" not in goods


def test_the_comment_stands_where_the_version_has_it() -> None:
    assert order("1.8")["Комментарий"].endswith("До подъезда")
    assert order("1.21")["ОбщиеСвойстваОбъектовФормата"]["Комментарий"].startswith("[prv:")


def test_a_rate_that_the_version_cannot_say_is_refused_with_what_to_do() -> None:
    rows = [line(GOODS, "122.00", "НДС22")]
    assert order("1.21", Товары=rows)["Товары"]["Строка"][0]["СтавкаНДС"]["Ставка"] == 22
    with pytest.raises(Misunderstood) as caught:
        order("1.8", Товары=rows)
    assert "НДС22" in caught.value.found
    assert "1.21" in caught.value.next_step


@VERSIONS
def test_an_invoice_without_a_contract_leaves_the_choice_to_the_base(version: str) -> None:
    value = order(version, ДоговорКонтрагента_Key=EMPTY)
    assert "Договор" not in value["ДанныеВзаиморасчетов"]


@VERSIONS
def test_a_client_is_written_with_its_tax_numbers_and_nothing_empty(version: str) -> None:
    row = {
        "Description": "Ромашкин И. И.",
        "НаименованиеПолное": "",
        "ЮридическоеФизическоеЛицо": "ФизическоеЛицо",
        "ИНН": "",
        "КПП": "",
        "Комментарий": "[prv:0192f0aa7c1e70008000000000000042]",
        "IsFolder": False,
    }
    value = KNOWN["client"].as_object(row, KEY, version, Known())
    encode_object("Справочник.Контрагенты", value, version)
    assert value["КлючевыеСвойства"] == {
        "Ссылка": KEY,
        "Наименование": "Ромашкин И. И.",
        "ЮридическоеФизическоеЛицо": "ФизическоеЛицо",
    }


def test_a_closed_contract_is_an_outdated_object_since_1_21() -> None:
    row = {
        "Description": "Поставка",
        "Owner_Key": CLIENT,
        "Организация_Key": ORGANIZATION,
        "Номер": "15/26",
        "Дата": "2026-01-15T00:00:00",
        "ВидДоговора": "СПокупателем",
        "ВалютаВзаиморасчетов_Key": "643",
        "ДоговорЗакрыт": True,
    }
    newer = KNOWN["contract"].as_object(row, KEY, "1.21", Known())
    assert newer["ОбщиеСвойстваОбъектовФормата"] == {"СостояниеОбъекта": "Устаревший"}
    older = KNOWN["contract"].as_object(row, KEY, "1.8", Known())
    encode_object("Справочник.Договоры", older, "1.8")
    assert "ОбщиеСвойстваОбъектовФормата" not in older
