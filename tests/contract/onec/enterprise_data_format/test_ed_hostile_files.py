"""Every hostile message of the folder: refused by name, set aside by name, or read as it is."""

from __future__ import annotations

import time
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from tests.contract.onec.enterprise_data_format.ed_messages import read
from tests.unit.mappings.bp30_samples import BOOKS, KNOWN, MAPPINGS, MOSCOW

from provodka.connectors.onec.enterprise_data.message import BodyObject, Found, Misread
from provodka.foundation.errors import Misunderstood
from provodka.mappings.enterprise_data.catalog import load_translations
from provodka.mappings.reading import read_page

FILES = Path(__file__).parents[3] / "data/hostile/enterprise_data"
BOUND = 2.0
KEYS = "КлючевыеСвойства"
ORDER = "Документ.ЗаказКлиента"

REFUSED = {
    "bad_header_date": "bad_enterprise_data",
    "deep_nesting": "unreadable_message",
    "empty": "unreadable_message",
    "entities_that_expand": "refused_message",
    "external_dtd": "refused_message",
    "external_entity": "refused_message",
    "foreign_namespace": "unreadable_message",
    "json": "unreadable_message",
    "lone_surrogate": "unreadable_message",
    "lone_surrogate_bytes": "unreadable_message",
    "no_header": "unreadable_message",
    "null_character": "unreadable_message",
    "truncated": "unreadable_message",
    "truncated_in_a_letter": "unreadable_message",
    "two_messages": "unreadable_message",
    "unclosed_element": "unreadable_message",
    "undeclared_entity": "unreadable_message",
    "unheld_version": "version_not_held",
    "web_page": "refused_message",
    "wrong_encoding": "unreadable_message",
}
"""Files that are no message at all, and the code of the error."""

MISREAD = {
    "element_of_nobody": (f"{ORDER}/Скидка", "которого нет в схеме"),
    "element_twice": (f"{ORDER}/{KEYS}/Номер[2]", "элемент повторён"),
    "exponent": (f"{ORDER}/Сумма", "4.5E3"),
    "impossible_date": (f"{ORDER}/{KEYS}/Дата", "2026-02-30"),
    "infinity": (f"{ORDER}/Сумма", "INF"),
    "long_number": (f"{ORDER}/Сумма", "не больше 15 цифр"),
    "nan": (f"{ORDER}/Сумма", "NaN"),
    "nil": (f"{ORDER}/{KEYS}/Номер", "xsi:nil"),
    "unknown_enum": (f"{ORDER}/{KEYS}/Организация/ЮридическоеФизическоеЛицо", "Робот"),
    "unknown_kind": ("Документ.ЗаказНаЛуну", "неизвестный тип объекта"),
    "value_is_an_element": (f"{ORDER}/{KEYS}/Номер", "вложенный элемент «Код»"),
    "wrong_type": (f"{ORDER}/Сумма", "много"),
}
"""Files with one object that does not fit: its element, and what is said of it."""

SENSELESS = {
    "date_with_zone": ("Date", "без часового пояса"),
    "empty_key": ("Ref_Key", "GUID"),
    "senseless_key": ("Ref_Key", "GUID"),
}
"""Files that the schema lets pass, but no document can be made of: the field and the reason."""

FINE = {"byte_order_mark", "no_sum", "old_dates", "utf_16"}


def objects_of(name: str) -> list[BodyObject]:
    began = time.perf_counter()
    try:
        return read((FILES / f"{name}.xml").read_bytes())[1]
    finally:
        assert time.perf_counter() - began < BOUND


def order_of(name: str) -> Found:
    order, following = objects_of(name)
    assert isinstance(following, Found)
    assert isinstance(order, Found), order
    return order


def test_every_file_of_the_folder_is_expected_to_end_somehow() -> None:
    told = [*REFUSED, *MISREAD, *SENSELESS, *FINE]
    assert sorted(told) == sorted(path.stem for path in FILES.iterdir())


@pytest.mark.parametrize(("name", "code"), REFUSED.items())
def test_what_is_no_message_is_a_named_error_at_once(name: str, code: str) -> None:
    with pytest.raises(Misunderstood) as caught:
        objects_of(name)
    assert caught.value.code == code
    assert caught.value.next_step


@pytest.mark.parametrize(("name", "told"), MISREAD.items())
def test_an_object_that_does_not_fit_is_set_aside_by_name_and_the_next_is_read(
    name: str, told: tuple[str, str]
) -> None:
    wrong, following = objects_of(name)
    assert isinstance(following, Found)
    assert following.value[KEYS]["Наименование"] == "Следующий"
    assert isinstance(wrong, Misread)
    where, said = told
    assert wrong.error.where.startswith(f"{where} (строка ")
    assert said in str(wrong.error)
    assert wrong.payload.startswith("<Документ.")


@pytest.mark.parametrize(("name", "told"), SENSELESS.items())
def test_what_the_schema_lets_pass_is_set_aside_where_a_document_is_made_of_it(
    name: str, told: tuple[str, str]
) -> None:
    [translation] = (
        one for one in load_translations(MAPPINGS.values()).values() if one.object == ORDER
    )
    row = translation.as_row(order_of(name).value)
    page = read_page(translation.mapping, [row], KNOWN, MOSCOW, BOOKS)
    assert (len(page.understood), len(page.misunderstood)) == (0, 1)
    field, said = told
    [wrong] = page.misunderstood
    assert field in str(wrong.error)
    assert said in str(wrong.error)


@pytest.mark.parametrize("name", ["byte_order_mark", "utf_16"])
def test_a_mark_of_the_encoding_does_no_harm(name: str) -> None:
    order = order_of(name).value
    assert order[KEYS]["Номер"] == "CRM-000042"
    assert order["Сумма"] == Decimal(4500)
    assert order["Контрагент"]["Наименование"] == "Лютик ООО"


def test_days_of_long_ago_are_days() -> None:
    order = order_of("old_dates").value
    assert order[KEYS]["Дата"] == datetime(1812, 9, 7, 5, 30)  # noqa: DTZ001 - dates of 1C have no zone
    assert order["ДатаДоставкиДоКлиента"] == date(1, 1, 1)


def test_a_sum_that_the_schema_does_not_demand_may_be_missing() -> None:
    assert "Сумма" not in order_of("no_sum").value
