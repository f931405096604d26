from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from provodka.connectors.onec.odata.metadata import Metadata, Property, SetStatus
from provodka.connectors.onec.odata.metadata_cache import MetadataCache
from provodka.connectors.onec.odata.metadata_reader import parse_metadata
from provodka.foundation.errors import ConfigurationError, Misunderstood

DATA = Path(__file__).parents[2] / "data/onec"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def trade() -> Metadata:
    return parse_metadata((DATA / "metadata_trade_8.5.xml").read_bytes())


def construct(name: str) -> Metadata:
    return parse_metadata((DATA / "metadata" / name).read_bytes())


def test_a_real_base_is_read_with_its_sets_fields_and_sections(trade: Metadata) -> None:
    assert len(trade.sets) == 38
    order = trade.set("Document_ЗаказКлиента")
    assert order.keys == ("Ref_Key",)
    assert order.properties["СуммаДокумента"] == Property("СуммаДокумента", "Edm.Double")
    assert order.properties["Ref_Key"].nullable is False
    assert list(order.sections) == [
        "Товары",
        "ЭтапыГрафикаОплаты",
        "СкидкиНаценки",
        "НачислениеБонусныхБаллов",
        "ДополнительныеРеквизиты",
    ]
    assert order.sections["Товары"]["LineNumber"].type == "Edm.Int64"
    assert order.find("Товары/Номенклатура_Key") == Property("Номенклатура_Key", "Edm.Guid")
    assert order.find("Товары/Нет") is None


def test_a_real_base_tells_where_references_lead_and_which_fields_are_composite(
    trade: Metadata,
) -> None:
    order = trade.set("Document_ЗаказКлиента")
    assert order.navigation["Контрагент"] == "Catalog_Контрагенты"
    assert order.composites == {"ДокументОснование", "Автор"}
    register = trade.set("AccumulationRegister_ЗаказыКлиентов")
    assert register.keys == ("Recorder", "Recorder_Type")
    assert register.composites == {"Recorder"}
    assert "ЗаказКлиента" in register.composites_of("RecordSet")


def test_a_real_base_offers_virtual_tables_and_actions(trade: Metadata) -> None:
    register = trade.set("AccumulationRegister_ЗаказыКлиентов")
    assert set(register.functions) == {"Balance", "Turnovers", "BalanceAndTurnovers"}
    balance = register.functions["Balance"]
    assert balance.parameters == {
        "Condition": "Edm.String",
        "Dimensions": "Edm.String",
        "Period": "Edm.DateTime",
    }
    assert balance.fields["СуммаBalance"].type == "Edm.Double"
    turnovers_only = trade.set("AccumulationRegister_ВыручкаИСебестоимостьПродаж")
    assert "Balance" not in turnovers_only.functions
    post = trade.set("Document_ЗаказКлиента").functions["Post"]
    assert post.action
    assert not balance.action


def test_a_slice_is_found_under_its_register_though_declared_on_the_record_type(
    trade: Metadata,
) -> None:
    register = trade.set("InformationRegister_СуммыДокументовВВалютахУчета")
    assert {"SliceLast", "SliceFirst"} <= set(register.functions)
    assert "СуммаБезНДС" in register.functions["SliceLast"].fields


def test_enumerations_are_read_even_when_declared_twice(trade: Metadata) -> None:
    assert trade.enums["AllowedLength"] == ("Fixed", "Variable")


def test_a_catalog_with_a_section_knows_lengths_and_row_fields() -> None:
    goods = construct("01-catalog-with-table.xml").set("Catalog_Номенклатура")
    assert goods.properties["Description"].max_length == 100
    assert goods.properties["PredefinedDataName"].max_length is None
    assert set(goods.sections["Артикулы"]) == {"Ref_Key", "LineNumber", "Артикул"}
    assert "Артикулы/Артикул" in goods.paths()


def test_actions_bound_by_path_are_read() -> None:
    document = construct("02-document-with-fi.xml").set("Document_РТУ")
    assert document.functions["Post"].action
    assert document.functions["Post"].parameters == {"PostingModeOperational": "Edm.Boolean"}
    assert document.navigation == {"Контрагент": "Catalog_Контрагенты"}


def test_virtual_tables_bound_by_path_are_read_and_are_no_actions() -> None:
    prices = construct("03-information-register.xml").set("InformationRegister_ЦеныНоменклатуры")
    assert prices.functions["SliceLast"].fields["Цена"].type == "Edm.Double"
    assert not prices.functions["SliceLast"].action
    stock = construct("04-accumulation-register.xml").set("AccumulationRegister_ОстаткиТоваров")
    assert stock.functions["Balance"].fields["Количество"].type == "Edm.Double"
    books = construct("05-accounting-register.xml").set("AccountingRegister_Хозрасчетный")
    assert set(books.functions) == {"DrCrTurnovers", "ExtDimensions"}
    assert books.functions["DrCrTurnovers"].fields == {}


def test_value_storage_composite_recorder_and_constants_are_read() -> None:
    files = construct("06-value-storage.xml").set("Catalog_Файлы")
    assert files.properties["ФайлХранилище_Base64Data"].type == "Edm.Binary"
    register = construct("07-composite-ref.xml").set("AccumulationRegister_X")
    assert register.keys == ("Recorder", "LineNumber")
    assert register.composites == {"Recorder"}
    constant = construct("08-constant.xml").set("Constant_ОсновнаяВалюта")
    assert constant.keys == ("SurrogateKey",)
    assert constant.navigation == {"Value": "Catalog_Валюты"}


def test_a_document_of_types_without_sets_is_read() -> None:
    described = construct("09-enum-and-complex.xml")
    assert described.sets == {}
    assert described.enums == {"ВидНоменклатуры": ("Товар", "Услуга")}


def test_a_wrong_field_is_named_with_the_nearest_that_exist(trade: Metadata) -> None:
    wrong = trade.missing_fields(
        "Document_ЗаказКлиента", ["Дата", "Контрагент_Кey", "Товары/Ценна", "Товары", "Date"]
    )
    assert [one.name for one in wrong] == ["Дата", "Контрагент_Кey", "Товары/Ценна"]
    assert wrong[1].nearest[0] == "Контрагент_Key"
    assert wrong[2].nearest[0] == "Товары/Цена"


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("Catalog_Контрагенты", SetStatus.PUBLISHED, ""),
        ("Document_СчетНаОплатуПокупателю", SetStatus.NOT_PUBLISHED, "опубликуйте"),
        ("Catalog_Контрагент", SetStatus.MISSPELLED, "Catalog_Контрагенты"),
        ("Справочник_Банки", SetStatus.NOT_A_SET_NAME, "Catalog_"),
        ("Catalog_", SetStatus.NOT_A_SET_NAME, "Catalog_"),
    ],
)
def test_an_unpublished_set_a_slip_and_nonsense_are_told_apart(
    trade: Metadata, name: str, status: SetStatus, said: str
) -> None:
    assert trade.status(name) is status
    if status is not SetStatus.PUBLISHED:
        with pytest.raises(ConfigurationError, match=said) as caught:
            trade.set(name)
        assert caught.value.code == status.value


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html><body>login</body></html>",
        b"<edmx><EntityType Name='A'><Property Name='x'",
        b"<edmx><EntityType/></edmx>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><edmx/>',
    ],
)
def test_what_is_no_metadata_is_misunderstood(document: bytes) -> None:
    with pytest.raises(Misunderstood):
        parse_metadata(document)


def test_the_cache_gives_back_exactly_what_was_stored(tmp_path: Path, trade: Metadata) -> None:
    cache = MetadataCache(tmp_path / "new")
    assert cache.load("http://a/b") is None
    cache.store("http://a/b", trade, NOW)
    kept = cache.load("http://a/b/")
    assert kept is not None
    assert kept.metadata == trade
    assert kept.fetched_at == NOW
    assert cache.load("http://other") is None


def test_a_damaged_cache_file_is_as_good_as_none(tmp_path: Path, trade: Metadata) -> None:
    cache = MetadataCache(tmp_path)
    cache.store("http://a/b", trade, NOW)
    next(tmp_path.iterdir()).write_bytes(b"half")
    assert cache.load("http://a/b") is None


def test_the_digest_follows_the_content(trade: Metadata) -> None:
    document = (DATA / "metadata_trade_8.5.xml").read_bytes()
    assert parse_metadata(document + b"\n").digest != trade.digest
    assert len(trade.digest) == 64
