"""Literals of simple values, by XML Schema and by the facets of 1C's types."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from provodka.connectors.onec.enterprise_data.facets import Unfit
from provodka.connectors.onec.enterprise_data.literals import Codec, codec_of
from provodka.connectors.onec.enterprise_data.schema import schema_of

NOON = datetime.fromisoformat("2026-01-31T12:00:00")
YEAR_ONE = datetime.fromisoformat("0001-01-01T00:00:00")


def codec(name: str, version: str = "1.21") -> Codec:
    return codec_of(schema_of(version).value_type(name))


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("ТипСумма", "1250.50", Decimal("1250.5")),
        ("ТипСумма", " -7 ", Decimal(-7)),
        ("ТипСумма", "9999999999999.99", Decimal("9999999999999.99")),
        ("ТипСумма", "0012.5000", Decimal("12.5")),
        ("ТипСумма", "+.5", Decimal("0.5")),
        ("ТипСумма", "5.", Decimal(5)),
        ("ТипКоличество", "0.125", Decimal("0.125")),
        ("xs:decimal", "123456789012345678901234.5", Decimal("123456789012345678901234.5")),
        ("xs:int", "-2147483648", -2147483648),
        ("ТипНомерСтроки", "+7", 7),
        ("xs:boolean", "1", True),
        ("xs:boolean", " false ", False),
        ("xs:dateTime", "2026-01-31T12:00:00", NOON),
        ("xs:dateTime", "0001-01-01T00:00:00", YEAR_ONE),
        ("xs:dateTime", "1899-12-30T23:59:59", datetime.fromisoformat("1899-12-30T23:59:59")),
        ("xs:date", "2026-01-31", date(2026, 1, 31)),
        ("xs:base64Binary", "0J\n/R gA==", b"\xd0\x9f\xd1\x80"),
        ("ВидыДоговоров", "СПокупателем", "СПокупателем"),
        ("КлючевыеСвойстваКонтрагент/ИНН", "7700123459", "7700123459"),
        ("xs:string", "  пробелы  ", "  пробелы  "),
    ],
)
def test_a_literal_is_read(kind: str, text: str, value: Any) -> None:
    found = codec(kind).decode(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("ТипСумма", "12.345"),
        ("ТипСумма", "99999999999999.99"),
        ("ТипСумма", "1e5"),
        ("ТипСумма", "NaN"),
        ("ТипСумма", "Infinity"),
        ("ТипСумма", "1 000"),
        ("ТипСумма", "1_000"),
        ("ТипСумма", "1,5"),
        ("ТипСумма", "٣"),
        ("ТипСумма", ""),
        ("ТипСумма", "."),
        ("ТипСумма", "9" * 401),
        ("ТипКоличество", "0.1234"),
        ("xs:int", "2147483648"),
        ("xs:int", "1.0"),
        ("xs:integer", "1" * 5000),
        ("ТипНомерСтроки", "12345678901"),
        ("xs:boolean", "TRUE"),
        ("xs:boolean", "да"),
        ("xs:dateTime", "2026-01-31"),
        ("xs:dateTime", "2026-02-30T00:00:00"),
        ("xs:dateTime", "2026-01-31 12:00:00"),
        ("xs:dateTime", "2026-W05-6T12:00:00"),
        ("xs:dateTime", "20260131T120000"),
        ("xs:date", "31.01.2026"),
        ("xs:date", "2026-02-30"),
        ("xs:date", "0000-01-01"),
        ("xs:base64Binary", "Привет"),
        ("xs:base64Binary", "abc"),
        ("ВидыДоговоров", "С покупателем"),
        ("ВидыДоговоров", ""),
        ("КлючевыеСвойстваКонтрагент/ИНН", "7700123459000"),
    ],
)
def test_what_is_no_literal_of_the_type_is_refused(kind: str, text: str) -> None:
    with pytest.raises(Unfit) as caught:
        codec(kind).decode(text)
    assert caught.value.found
    assert caught.value.expected


def test_a_moment_that_names_its_zone_keeps_it() -> None:
    found = codec("xs:dateTime").decode("2026-01-31T12:00:00Z")
    assert found == datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_a_union_takes_what_any_member_takes() -> None:
    union = "ОбщиеСвойстваДанныеКлассификатора"
    schema = schema_of("1.21")
    name = next(
        one.name
        for one in schema.types.values()
        if getattr(one, "members", ()) and union not in one.name
    )
    assert codec(name).decode("0") == "0"
    assert codec(name).decode("31.12.2025") == "31.12.2025"
    for wrong in ("31.02.2025", "2025-12-31", ""):
        with pytest.raises(Unfit):
            codec(name).decode(wrong)
        with pytest.raises(Unfit):
            codec(name).encode(wrong)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("ТипСумма", Decimal("1250.50"), "1250.5"),
        ("ТипСумма", Decimal("1E+3"), "1000"),
        ("ТипСумма", Decimal("-0.00"), "0"),
        ("ТипСумма", Decimal("0.01"), "0.01"),
        ("ТипСумма", 7, "7"),
        ("ТипКоличество", Decimal("0.001"), "0.001"),
        ("xs:decimal", Decimal("1E-7"), "0.0000001"),
        ("xs:int", -5, "-5"),
        ("xs:boolean", True, "true"),
        ("xs:boolean", False, "false"),
        ("xs:dateTime", NOON, "2026-01-31T12:00:00"),
        ("xs:dateTime", YEAR_ONE, "0001-01-01T00:00:00"),
        ("xs:date", date(2026, 1, 31), "2026-01-31"),
        ("xs:base64Binary", b"\x00\xff", "AP8="),
    ],
)
def test_a_value_is_written_as_its_canonical_literal(kind: str, value: Any, text: str) -> None:
    assert codec(kind).encode(value) == text


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("ТипСумма", 1.5),
        ("ТипСумма", "1.5"),
        ("ТипСумма", True),
        ("ТипСумма", Decimal("NaN")),
        ("ТипСумма", Decimal("1E+999999")),
        ("ТипСумма", Decimal("0.005")),
        ("ТипСумма", Decimal("1E+15")),
        ("xs:int", True),
        ("xs:int", Decimal(1)),
        ("xs:int", 2**31),
        pytest.param("xs:integer", 10**5000, id="an endless integer"),
        ("xs:boolean", 1),
        ("xs:boolean", "true"),
        ("xs:dateTime", date(2026, 1, 31)),
        ("xs:dateTime", "2026-01-31T12:00:00"),
        ("xs:date", NOON),
        ("xs:base64Binary", "AP8="),
        ("xs:string", 7),
        ("xs:string", None),
        ("ВидыДоговоров", "СПокупателями"),
    ],
)
def test_a_value_of_another_type_is_not_written(kind: str, value: Any) -> None:
    with pytest.raises(Unfit):
        codec(kind).encode(value)


def test_a_moment_with_a_zone_is_not_written_because_1c_has_none() -> None:
    with pytest.raises(Unfit) as caught:
        codec("xs:dateTime").encode(datetime(2026, 1, 31, 12, tzinfo=UTC))
    assert "без часового пояса" in caught.value.expected


def test_a_misspelt_value_of_a_list_gets_a_hint() -> None:
    with pytest.raises(Unfit) as caught:
        codec("ВидыДоговоров").decode("СПокупателями")
    assert "СПокупателем" in caught.value.expected


def test_a_long_value_is_shown_cut() -> None:
    with pytest.raises(Unfit) as caught:
        codec("ВидыДоговоров").decode("Я" * 500)
    assert len(caught.value.found) < 80
