"""Conditions as people write them: what 1C would answer with nothing or an error is told before."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from provodka.connectors.onec.odata.metadata import EntitySet, Property
from provodka.flows.onec.raw_filter import raw_filter
from provodka.foundation.errors import ConfigurationError

FIELDS = {
    "Ref_Key": "Edm.Guid",
    "Date": "Edm.DateTime",
    "Number": "Edm.String",
    "Posted": "Edm.Boolean",
    "СуммаДокумента": "Edm.Double",
    "Организация_Key": "Edm.Guid",
    "Контрагент": "Edm.String",
    "Контрагент_Type": "Edm.String",
}
PAYMENTS = EntitySet(
    "Document_Оплата",
    ("Ref_Key",),
    {name: Property(name, type) for name, type in FIELDS.items()},
    {"Строки": {"Сумма": Property("Сумма", "Edm.Double")}},
    {"Организация": "Catalog_Организации"},
)
KEY = "guid'11111111-2222-3333-4444-555555555555'"


def troubles(text: str) -> list[ConfigurationError]:
    with pytest.raises(ConfigurationError) as caught:
        raw_filter(text, PAYMENTS)
    return [caught.value, *caught.value.others]


@pytest.mark.parametrize(
    "text",
    [
        "Posted eq true and СуммаДокумента gt 100.50",
        "Number eq 'а''б, length(x) gt 1'",
        f"Контрагент eq cast({KEY},'Catalog_Контрагенты')",
        f"Организация_Key eq {KEY} or not (Ref_Key ne {KEY})",
        "Date ge datetime'2026-01-01T00:00:00' and year(Date) eq 2026",
        "substringof('СЧ', Number) and startswith(Number, '00')",
        "Строки/any(d: d/Сумма gt 1)",
        "Организация/ИНН eq '7707083893'",
    ],
)
def test_what_1c_understands_is_sent_as_it_was_written(text: str) -> None:
    assert raw_filter(text, PAYMENTS).render(ZoneInfo("UTC")) == text


def test_a_composite_reference_is_told_how_to_be_compared() -> None:
    [error] = troubles(f"Контрагент eq {KEY}")
    assert error.expected == f"Контрагент eq cast({KEY},'Catalog_Контрагенты')"


@pytest.mark.parametrize("name", ["length", "tolower", "trim", "indexof", "replace"])
def test_a_function_that_1c_has_not_is_refused_with_those_it_has(name: str) -> None:
    [error] = troubles(f"{name}(Number) eq 'x'")
    assert name in error.found
    assert "substringof" in error.expected


def test_an_unknown_field_is_told_with_the_nearest() -> None:
    [error] = troubles("СуммаДакумента gt 1")
    assert "«СуммаДокумента»" in error.expected


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Date ge '2026-01-01T00:00:00'", "Date ge datetime'2026-01-01T00:00:00'"),
        ("Date gt 2026-01-01", "Date gt datetime'2026-01-31T00:00:00'"),
        ("Организация_Key eq 11111111-2222-3333-4444-555555555555", f"Организация_Key eq {KEY}"),
        (
            "Организация_Key eq '11111111-2222-3333-4444-555555555555'",
            f"Организация_Key eq {KEY}",
        ),
    ],
)
def test_a_literal_without_its_type_is_told_with_it(text: str, hint: str) -> None:
    [error] = troubles(text)
    assert error.expected == hint


@pytest.mark.parametrize("text", [f"Ref_Key gt {KEY}", "Контрагент lt 'а'"])
def test_references_have_no_order(text: str) -> None:
    [error] = troubles(text)
    assert "eq или ne" in error.expected


@pytest.mark.parametrize("text", ["Posted = true", 'Number eq "1"', "СуммаДокумента > 5"])
def test_signs_of_other_languages_are_told_in_words(text: str) -> None:
    assert any("знак" in error.found for error in troubles(text))


def test_every_trap_of_a_condition_is_told_at_once() -> None:
    found = troubles(f"length(Number) gt 1 and Контрагент eq {KEY} and Номер eq '1'")
    assert len(found) == 3
