"""What is written: canonical, in the schema's order, or refused with the element's name."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from provodka.connectors.onec.enterprise_data.message import (
    Header,
    deletion,
    encode_object,
    namespace_of,
    write_message,
)
from provodka.foundation.errors import Misunderstood

KEY = "9a115815-4dfa-11f0-9a60-00155d012a01"
MIDNIGHT = datetime.fromisoformat("2026-11-22T00:00:00")
CLIENT = {"Наименование": "Лютик ООО", "ЮридическоеФизическоеЛицо": "ЮридическоеЛицо"}
RUB = {"ДанныеКлассификатора": {"Код": "643", "Наименование": "руб."}}
ORDER: dict[str, Any] = {
    "Контрагент": CLIENT,
    "Валюта": RUB,
    "КлючевыеСвойства": {
        "Номер": "CRM-000042",
        "Дата": datetime.fromisoformat("2026-11-18T10:15:00"),
        "Организация": CLIENT | {"Наименование": "Ромашка ООО"},
    },
    "Товары": {
        "Строка": [
            {
                "Количество": Decimal("2.500"),
                "Цена": Decimal("1E+2"),
                "ДанныеНоменклатуры": {"Номенклатура": {"Наименование": 'Лента <«"&'}},
            }
        ]
    },
}


def header(version: str = "1.21") -> Header:
    return Header(format=namespace_of(version), created=MIDNIGHT, versions=("1.8", "1.21"))


def refusal(kind: str, value: Mapping[str, Any], version: str = "1.21") -> Misunderstood:
    with pytest.raises(Misunderstood) as caught:
        encode_object(kind, value, version)
    assert caught.value.code == "bad_enterprise_data"
    assert caught.value.next_step
    return caught.value


def order(**changes: Any) -> dict[str, Any]:
    return ORDER | changes


def test_elements_are_written_in_the_order_of_the_schema_with_canonical_literals() -> None:
    text = encode_object("Документ.ЗаказКлиента", ORDER, "1.21").decode()
    assert [line.strip() for line in text.splitlines()] == [
        "<Документ.ЗаказКлиента>",
        "<КлючевыеСвойства>",
        "<Дата>2026-11-18T10:15:00</Дата>",
        "<Номер>CRM-000042</Номер>",
        "<Организация>",
        "<Наименование>Ромашка ООО</Наименование>",
        "<ЮридическоеФизическоеЛицо>ЮридическоеЛицо</ЮридическоеФизическоеЛицо>",
        "</Организация>",
        "</КлючевыеСвойства>",
        "<Валюта>",
        "<ДанныеКлассификатора>",
        "<Код>643</Код>",
        "<Наименование>руб.</Наименование>",
        "</ДанныеКлассификатора>",
        "</Валюта>",
        "<Контрагент>",
        "<Наименование>Лютик ООО</Наименование>",
        "<ЮридическоеФизическоеЛицо>ЮридическоеЛицо</ЮридическоеФизическоеЛицо>",
        "</Контрагент>",
        "<Товары>",
        "<Строка>",
        "<ДанныеНоменклатуры>",
        "<Номенклатура>",
        '<Наименование>Лента &lt;«"&amp;</Наименование>',
        "</Номенклатура>",
        "</ДанныеНоменклатуры>",
        "<Количество>2.5</Количество>",
        "<Цена>100</Цена>",
        "</Строка>",
        "</Товары>",
        "</Документ.ЗаказКлиента>",
    ]


def test_a_message_opens_as_those_of_1c_do() -> None:
    target = io.BytesIO()
    assert write_message(target, header(), []) == 0
    assert target.getvalue().decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Message xmlns:msg="http://www.1c.ru/SSL/Exchange/Message"'
        ' xmlns:xs="http://www.w3.org/2001/XMLSchema"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
        "\t<msg:Header>\n"
        "\t\t<msg:Format>http://v8.1c.ru/edi/edi_stnd/EnterpriseData/1.21</msg:Format>\n"
        "\t\t<msg:CreationDate>2026-11-22T00:00:00</msg:CreationDate>\n"
        "\t\t<msg:AvailableVersion>1.8</msg:AvailableVersion>\n"
        "\t\t<msg:AvailableVersion>1.21</msg:AvailableVersion>\n"
        "\t</msg:Header>\n"
        '\t<Body xmlns="http://v8.1c.ru/edi/edi_stnd/EnterpriseData/1.21">\n'
        "\t</Body>\n"
        "</Message>\n"
    )


def test_objects_are_taken_one_at_a_time() -> None:
    target = io.BytesIO()
    sizes: list[int] = []

    def objects() -> Any:
        for _time in range(3):
            sizes.append(len(target.getvalue()))
            yield "Документ.ЗаказКлиента", ORDER

    assert write_message(target, header(), objects()) == 3
    assert sizes[0] < sizes[1] < sizes[2]


def test_nothing_is_written_as_nil_where_the_schema_lets_it_be_empty() -> None:
    value = {
        "КлючевыеСвойства": {"ВидДоговора": "Прочее", "Организация": CLIENT, "Контрагент": CLIENT},
        "ВидАгентскогоДоговора": None,
    }
    text = encode_object("Справочник.Договоры", value, "1.21").decode()
    assert '<ВидАгентскогоДоговора xsi:nil="true"/>' in text


@pytest.mark.parametrize(
    ("changes", "where", "said"),
    [
        ({"Скидка": Decimal(5)}, "Документ.ЗаказКлиента/Скидка", "которого нет в схеме"),
        ({"Сума": Decimal(5)}, "Документ.ЗаказКлиента/Сума", "возможно, «Сумма»"),
        ({"Сумма": 4500.0}, "Документ.ЗаказКлиента/Сумма", "десятичное число"),
        ({"Сумма": Decimal("0.001")}, "Документ.ЗаказКлиента/Сумма", "не больше 2 знаков"),
        ({"Сумма": None}, "Документ.ЗаказКлиента/Сумма", "пустой элемент не пишут"),
        ({"Валюта": {}}, "Документ.ЗаказКлиента/Валюта", "«ДанныеКлассификатора»"),
        ({"Валюта": "руб."}, "Документ.ЗаказКлиента/Валюта", "вложенный объект"),
        ({"Товары": []}, "Документ.ЗаказКлиента/Товары", "вложенный объект"),
        ({"Товары": {"Строка": {}}}, "Документ.ЗаказКлиента/Товары/Строка", "список"),
        (
            {"Товары": {"Строка": [ORDER["Товары"]["Строка"][0], {"Количество": Decimal(1)}]}},
            "Документ.ЗаказКлиента/Товары/Строка[2]",
            "«ДанныеНоменклатуры»",
        ),
        ({"АдресДоставки": "а\x01б"}, "Документ.ЗаказКлиента/АдресДоставки", "допустимые в XML"),
        ({"АдресДоставки": "\ud800"}, "Документ.ЗаказКлиента/АдресДоставки", "допустимые в XML"),
        ({"СуммаВключаетНДС": 1}, "Документ.ЗаказКлиента/СуммаВключаетНДС", "true или false"),
        ({"СпособДоставки": "Голубем"}, "Документ.ЗаказКлиента/СпособДоставки", "'Голубем'"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_name_of_its_element(
    changes: dict[str, Any], where: str, said: str
) -> None:
    error = refusal("Документ.ЗаказКлиента", order(**changes))
    assert error.where == where
    assert said in str(error)


def test_an_object_without_a_required_element_is_refused() -> None:
    value = {name: one for name, one in ORDER.items() if name != "Контрагент"}
    error = refusal("Документ.ЗаказКлиента", value)
    assert error.where == "Документ.ЗаказКлиента"
    assert "«Контрагент»" in error.found


def test_a_list_that_must_not_be_empty_is_refused_empty() -> None:
    keys = ORDER["КлючевыеСвойства"]
    value = {
        "КлючевыеСвойства": keys,
        "ОбщиеДанные": {"Валюта": RUB, "Сумма": Decimal(5)},
        "Контрагент": CLIENT,
        "ВидРасчетов": "СПокупателем",
        "РасшифровкаПлатежа": {"Строка": []},
    }
    error = refusal("Документ.ПКОРасчетыСКонтрагентами", value)
    assert error.where == "Документ.ПКОРасчетыСКонтрагентами/РасшифровкаПлатежа"
    assert "«Строка»" in error.found


def test_a_type_that_the_version_does_not_have_is_refused_with_the_nearest() -> None:
    error = refusal("Документ.ЗаказКлиент", ORDER)
    assert error.where == "Документ.ЗаказКлиент"
    assert "Документ.ЗаказКлиента" in error.expected
    assert "КлючевыеСвойстваКонтрагент" in refusal("КлючевыеСвойстваКонтрагент", CLIENT).where


def test_the_old_version_has_no_22_percent_of_vat() -> None:
    row = ORDER["Товары"]["Строка"][0]
    kind = "Документ.ЗаказКлиента"
    old = order(Товары={"Строка": [row | {"СтавкаНДС": "НДС22"}]})
    assert "СтавкаНДС" in refusal(kind, old, "1.8").where
    rate = {"Ставка": Decimal(22), "РасчетнаяСтавка": False}
    rate |= {"НеОблагается": False, "ВидСтавки": "Общая"}
    new = order(Товары={"Строка": [row | {"СтавкаНДС": rate}]})
    assert "<Ставка>22</Ставка>".encode() in encode_object(kind, new, "1.21")


def test_a_version_without_a_schema_is_not_written() -> None:
    with pytest.raises(Misunderstood) as caught:
        write_message(io.BytesIO(), header("1.17"), [])
    assert caught.value.code == "version_not_held"


def test_a_format_without_a_version_is_not_written() -> None:
    nameless = Header(format="urn:x", created=MIDNIGHT, versions=("1.21",))
    with pytest.raises(Misunderstood) as caught:
        write_message(io.BytesIO(), nameless, [])
    assert caught.value.where == "Format"


def test_a_header_that_does_not_fit_is_refused_by_its_element() -> None:
    silent = Header(format=namespace_of("1.21"), created=MIDNIGHT, versions=())
    with pytest.raises(Misunderstood) as caught:
        write_message(io.BytesIO(), silent, [])
    assert caught.value.where == "Header"
    assert "AvailableVersion" in caught.value.found


def test_a_deletion_names_the_object_by_its_kind() -> None:
    assert deletion("Документ.ЗаказКлиента", KEY.upper(), "1.21") == (
        "УдалениеОбъекта",
        {"СсылкаНаОбъект": {"СсылкаНаОбъект": {"ЗаказКлиентаСсылка": KEY}}},
    )


@pytest.mark.parametrize(
    ("kind", "key", "said"),
    [
        ("Документ.ЗаказКлиента", "CRM-000042", "GUID"),
        ("Документ.ЗаказыКлиента", KEY, "Документ.ЗаказКлиента"),
    ],
)
def test_a_deletion_of_nothing_known_is_refused(kind: str, key: str, said: str) -> None:
    with pytest.raises(Misunderstood) as caught:
        deletion(kind, key, "1.21")
    assert said in caught.value.expected
