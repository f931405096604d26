from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.mappings.bp30_samples import MAPPINGS, Base, whole_base

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.located_yaml import parse_yaml
from provodka.mappings.catalog import BP30
from provodka.mappings.checking import check_against
from provodka.mappings.compiled import Mapping
from provodka.mappings.compiling import compile_mapping
from provodka.mappings.configurations import configuration
from provodka.mappings.named import Named, named_by
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


def hidden(base: Base, name: Named) -> Base:
    """The base without a set, a section or a field."""
    if not name.section and not name.field:
        del base.sets[name.entity]
    elif not name.field:
        del base.inner[name.entity][name.section]
    elif name.section:
        del base.inner[name.entity][name.section][name.field]
    else:
        del base.sets[name.entity][name.field]
    return base


EVERY_NAME = [
    (mapping, name)
    for mapping in MAPPINGS.values()
    for name in sorted(set(named_by(mapping)), key=str)
]


@pytest.mark.parametrize(
    ("mapping", "name"),
    EVERY_NAME,
    ids=[".".join(filter(None, (one.name, *name[:3]))) for one, name in EVERY_NAME],
)
def test_nothing_that_a_mapping_names_can_be_missing_without_a_word_at_its_line(
    mapping: Mapping, name: Named
) -> None:
    found = check_against(mapping, hidden(whole_base(), name))
    places = [error.place for error in found]
    assert name.place in places


def test_a_member_of_an_enumeration_is_checked_by_the_facts_where_the_base_calls_it_text() -> None:
    facts = configuration("bp30")
    base = whole_base()
    base.sets[INVOICE]["ВидОперации"] = FieldInfo("Edm.String")
    mapping = replaced("invoice", "ТоварыИУслуги", "ТоварыИУслугы")
    found = check_against(mapping, base, facts)
    assert [error.code for error in found] == ["unknown_enum_value"] * 2
    assert all("3.0.151" in error.found and "«ТоварыИУслуги»" in error.expected for error in found)
    assert {error.place.line for error in found if error.place} == {
        line_of("invoice", "ВидОперации: [ТоварыИУслуги]"),
        line_of("invoice", "ВидОперации: ТоварыИУслуги"),
    }
    assert check_against(mapping, base) == []


def test_a_set_that_the_configuration_has_is_told_to_be_unpublished() -> None:
    base = whole_base()
    del base.sets[INVOICE]
    [error] = check_against(MAPPINGS["invoice"], base, configuration("bp30"))
    assert error.code == "not_published"
    assert "есть в «Бухгалтерия предприятия 3.0" in error.found


def test_a_slip_in_the_name_of_a_set_is_told_from_one_that_is_not_published() -> None:
    mapping = replace(MAPPINGS["invoice"], entity=f"{INVOICE}я")
    [error] = check_against(mapping, whole_base())
    assert (error.code, error.expected) == ("no_such_set", f"возможно, «{INVOICE}»")


def test_a_field_that_the_typical_configuration_has_is_told_so() -> None:
    base = whole_base()
    del base.sets["Catalog_Контрагенты"]["НаименованиеПолное"]
    [error] = check_against(MAPPINGS["client"], base, configuration("bp30"))
    assert "оно есть" in error.found
    assert "обновите конфигурацию" in error.next_step


def test_a_reference_that_leads_elsewhere_is_a_miss() -> None:
    base = whole_base()
    base.targets[INVOICE, "", "Контрагент_Key"] = "Catalog_Партнеры"
    error = only_miss("invoice", base)
    assert error.code == "wrong_target"
    assert "Catalog_Партнеры" in error.found
    assert "Catalog_Контрагенты" in error.expected
    base.targets[INVOICE, "", "Контрагент_Key"] = "Catalog_Контрагенты"
    assert misses("invoice", base) == []


def test_the_facts_know_where_a_reference_leads_when_the_base_is_silent() -> None:
    pair = MAPPINGS["invoice"].pair_of("contract_id")
    assert pair is not None
    wrong = replace(pair, wire_type="StandardODATA.Catalog_Контрагенты")
    pairs = tuple(wrong if one is pair else one for one in MAPPINGS["invoice"].pairs)
    mapping = replace(MAPPINGS["invoice"], pairs=pairs)
    [error] = check_against(mapping, whole_base(), configuration("bp30"))
    assert error.code == "other_target"
    assert "Catalog_ДоговорыКонтрагентов" in error.found


@pytest.mark.parametrize(
    ("entity", "field", "told", "hint"),
    [
        (INVOICE, "ДокументБезНДС", "Edm.String", "Edm.Boolean"),
        (INVOICE, "КурсВзаиморасчетов", "Edm.Boolean", "Edm.Double"),
        (INVOICE, "Комментарий", "Edm.Guid", "Edm.String"),
        ("Catalog_ДоговорыКонтрагентов", "DeletionMark", "Edm.String", "Edm.Boolean"),
        ("Catalog_ДоговорыКонтрагентов", "Организация_Key", "Edm.String", "Edm.Guid"),
    ],
)
def test_constants_and_conditions_must_fit_the_types_of_their_fields(
    entity: str, field: str, told: str, hint: str
) -> None:
    base = whole_base()
    base.sets[entity][field] = FieldInfo(told)
    found = [error for error in misses("invoice", base) if error.code == "wrong_type"]
    assert found
    assert all(told in error.found and hint in error.expected for error in found)


def test_a_comment_too_short_for_the_mark_is_a_miss() -> None:
    base = whole_base()
    base.sets["Catalog_Контрагенты"]["Комментарий"] = FieldInfo("Edm.String", max_length=20)
    assert "Edm.String(20)" in only_miss("client", base).found


def replaced(name: str, text: str, put: str) -> Mapping:
    """A packaged mapping with another text in its file."""
    file = parse_yaml((BP30 / f"{name}.yaml").read_text("utf-8").replace(text, put), BP30 / name)
    return compile_mapping(file, {one.kind: one.entity for one in MAPPINGS.values()})


def line_of(name: str, text: str) -> int:
    lines = (BP30 / f"{name}.yaml").read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)
