from __future__ import annotations

from pathlib import Path

import pytest

from provodka.foundation.errors import ConfigurationError
from provodka.mappings.catalog import BP30, SETS, load_mappings, set_folder
from provodka.mappings.compiled import Mapping

CLIENT = "extends: bp30\n"


def overlay(folder: Path, **files: str) -> dict[str, Mapping]:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_mappings(folder)


def mistakes(folder: Path, **files: str) -> list[ConfigurationError]:
    with pytest.raises(ConfigurationError) as caught:
        overlay(folder, **files)
    return [caught.value, *caught.value.others]


def pair(mapping: Mapping, column: str) -> str:
    found = mapping.pair_of(column)
    assert found is not None
    return found.theirs


SYSTEMS = {"bp30": ("S-2",), "ut11": ("S-3", "S-4"), "unf": ("S-5",), "crm3": ("S-1",)}


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=pytest.mark.requirement(*SYSTEMS[one])) for one in SETS]
)
def test_every_packaged_set_maps_what_its_configuration_keeps(name: str) -> None:
    elsewhere = {"payment_bank", "payment_cash", "shipment"} if name == "crm3" else set()
    assert set(load_mappings(set_folder(name))) == set(load_mappings()) - elsewhere


def test_an_empty_overlay_is_the_base_itself(tmp_path: Path) -> None:
    found, base = overlay(tmp_path, client=CLIENT), load_mappings()
    assert {name: one.version for name, one in found.items()} == {
        name: one.version for name, one in base.items()
    }


def test_a_pair_keeps_what_the_overlay_does_not_mention(tmp_path: Path) -> None:
    said = "extends: bp30\nfields:\n  - {ours: currency, theirs: Валюта_Key}\n"
    found = overlay(tmp_path, invoice=said)["invoice"].pair_of("currency")
    assert found is not None
    assert (found.theirs, found.how, found.argument) == ("Валюта_Key", "book", "currency")
    assert (found.default, found.only) == ("RUB", frozenset({"RUB"}))


def test_null_takes_an_inherited_key_away(tmp_path: Path) -> None:
    said = "extends: bp30\nonly: null\nfields:\n  - {ours: currency, only: null}\n"
    found = overlay(tmp_path, invoice=said)["invoice"]
    currency = found.pair_of("currency")
    assert currency is not None
    assert (found.only, currency.only) == ((), frozenset())


def test_a_pair_is_dropped_and_another_is_added(tmp_path: Path) -> None:
    said = (
        "extends: bp30\nfields:\n  - {ours: comment, drop: true}\n"
        "  - {ours: due_date, theirs: СрокОплаты, as: day}\n"
    )
    found = overlay(tmp_path, invoice=said)["invoice"]
    assert found.pair_of("comment") is None
    assert (found.columns[-1], pair(found, "due_date")) == ("due_date", "СрокОплаты")


def test_a_second_pair_of_a_column_is_only_added_when_asked(tmp_path: Path) -> None:
    said = (
        "extends: bp30\nparts:\n  lines:\n    - section: Товары\n      fields:\n"
        "        - {ours: amount, theirs: Всего, as: money, direction: out, add: true}\n"
    )
    section = overlay(tmp_path, invoice=said)["invoice"].parts[0].sections[0]
    assert [one.theirs for one in section.pairs if one.ours == "amount"] == ["Сумма", "Всего"]


def test_a_section_is_renamed_with_its_pairs(tmp_path: Path) -> None:
    said = "extends: bp30\nparts:\n  lines:\n    - {section: Товары, renamed: Запасы}\n"
    part = overlay(tmp_path, invoice=said)["invoice"].parts[0]
    assert [one.theirs for one in part.sections] == ["Запасы"]
    assert "price" in part.columns


def test_constants_and_filters_are_replaced_one_by_one(tmp_path: Path) -> None:
    said = "extends: bp30\nconstants: {КурсВзаиморасчетов: null, Статус: Новый}\n"
    names = [name for name, _value, _place in overlay(tmp_path, invoice=said)["invoice"].constants]
    assert "КурсВзаиморасчетов" not in names
    assert {"Статус", "ДокументБезНДС"} <= set(names)


def test_a_whole_mapping_is_left_out(tmp_path: Path) -> None:
    assert "payment_cash" not in overlay(tmp_path, payment_cash="extends: bp30\ndrop: true\n")


def test_an_overlay_extends_an_overlay(tmp_path: Path) -> None:
    said = "extends: ut11\nfields:\n  - {ours: comment, theirs: ДополнительнаяИнформация}\n"
    found = overlay(tmp_path, invoice=said)["invoice"]
    assert found.entity == "Document_ЗаказКлиента"
    assert pair(found, "comment") == "ДополнительнаяИнформация"


def test_a_mistake_of_the_overlay_is_told_at_its_own_line(tmp_path: Path) -> None:
    said = "extends: bp30\nfields:\n  - {ours: currency, as: booc currency}\n"
    [error] = mistakes(tmp_path, invoice=said)
    assert error.place is not None
    assert (error.place.path, error.place.line) == (tmp_path / "invoice.yaml", 3)


def test_what_the_overlay_took_away_is_missed_at_its_own_line(tmp_path: Path) -> None:
    said = "extends: bp30\nfields:\n  - {ours: amount, as: null}\n"
    [error] = mistakes(tmp_path, invoice=said)
    assert error.place is not None
    assert (error.place.path, error.place.line) == (tmp_path / "invoice.yaml", 3)


def test_a_mistake_in_an_inherited_line_is_told_at_the_line_of_the_base(tmp_path: Path) -> None:
    said = "extends: bp30\nkind: shipment\n"
    places = [error.place for error in mistakes(tmp_path, invoice=said) if error.place]
    lines = {place.line for place in places if place.path == BP30 / "invoice.yaml"}
    owner = next(
        number
        for number, line in enumerate((BP30 / "invoice.yaml").read_text("utf-8").splitlines(), 1)
        if "Организация_Key, as:" in line
    )
    assert owner in lines


def test_what_the_base_has_not_cannot_be_taken_away(tmp_path: Path) -> None:
    said = "extends: bp30\nonly: {ВидОперацыи: null}\nfields:\n  - {ours: currensy, drop: true}\n"
    first, second = mistakes(tmp_path, invoice=said)
    assert "«ВидОперации»" in first.expected
    assert "«currency»" in second.expected
    assert [first.place and first.place.line, second.place and second.place.line] == [2, 4]


@pytest.mark.parametrize(
    ("said", "hint"),
    [("extends: bp3\n", "bp30"), ("extends: [bp30]\n", "bp30"), ("extends: .\n", "bp30")],
)
def test_a_set_that_cannot_be_extended_is_told_with_those_that_can(
    tmp_path: Path, said: str, hint: str
) -> None:
    [error] = mistakes(tmp_path, client=said)
    assert error.code == "bad_overlay"
    assert hint in error.expected


def test_one_folder_extends_one_set(tmp_path: Path) -> None:
    errors = mistakes(tmp_path, client="extends: bp30\n", invoice="extends: ut11\n")
    assert [error.code for error in errors] == ["bad_overlay"]


def test_an_overlay_of_a_mapping_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    [error] = mistakes(tmp_path, invoises="extends: bp30\n")
    assert "«invoice»" in error.expected


def test_a_contract_alone_makes_no_new_version(tmp_path: Path) -> None:
    found = overlay(tmp_path, client="extends: bp30\ncontract: set_aside\n")["client"]
    assert found.contract == "set_aside"
    assert found.version == load_mappings()["client"].version
