"""Shapes of EnterpriseData: checked at load, with the line of what is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from provodka.connectors.onec.enterprise_data.message import supported_versions
from provodka.connectors.onec.enterprise_data.schema import schema_of
from provodka.foundation.errors import ConfigurationError
from provodka.mappings.catalog import load_mappings
from provodka.mappings.compiled import Mapping
from provodka.mappings.enterprise_data.catalog import SHAPES, load_translations
from provodka.mappings.enterprise_data.paths import alternatives, property_at
from provodka.mappings.enterprise_data.translation import Translation

MAPPINGS = load_mappings()
TRANSLATIONS = load_translations(MAPPINGS.values())
OBJECTS = {
    "organization": "Справочник.Организации",
    "client": "Справочник.Контрагенты",
    "contract": "Справочник.Договоры",
    "product": "Справочник.Номенклатура",
    "invoice": "Документ.ЗаказКлиента",
    "shipment": "Документ.РеализацияТоваровУслуг",
    "payment_bank": "Документ.ПБДСРасчетыСКонтрагентами",
    "payment_cash": "Документ.ПКОРасчетыСКонтрагентами",
}


def broken(folder: Path, name: str, old: str, new: str, mappings: list[Mapping]) -> list[str]:
    """Every mistake that loading finds after one change of a shape."""
    shutil.copytree(SHAPES, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    file = folder / f"{name}.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_translations(mappings, folder)
    return [str(one) for one in (caught.value, *caught.value.others)]


def test_every_mapping_has_the_shape_of_its_object() -> None:
    assert {name: one.object for name, one in TRANSLATIONS.items()} == OBJECTS


@pytest.mark.parametrize("version", supported_versions())
@pytest.mark.parametrize("translation", TRANSLATIONS.values(), ids=TRANSLATIONS.keys())
def test_every_field_has_a_path_in_every_version_unless_it_says_since_when(
    translation: Translation, version: str
) -> None:
    schema, shape = schema_of(version), translation.shape
    for name, one in shape.fields.items():
        there = alternatives(schema, shape.object, one.paths)
        assert there or one.since or not one.paths, name
    for sources in shape.sections.values():
        for source in sources:
            rows = property_at(schema, shape.object, source.rows)
            assert rows is not None
            for name, one in source.fields.items():
                there = alternatives(schema, rows.type, one.paths)
                assert there or one.since or not one.paths, name


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("client", "КлючевыеСвойства/КПП", "КлючевыеСвойства/КППП", "нет пути"),
        ("client", "Справочник.Контрагенты\n", "Справочник.Контрагенты2\n", "нет объекта"),
        ("shipment", "[Заказ, СчетПокупателю]", "Закас", "нет пути"),
        ("payment_cash", "СПокупателем:", "СПокупателями:", "значения «СПокупателями» нет"),
        ("invoice", "  Контрагент_Key: Контрагент\n", "", "Контрагент"),
        ("contract", 'since: "1.21"', 'since: "1.19"', "версия 1.19"),
        ("product", "ТипНоменклатуры", "ЭтоНабор", "пути нет в версии 1.8"),
        ("organization", "written:\n", "writen:\n", "неизвестное поле «writen»"),
    ],
)
def test_a_wrong_path_object_member_or_word_is_told_with_its_line(
    tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    told = broken(tmp_path / "shapes", name, old, new, list(MAPPINGS.values()))
    assert any(said in one for one in told)
    assert all(f"{name}.yaml:" in one for one in told)


def test_a_required_element_that_nothing_fills_is_named(tmp_path: Path) -> None:
    rule = "written:\n  КлючевыеСвойства/ЮридическоеФизическоеЛицо: legal form\n"
    told = broken(tmp_path / "shapes", "organization", rule, "", list(MAPPINGS.values()))
    assert any("КлючевыеСвойства/ЮридическоеФизическоеЛицо ничем не заполнен" in t for t in told)


def test_a_field_of_a_mapping_that_the_format_cannot_carry_is_told_with_the_mappings_line(
    tmp_path: Path,
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    extra = "extends: bp30\nconstants:\n  Ответственный_Key: 5b1f3a7e-9c1d-4f60-8a11-2f7f00000001\n"
    (own / "invoice.yaml").write_text(extra, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_translations(load_mappings(own).values())
    assert "не знает поля «Ответственный_Key»" in str(caught.value)
    assert "invoice.yaml:3" in str(caught.value)


def test_a_mapping_without_a_shape_is_told_with_what_there_is(tmp_path: Path) -> None:
    empty = tmp_path / "none"
    empty.mkdir()
    with pytest.raises(ConfigurationError, match="нет формы EnterpriseData"):
        load_translations([MAPPINGS["client"]], empty)


def test_what_has_to_be_looked_up_in_the_base_is_left_to_the_base() -> None:
    outgoing = TRANSLATIONS["invoice"].outgoing
    assert all(pair.otherwise is None for pair in outgoing.pairs)
    assert "СтруктурнаяЕдиница_Key" not in {name for name, _value, _place in outgoing.constants}
    assert "КурсВзаиморасчетов" in {name for name, _value, _place in outgoing.constants}
