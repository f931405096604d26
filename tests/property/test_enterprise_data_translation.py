"""What is written as an object of the format and read back says the same."""

from __future__ import annotations

import string
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.mappings.enterprise_data_shapes.answers import (
    CLIENT,
    CONTRACT,
    GOODS,
    ORGANIZATION,
    SERVICE,
    Known,
)

from provodka.connectors.onec.enterprise_data.message import Found, encode_object, read_object
from provodka.mappings.catalog import load_mappings
from provodka.mappings.enterprise_data.catalog import load_translations
from provodka.mappings.vat import RATES

KNOWN = load_translations(load_mappings().values())
KEY = "0192f0aa-7c1e-7000-8000-000000000042"
EMPTY = "00000000-0000-0000-0000-000000000000"
NAMESPACE = "http://v8.1c.ru/edi/edi_stnd/EnterpriseData/"
OLD_RATES = ("НДС20", "НДС20_120", "НДС10", "НДС10_110", "НДС0", "БезНДС")
texts = st.text(string.ascii_letters + "АБВабвё №«»&<>'\"", min_size=1, max_size=40)
money = st.decimals(min_value=0, max_value=10**9, places=2).map(Decimal.normalize)
moments = st.datetimes().filter(lambda moment: moment.year > 1000)
versions = st.sampled_from(["1.8", "1.21"])


def again(name: str, row: dict[str, Any], version: str) -> dict[str, Any]:
    """A row, written, sent as XML, read and translated back."""
    translation = KNOWN[name]
    value = translation.as_object(row, KEY, version, Known())
    xml = encode_object(translation.object, value, version).decode()
    tag = f"<{translation.object}"
    found = read_object(xml.strip().replace(tag, f'{tag} xmlns="{NAMESPACE}{version}"', 1), version)
    assert isinstance(found, Found), found
    return translation.as_row(found.value)


def lines(version: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Rows of goods, then rows of services: the order in which the format has them."""
    rates = sorted({one.enum for one in RATES.values()} if version == "1.21" else set(OLD_RATES))
    return st.lists(
        st.fixed_dictionaries(
            {
                "Номенклатура": st.sampled_from([GOODS, SERVICE]),
                "Номенклатура_Type": st.just("StandardODATA.Catalog_Номенклатура"),
                "Содержание": st.just(""),
                "Количество": st.integers(1, 999).map(Decimal),
                "Цена": money,
                "Сумма": money,
                "СтавкаНДС": st.sampled_from(rates),
                "СуммаНДС": money,
            }
        ),
        max_size=4,
    ).map(_numbered)


def _numbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ordered = sorted(rows, key=lambda row: row["Номенклатура"] == SERVICE)
    return [{**row, "LineNumber": str(number)} for number, row in enumerate(ordered, start=1)]


@settings(max_examples=60)
@given(data=st.data(), version=versions)
def test_an_invoice_says_the_same_after_the_way_there_and_back(
    data: st.DataObject, version: str
) -> None:
    row = {
        "Number": data.draw(texts.map(str.strip).filter(bool)),
        "Date": data.draw(moments).replace(microsecond=0).isoformat(),
        "Организация_Key": ORGANIZATION,
        "Контрагент_Key": CLIENT,
        "ДоговорКонтрагента_Key": data.draw(st.sampled_from([CONTRACT, EMPTY])),
        "ВалютаДокумента_Key": "643",
        "СуммаДокумента": data.draw(money),
        "СуммаВключаетНДС": data.draw(st.booleans()),
        "Комментарий": data.draw(texts),
        "Товары": data.draw(lines(version)),
    }
    found = again("invoice", row, version)
    assert {name: found[name] for name in row} == row
    assert found["Ref_Key"] == KEY


@settings(max_examples=60)
@given(
    version=versions,
    name=texts,
    full_name=st.one_of(st.just(""), texts),
    person=st.booleans(),
)
def test_a_client_says_the_same_after_the_way_there_and_back(
    version: str, name: str, full_name: str, person: bool
) -> None:
    row = {
        "Description": name,
        "НаименованиеПолное": full_name,
        "ЮридическоеФизическоеЛицо": "ФизическоеЛицо" if person else "ЮридическоеЛицо",
        "ИНН": "7811987655",
        "КПП": "",
        "IsFolder": False,
    }
    found = again("client", row, version)
    assert {field: found[field] for field in row} == row


@settings(max_examples=60)
@given(version=versions, name=texts, day=moments, closed=st.booleans())
def test_a_contract_says_the_same_after_the_way_there_and_back(
    version: str, name: str, day: Any, closed: bool
) -> None:
    row = {
        "Description": name,
        "Owner_Key": CLIENT,
        "Организация_Key": ORGANIZATION,
        "Номер": "15/26",
        "Дата": day.date().isoformat(),
        "ВидДоговора": "СПокупателем",
        "ВалютаВзаиморасчетов_Key": EMPTY,
        "ДоговорЗакрыт": closed if version == "1.21" else False,
    }
    found = again("contract", row | {"Дата": f"{row['Дата']}T00:00:00"}, version)
    assert {field: found[field] for field in row} == row
