from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from provodka.connectors.onec.odata.compare import MISSING, differences
from provodka.foundation.errors import Difference

GUID = "41aa6331-954f-11e3-814b-005056c00008"


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (Decimal("100.50"), Decimal("100.5")),
        (Decimal(100), 100),
        (Decimal(3), "3"),
        ("2", 2),
        (GUID, GUID.upper()),
        ("2026-11-22T12:00:00", "2026-11-22T12:00:00.000"),
        (None, ""),
        (None, "0001-01-01T00:00:00"),
        (None, "00000000-0000-0000-0000-000000000000"),
        (True, True),
        ("текст ", "текст "),
    ],
)
def test_the_same_value_in_another_spelling_is_no_difference(sent: Any, stored: Any) -> None:
    assert differences({"Поле": sent}, {"Поле": stored}) == ()


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (Decimal("100.50"), Decimal("100.49")),
        (Decimal(1), "много"),
        ("длинный комментарий", "длинный ком"),
        ("текст ", "текст"),
        ("Текст", "текст"),
        (GUID, GUID.replace("4", "5")),
        ("2026-11-22T12:00:00", "2026-11-21T21:00:00.000"),
        ("2026-11-22T12:00:00", "не дата, но длинная строка"),
        (True, False),
        (True, 1),
        (None, "что-то"),
        ([], None),
    ],
)
def test_a_changed_value_is_a_difference_with_both_values(sent: Any, stored: Any) -> None:
    found = differences({"Поле": sent}, {"Поле": stored})
    assert [one.field for one in found] == ["Поле"]
    assert found[0].stored == stored


def test_a_field_that_the_base_dropped_is_named() -> None:
    assert differences({"НетТакого": "x"}, {}) == (Difference("НетТакого", "x", MISSING),)


def test_a_cell_of_a_tabular_section_is_named_by_row_and_field() -> None:
    sent = {"Товары": [{"LineNumber": "1", "Цена": Decimal(1)}, {"Цена": Decimal(2)}]}
    stored = {"Товары": [{"LineNumber": 1, "Цена": 1}, {"Цена": Decimal("2.01")}]}
    assert differences(sent, stored) == (Difference("Товары[2].Цена", Decimal(2), Decimal("2.01")),)


def test_a_lost_row_is_a_difference() -> None:
    found = differences({"Товары": [{"Цена": 1}, {"Цена": 2}]}, {"Товары": [{"Цена": 1}]})
    assert found == (Difference("Товары[]", 2, 1),)


def test_annotations_and_the_version_are_not_compared() -> None:
    sent = {"Товары@odata.type": "x", "DataVersion": "old", "A": 1}
    assert differences(sent, {"DataVersion": "new", "A": 1, "B": "extra"}) == ()
