from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.mappings.bp30_samples import MAPPINGS, Base, whole_base

from provodka.foundation.errors import ConfigurationError
from provodka.mappings.checking import check_against
from provodka.mappings.published import FieldInfo

INVOICE = "Document_СчетНаОплатуПокупателю"


def misses(name: str, base: Base) -> list[ConfigurationError]:
    return check_against(MAPPINGS[name], base)


def only_miss(name: str, base: Base) -> ConfigurationError:
    found = misses(name, base)
    assert len(found) == 1, [str(one) for one in found]
    return found[0]


@pytest.mark.parametrize("name", sorted(set(MAPPINGS) - {"product"}))
def test_every_packaged_mapping_fits_bp30(name: str) -> None:
    assert [str(one) for one in misses(name, whole_base())] == []


def test_the_kinds_of_product_rates_are_checked_when_the_base_tells_them() -> None:
    base = whole_base()
    base.enums["ВидыСтавокНДС"] = ["Общая", "Пониженная", "Нулевая", "БезНДС"]
    assert misses("product", base) == []
    base.enums["ВидыСтавокНДС"].remove("Нулевая")
    assert "«Нулевая»" in only_miss("product", base).found


def test_a_missing_field_names_the_line_and_the_nearest_name() -> None:
    base = whole_base()
    fields = base.sets["Catalog_Контрагенты"]
    fields["НаименованиеПолноее"] = fields.pop("НаименованиеПолное")
    error = only_miss("client", base)
    assert error.place is not None
    assert (error.place.path.name, error.place.line) == ("client.yaml", 15)
    assert "НаименованиеПолноее" in error.expected


def test_the_type_field_of_a_composite_reference_is_checked() -> None:
    base = whole_base()
    del base.sets["Document_ПоступлениеНаРасчетныйСчет"]["Контрагент_Type"]
    assert "Контрагент_Type" in only_miss("payment_bank", base).found


def test_a_field_of_another_type_is_told_with_what_fits() -> None:
    base = whole_base()
    base.sets[INVOICE]["СуммаДокумента"] = FieldInfo("Edm.String")
    error = only_miss("invoice", base)
    assert "Edm.String" in error.found
    assert "Edm.Double" in error.expected


def test_a_missing_section_is_one_miss_and_not_one_per_field() -> None:
    base = whole_base()
    del base.inner["Document_РеализацияТоваровУслуг"]["Услуги"]
    error = only_miss("shipment", base)
    assert error.code == "no_section"
    assert "«Услуги»" in error.found


def test_a_missing_field_of_a_section_is_named_with_it() -> None:
    base = whole_base()
    del base.inner[INVOICE]["Товары"]["СтавкаНДС"]
    assert f"{INVOICE}.Товары" in only_miss("invoice", base).found


def test_a_set_that_is_not_published_says_what_the_administrator_does() -> None:
    base = whole_base()
    del base.sets[INVOICE]
    error = only_miss("invoice", base)
    assert error.code == "not_published"
    assert "Настройка состава" in error.next_step


def test_a_set_that_cannot_exist_is_told_from_one_that_is_not_published() -> None:
    mapping = replace(MAPPINGS["invoice"], entity="Documnt_СчетНаОплатуПокупателю")
    error = check_against(mapping, whole_base())[0]
    assert error.code == "no_such_set"
    assert "Document_" in error.expected


def test_a_reference_book_that_is_not_published_is_a_miss() -> None:
    base = whole_base()
    del base.sets["Catalog_Валюты"]
    error = only_miss("payment_cash", base)
    assert "Catalog_Валюты" in error.found


def test_where_a_value_is_looked_up_is_checked_too() -> None:
    base = whole_base()
    del base.sets["Catalog_Организации"]["ОсновнойБанковскийСчет_Key"]
    assert "ОсновнойБанковскийСчет_Key" in only_miss("invoice", base).found


def test_a_kind_of_operation_that_the_base_does_not_have_is_a_miss() -> None:
    base = whole_base()
    base.enums["ВидыОперацийПКО"] = ["ОплатаПокупателю"]
    error = only_miss("payment_cash", base)
    assert "«ОплатаПокупателю»" in error.expected


def test_a_marker_needs_its_field() -> None:
    base = whole_base()
    del base.sets["Catalog_Контрагенты"]["Комментарий"]
    assert "«Комментарий»" in only_miss("client", base).found


def test_constants_are_checked() -> None:
    base = whole_base()
    del base.sets[INVOICE]["КурсВзаиморасчетов"]
    miss: Any = only_miss("invoice", base)
    assert "КурсВзаиморасчетов" in miss.found


def test_a_section_without_line_numbers_is_a_miss() -> None:
    base = whole_base()
    del base.inner[INVOICE]["Товары"]["LineNumber"]
    assert "LineNumber" in only_miss("invoice", base).found
