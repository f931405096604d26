"""The compiled schemas say what the official packages say."""

from __future__ import annotations

import subprocess
import sys

import pytest

from provodka.connectors.onec.enterprise_data.message import supported_versions
from provodka.connectors.onec.enterprise_data.schema import (
    Facets,
    ObjectType,
    ValueType,
    message_schema,
    schema_of,
)
from provodka.foundation.errors import Misunderstood

ORDER = "Документ.ЗаказКлиента"
SHIPMENT = "Документ.РеализацияТоваровУслуг"
BANK_RECEIPT = "Документ.ПБДСРасчетыСКонтрагентами"
CASH_RECEIPT = "Документ.ПКОРасчетыСКонтрагентами"
CLIENT = "Справочник.Контрагенты"


@pytest.mark.parametrize("version", supported_versions())
@pytest.mark.parametrize(
    ("kind", "required"),
    [
        (ORDER, ("КлючевыеСвойства", "Валюта", "Контрагент")),
        (
            SHIPMENT,
            ("КлючевыеСвойства", "ВидОперации", "Валюта", "Контрагент", "ДанныеВзаиморасчетов"),
        ),
        (BANK_RECEIPT, ("КлючевыеСвойства", "ОбщиеДанные", "ВидРасчетов", "РасшифровкаПлатежа")),
        (
            CASH_RECEIPT,
            ("КлючевыеСвойства", "ОбщиеДанные", "Контрагент", "ВидРасчетов", "РасшифровкаПлатежа"),
        ),
        (CLIENT, ("КлючевыеСвойства",)),
        ("КлючевыеСвойстваЗаказКлиента", ("Дата", "Номер", "Организация")),
        ("КлючевыеСвойстваКонтрагент", ("Наименование", "ЮридическоеФизическоеЛицо")),
        ("КлючевыеСвойстваДоговор", ("ВидДоговора", "Организация", "Контрагент")),
        ("РасшифровкаПлатежа.Строка", ("Сумма", "ДанныеВзаиморасчетов")),
        ("ОбщиеСвойстваПБДС", ("ДатаВыписки", "Валюта", "Сумма", "БанковскийСчетОрганизации")),
        ("УдалениеОбъекта", ("СсылкаНаОбъект",)),
    ],
)
def test_required_elements_are_those_of_the_package(
    version: str, kind: str, required: tuple[str, ...]
) -> None:
    assert schema_of(version).object_type(kind).required == required


def test_rates_of_vat_were_a_list_in_1_8_and_became_an_object_by_1_21() -> None:
    old = schema_of("1.8").value_type("СтавкиНДС").facets.enumeration
    assert old == (
        *("НДС4", "НДС4_104", "НДС18", "НДС18_118", "НДС2", "НДС2_102", "НДС10", "НДС10_110"),
        *("НДС0", "НДС20", "НДС20_120", "БезНДС", "НДСИсчисляетсяНалоговымАгентом"),
    )
    new = schema_of("1.21")
    assert "СтавкиНДС" not in new.types
    row = new.object_type("Документ.ЗаказКлиента.Товары.Строка")
    assert row.property("СтавкаНДС").type == "КлючевыеСвойстваСтавкиНДС"
    rate = new.object_type("КлючевыеСвойстваСтавкиНДС")
    assert rate.required == ("РасчетнаяСтавка", "НеОблагается", "ВидСтавки")
    assert new.value_type("ВидыСтавокНДС").facets.enumeration == (
        *("Общая", "ОбщаяРасчетная", "Пониженная", "ПониженнаяРасчетная", "Нулевая", "БезНДС"),
    )


def test_kinds_of_settlements_differ_between_versions() -> None:
    name = "ВидыРасчетовСКонтрагентами"
    assert schema_of("1.8").value_type(name).facets.enumeration == (
        *("СПоставщиком", "СПокупателем", "КредитыИЗаймы", "Прочее"),
    )
    assert schema_of("1.21").value_type(name).facets.enumeration == (
        *("СПоставщиком", "СПокупателем", "КредитБанка", "КредитКонтрагента"),
        *("ЗаймКонтрагенту", "Прочее"),
    )


@pytest.mark.parametrize("version", supported_versions())
def test_sums_quantities_and_numbers_have_their_facets(version: str) -> None:
    schema = schema_of(version)
    assert schema.value_type("ТипСумма") == ValueType(
        "ТипСумма", "decimal", Facets(total_digits=15, fraction_digits=2)
    )
    assert schema.value_type("ТипКоличество").facets.fraction_digits == 3
    assert schema.value_type("ТипНомерДокумента").facets.max_length == 256
    assert schema.value_type("КлючевыеСвойстваКонтрагент/ИНН").facets.max_length == 12
    assert schema.value_type("СправочникСсылка.Контрагенты").primitive == "string"


def test_a_property_typed_by_another_simple_type_inherits_its_values() -> None:
    unit = schema_of("1.21").value_type("Справочник.Номенклатура/ЕдиницаИзмеренияСрокаГодности")
    base = schema_of("1.21").value_type("ВидыЕдиницИзмеренияСрокаГодности")
    assert unit.facets.enumeration == base.facets.enumeration != ()


def test_a_union_keeps_both_of_its_members() -> None:
    unions = [
        one
        for one in schema_of("1.21").types.values()
        if isinstance(one, ValueType) and one.members
    ]
    assert {tuple(member.name for member in one.members) for one in unions} == {
        ("ТипДатаФНС", "ТипНоль")
    }


@pytest.mark.parametrize("version", supported_versions())
def test_objects_begin_with_what_their_base_has(version: str) -> None:
    first = schema_of(version).object_type(ORDER).properties[0]
    assert (first.name, first.minimum) == ("AdditionalInfo", 0)
    assert first.tag == "{http://www.1c.ru/SSL/Exchange/Message}AdditionalInfo"


def test_the_order_of_elements_is_that_of_the_version() -> None:
    old, new = (
        [one.name for one in schema_of(version).object_type(ORDER).properties]
        for version in ("1.8", "1.21")
    )
    assert old.index("Товары") < old.index("Комментарий") < old.index("ЭтапыОплаты")
    assert "Комментарий" not in new
    assert new[-2:] == ["ОбщиеСвойстваОбъектовФормата", "СкидкиНаценки"]


def test_a_choice_of_references_may_come_in_any_order() -> None:
    schema = schema_of("1.21")
    assert not schema.object_type("ЛюбаяСсылка/СсылкаНаОбъект").ordered
    assert schema.object_type("СоставнойДокументРасчетов").ordered
    assert schema.object_type(ORDER).ordered


@pytest.mark.parametrize(("version", "count"), [("1.8", 208), ("1.21", 253)])
def test_a_body_may_hold_the_objects_of_the_format_and_deletions(version: str, count: int) -> None:
    kinds = schema_of(version).kinds()
    assert len(kinds) == count
    assert {ORDER, SHIPMENT, BANK_RECEIPT, CASH_RECEIPT, CLIENT, "УдалениеОбъекта"} <= set(kinds)
    assert "КлючевыеСвойстваЗаказКлиента" not in kinds


@pytest.mark.parametrize("version", supported_versions())
def test_every_type_that_a_property_names_exists(version: str) -> None:
    schema = schema_of(version)
    named = {
        each.type
        for one in schema.types.values()
        if isinstance(one, ObjectType)
        for each in one.properties
    }
    assert named <= schema.types.keys()


def test_the_envelope_requires_format_date_and_versions() -> None:
    header = message_schema().object_type("Header")
    assert header.required == ("Format", "CreationDate", "AvailableVersion")
    assert header.property("AvailableVersion").maximum == 100
    assert message_schema().object_type("Confirmation").required == ("From",)


def test_a_simple_type_is_not_taken_for_an_object_nor_back() -> None:
    with pytest.raises(KeyError):
        schema_of("1.8").object_type("ТипСумма")
    with pytest.raises(KeyError):
        schema_of("1.8").value_type(ORDER)
    with pytest.raises(KeyError):
        schema_of("1.8").object_type(ORDER).property("Нет")


def test_a_version_without_a_schema_is_refused_with_those_that_have_one() -> None:
    with pytest.raises(Misunderstood) as caught:
        schema_of("1.17")
    assert caught.value.code == "version_not_held"
    assert "1.17" in caught.value.found
    assert "1.8, 1.21" in caught.value.expected


def test_importing_the_format_compiles_no_schema() -> None:
    program = (
        "from provodka.connectors.onec.enterprise_data import message, schema; "
        "print(schema.schema_of.cache_info().misses, schema.message_schema.cache_info().misses)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert said.stdout.split() == ["0", "0"]
