from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.unit.mappings.bp30_samples import MAPPINGS

from provodka.foundation.errors import ConfigurationError
from provodka.mappings.catalog import BP30, load_mappings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copied = tmp_path / "bp30"
    shutil.copytree(BP30, copied)
    return copied


def spoil(folder: Path, name: str, old: str, new: str) -> ConfigurationError:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_mappings(folder)
    return caught.value


def test_every_packaged_declaration_fits_the_store() -> None:
    assert set(MAPPINGS) == {
        "client",
        "contract",
        "invoice",
        "organization",
        "payment_bank",
        "payment_cash",
        "product",
        "shipment",
    }


def test_clients_contracts_and_invoices_go_both_ways_the_rest_only_in() -> None:
    assert {name for name, one in MAPPINGS.items() if one.writes} == {
        "client",
        "contract",
        "invoice",
    }
    assert all(one.reads for one in MAPPINGS.values())


def test_both_kinds_of_receipt_become_payments() -> None:
    assert MAPPINGS["payment_bank"].kind == MAPPINGS["payment_cash"].kind == "payment"


def test_an_unknown_column_is_named_with_its_line_and_the_nearest_one(folder: Path) -> None:
    error = spoil(folder, "client.yaml", "ours: full_name", "ours: fulname")
    assert error.place is not None
    assert (error.place.path.name, error.place.line) == ("client.yaml", 15)
    assert "fulname" in error.found
    assert "full_name" in error.expected


def test_a_converter_that_does_not_fit_the_column_is_refused(folder: Path) -> None:
    error = spoil(
        folder,
        "invoice.yaml",
        "theirs: СуммаДокумента, as: money",
        "theirs: СуммаДокумента, as: text",
    )
    assert "«text» для колонки amount" in error.found
    assert "money" in error.expected


def test_an_unknown_converter_suggests_the_nearest(folder: Path) -> None:
    error = spoil(folder, "invoice.yaml", "as: vat_rate", "as: vatrate")
    assert "vat_rate" in error.expected


def test_an_unknown_key_of_a_pair_suggests_the_nearest(folder: Path) -> None:
    error = spoil(folder, "client.yaml", "theirs: Description", "thiers: Description")
    assert "theirs" in error.expected


def test_an_enum_code_that_the_store_does_not_allow_is_refused(folder: Path) -> None:
    error = spoil(folder, "client.yaml", "legal_entity: ", "legal_entety: ")
    assert "legal_entety" in error.found
    assert "legal_entity" in error.expected


def test_a_reference_to_another_kind_than_the_column_leads_to_is_refused(folder: Path) -> None:
    error = spoil(folder, "invoice.yaml", "as: reference client", "as: reference contract")
    assert "ссылается на «client»" in error.expected


def test_a_required_column_that_nothing_fills_is_named(folder: Path) -> None:
    error = spoil(
        folder,
        "payment_bank.yaml",
        "  - {ours: client_id, theirs: Контрагент, as: composite reference client}\n",
        "",
    )
    assert any("client_id" in one.found for one in (error, *error.others))


def test_a_match_by_a_column_that_is_not_mapped_is_refused(folder: Path) -> None:
    error = spoil(folder, "client.yaml", "- [inn, kpp]", "- [inn, source]")
    assert "source" in error.found


def test_an_unknown_derivation_is_refused(folder: Path) -> None:
    error = spoil(folder, "invoice.yaml", "derive: without_vat", "derive: without_tax")
    assert "without_vat" in error.expected


def test_a_written_part_with_two_sections_is_refused(folder: Path) -> None:
    error = spoil(folder, "shipment.yaml", "direction: in", "direction: both")
    assert "4 табличных частей" in error.found


def test_mistakes_of_all_files_are_told_at_once(folder: Path) -> None:
    for name in ("client.yaml", "product.yaml"):
        path = folder / name
        text = (
            path.read_text(encoding="utf-8")
            .replace("ours: name", "ours: nmae")
            .replace("ours: kind", "ours: knd")
        )
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_mappings(folder)
    error = caught.value
    found = [one.place.path.name for one in (error, *error.others) if one.place]
    assert found.count("client.yaml") >= 2
    assert found.count("product.yaml") >= 2


def test_the_version_follows_the_meaning_and_not_the_comments(folder: Path) -> None:
    path = folder / "client.yaml"
    path.write_text("# еще пояснение\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_mappings(folder)["client"].version == MAPPINGS["client"].version
    text = path.read_text(encoding="utf-8").replace("owner: ask", "owner: ours")
    path.write_text(text, encoding="utf-8")
    assert load_mappings(folder)["client"].version != MAPPINGS["client"].version


def test_an_empty_folder_is_an_error_with_the_folder_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="нет файлов соответствий"):
        load_mappings(tmp_path)


def test_the_fields_to_select_fit_a_request_of_two_thousand_characters() -> None:
    encoded = [",".join(one.select).encode() for one in MAPPINGS.values()]
    assert max(len(one) for one in encoded) * 3 < 1900


def test_fields_that_only_come_in_belong_to_the_base_with_their_rows() -> None:
    assert set(MAPPINGS["shipment"].owners.values()) == {"theirs"}
    assert MAPPINGS["shipment"].owners["lines"] == "theirs"
    assert MAPPINGS["invoice"].owners["lines"] == "ask"


def test_the_number_that_the_client_has_on_paper_belongs_to_the_hub() -> None:
    assert MAPPINGS["invoice"].owners["number"] == "ours"


def test_each_field_is_asked_for_once() -> None:
    for mapping in MAPPINGS.values():
        assert len(set(mapping.select)) == len(mapping.select)
    assert MAPPINGS["payment_bank"].select.count("ВидОперации") == 1


def test_a_required_column_of_a_row_that_nothing_fills_is_named(folder: Path) -> None:
    error = spoil(
        folder,
        "invoice.yaml",
        "        - {ours: quantity, theirs: Количество, as: number}\n",
        "",
    )
    assert "quantity" in error.found


def test_the_fields_that_a_write_carries_are_told_from_those_that_only_come_in() -> None:
    assert {"inn", "name"} <= MAPPINGS["client"].sendable
    assert "phone" not in MAPPINGS["client"].sendable
    assert "posted" not in MAPPINGS["invoice"].sendable
    assert {"lines", "lines.price"} <= MAPPINGS["invoice"].sendable
    assert MAPPINGS["shipment"].sendable == frozenset()
