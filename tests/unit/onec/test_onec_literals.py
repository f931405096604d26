from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provodka.connectors.onec.odata import literals
from provodka.connectors.onec.odata.literals import EMPTY_REF, Ref, literal, wire_body
from provodka.foundation.errors import Misunderstood

MOSCOW = ZoneInfo("Europe/Moscow")
ORENBURG = ZoneInfo("Asia/Yekaterinburg")
KEY = UUID("41aa6331-954f-11e3-814b-005056c00008")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (7, "7"),
        (Decimal("1500.50"), "1500.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.0000001"), "0.0000001"),
        ("ООО «Ромашка»", "'ООО «Ромашка»'"),
        ("O'Нил", "'O''Нил'"),
        (KEY, "guid'41aa6331-954f-11e3-814b-005056c00008'"),
        (date(2026, 1, 31), "datetime'2026-01-31T00:00:00'"),
        (
            Ref("Catalog_Контрагенты", KEY),
            "cast(guid'41aa6331-954f-11e3-814b-005056c00008','Catalog_Контрагенты')",
        ),
    ],
)
def test_a_value_becomes_the_literal_that_1c_reads(value: object, text: str) -> None:
    assert literal(value, MOSCOW) == text


def test_a_moment_is_sent_in_the_clock_of_the_base_and_not_in_utc() -> None:
    new_year = datetime(2026, 1, 1, 0, 30, tzinfo=MOSCOW)
    assert literal(new_year, MOSCOW) == "datetime'2026-01-01T00:30:00'"
    assert literal(new_year.astimezone(UTC), MOSCOW) == "datetime'2026-01-01T00:30:00'"
    assert literal(new_year, ORENBURG) == "datetime'2026-01-01T02:30:00'"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        literal(datetime(2026, 1, 1), MOSCOW)  # noqa: DTZ001


@pytest.mark.parametrize("value", [1.5, b"x", object()])
def test_what_has_no_exact_literal_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        literal(value, MOSCOW)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity")])
def test_a_number_that_is_none_is_refused(value: Decimal) -> None:
    with pytest.raises(ValueError, match="finite"):
        literal(value, MOSCOW)


@given(st.text())
def test_no_text_can_leave_its_quotes(text: str) -> None:
    inner = literal(text, MOSCOW)[1:-1]
    assert inner.replace("''", "").count("'") == 0
    assert inner.replace("''", "'") == text


@given(
    st.datetimes(
        min_value=datetime(1990, 1, 1),  # noqa: DTZ001
        max_value=datetime(2040, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=-11)), ORENBURG]),
    )
)
def test_a_moment_survives_the_way_there_and_back(moment: datetime) -> None:
    local = moment.astimezone(ORENBURG)
    back = literals.from_local(literals.local_text(moment, ORENBURG), ORENBURG)
    if local.fold == 0 and local.astimezone(UTC).astimezone(ORENBURG) == local:
        assert back == moment.replace(microsecond=0)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00", ""])
def test_the_empty_date_is_none(text: str) -> None:
    assert literals.as_datetime(text, MOSCOW) is None


def test_a_date_before_1900_is_read() -> None:
    assert literals.as_datetime("1899-12-31T10:00:00", ORENBURG) == datetime(
        1899, 12, 31, 10, tzinfo=ORENBURG
    )


@pytest.mark.parametrize("value", ["", None, str(EMPTY_REF)])
def test_the_empty_reference_is_none(value: object) -> None:
    assert literals.as_ref(value) is None


def test_numbers_come_as_strings_integers_and_decimals() -> None:
    assert literals.as_decimal("12.50") == Decimal("12.50")
    assert literals.as_decimal(12) == Decimal(12)
    assert literals.as_int("3") == 3


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        (literals.as_decimal, True),
        (literals.as_decimal, "много"),
        (literals.as_decimal, "NaN"),
        (literals.as_decimal, [1]),
        (literals.as_int, "1.5"),
        (literals.as_bool, "true"),
        (literals.as_text, 5),
        (literals.as_ref, "не guid"),
        (literals.as_ref, 5),
    ],
)
def test_a_value_of_a_wrong_type_is_misunderstood_and_shown(reader: object, value: object) -> None:
    with pytest.raises(Misunderstood) as caught:
        reader(value)  # type: ignore[operator]
    assert repr(value) in caught.value.found


def test_a_date_that_is_none_is_misunderstood() -> None:
    with pytest.raises(Misunderstood, match=r"31\.12\.2026"):
        literals.as_datetime("31.12.2026", MOSCOW)


def test_a_composite_reference_is_read_with_its_type() -> None:
    assert literals.as_typed_ref(str(KEY), "StandardODATA.Catalog_Контрагенты") == Ref(
        "Catalog_Контрагенты", KEY
    )
    assert literals.as_typed_ref("", "StandardODATA.Undefined") is None


def test_a_reference_to_an_unpublished_set_is_misunderstood() -> None:
    with pytest.raises(Misunderstood, match="не опубликован"):
        literals.as_typed_ref(str(KEY), f"UnavailableEntities.UnavailableEntity_{KEY}")


def test_a_body_is_converted_and_its_rows_are_numbered_from_one() -> None:
    body = {
        "Date": datetime(2026, 11, 22, 9, 0, 0, 999, tzinfo=UTC),
        "Контрагент_Key": KEY,
        "Договор_Key": None,
        "Комментарий": None,
        "СуммаДокумента": Decimal("1E+2"),
        "Posted": False,
        "Товары": [
            {"Номенклатура": Ref("Catalog_Номенклатура", KEY), "LineNumber": 9},
            {"Цена": Decimal("10.10")},
        ],
    }
    assert wire_body(body, MOSCOW, "Document_Счет") == {
        "Date": "2026-11-22T12:00:00",
        "Контрагент_Key": str(KEY),
        "Договор_Key": str(EMPTY_REF),
        "Комментарий": None,
        "СуммаДокумента": Decimal(100),
        "Posted": False,
        "Товары@odata.type": "Collection(StandardODATA.Document_Счет_Товары_RowType)",
        "Товары": [
            {
                "LineNumber": "1",
                "Номенклатура": str(KEY),
                "Номенклатура_Type": "StandardODATA.Catalog_Номенклатура",
            },
            {"LineNumber": "2", "Цена": Decimal("10.10")},
        ],
    }


def test_a_float_never_reaches_a_body() -> None:
    with pytest.raises(TypeError, match="Цена"):
        wire_body({"Товары": [{"Цена": 0.1}]}, MOSCOW, "Document_Счет")


def test_references_are_equal_by_set_and_key() -> None:
    assert {Ref("Catalog_A", KEY), Ref("Catalog_A", KEY)} == {Ref("Catalog_A", KEY)}
    assert Ref("Catalog_A", KEY) != Ref("Catalog_B", KEY)
    assert "Catalog_A" in repr(Ref("Catalog_A", KEY))
