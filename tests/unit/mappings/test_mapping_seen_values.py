from __future__ import annotations

from typing import Any

from tests.unit.mappings.bp30_samples import MAPPINGS, line, wire_invoice

from provodka.mappings.catalog import load_mappings, set_folder
from provodka.mappings.seen_values import odd_values, telling_fields

UNKNOWN = "UnavailableEntities.UnavailableEntity_604931cd-d4a8-48d0-bc59-2ac90e044abb"


def test_only_what_tells_values_and_types_is_asked_for() -> None:
    assert telling_fields(MAPPINGS["invoice"]) == ("ВидОперации", "Товары")
    assert telling_fields(MAPPINGS["payment_bank"]) == ("ВидОперации", "Контрагент_Type")
    assert telling_fields(MAPPINGS["organization"]) == ()


def test_values_that_the_mapping_knows_are_nothing_odd() -> None:
    assert odd_values(MAPPINGS["invoice"], [wire_invoice()]) == []


def test_an_unknown_member_is_told_at_its_line_with_the_nearest() -> None:
    rows: list[dict[str, Any]] = [
        {"IsFolder": False, "ВидДоговора": "СПокупателями"},
        {"IsFolder": False, "ВидДоговора": "СПокупателем"},
        {"IsFolder": False, "ВидДоговора": ""},
        {"IsFolder": True, "ВидДоговора": "Группа"},
    ]
    [odd] = odd_values(MAPPINGS["contract"], rows)
    assert "«СПокупателями» (1 раз)" in odd.found
    assert "«СПокупателем»" in odd.expected
    pair = MAPPINGS["contract"].pair_of("kind")
    assert pair is not None
    assert odd.place == pair.values_place


def test_an_unknown_rate_of_a_line_is_told_with_its_section() -> None:
    [odd] = odd_values(MAPPINGS["invoice"], [wire_invoice(Товары=[line(1, СтавкаНДС="НДС7")])])
    assert "Document_СчетНаОплатуПокупателю.Товары.СтавкаНДС" in odd.found


def test_a_reference_into_an_unpublished_set_names_the_set_to_publish() -> None:
    rows = [wire_invoice(Товары=[line(1, Номенклатура_Type=UNKNOWN)])]
    [odd] = odd_values(MAPPINGS["invoice"], rows)
    assert (odd.code, odd.expected) == ("unavailable_target", "Catalog_Номенклатура")
    assert "отложены" in odd.next_step


def test_another_type_is_odd_unless_the_pair_takes_it_for_nothing() -> None:
    row = {"ХозяйственнаяОперация": "РеализацияКлиенту", "Товары": []}
    shipment = load_mappings(set_folder("ut11"))["shipment"]
    other = row | {"ЗаказКлиента_Type": "StandardODATA.Document_ЗаявкаНаВозврат"}
    assert odd_values(shipment, [other]) == []
    [odd] = odd_values(shipment, [row | {"ЗаказКлиента_Type": UNKNOWN}])
    assert "останется пустой" in odd.next_step
    payment = {"ВидОперации": "ОплатаПокупателя", "Контрагент_Type": "StandardODATA.Catalog_X"}
    assert [one.code for one in odd_values(MAPPINGS["payment_cash"], [payment])] == ["odd_value"]


def test_a_filter_that_leaves_nothing_tells_what_there_is() -> None:
    [odd] = odd_values(MAPPINGS["payment_cash"], [{"ВидОперации": "ОплатаОтПокупателя"}] * 3)
    assert odd.code == "nothing_concerns"
    assert "ОплатаОтПокупателя" in odd.expected


def test_an_empty_set_is_nothing_odd() -> None:
    assert odd_values(MAPPINGS["payment_cash"], []) == []
