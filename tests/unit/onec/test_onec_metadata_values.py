"""Every value of every recorded `$metadata`, against a second, naive reading of the document."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from provodka.connectors.onec.odata.metadata import Metadata, RegisterKind
from provodka.connectors.onec.odata.metadata_cache import MetadataCache
from provodka.connectors.onec.odata.metadata_reader import digest_of, parse_metadata

DATA = Path(__file__).parents[2] / "data/onec"
TRADE = DATA / "metadata_trade_8.5.xml"
DOCUMENTS = [TRADE, *sorted((DATA / "metadata").glob("*.xml"))]
EDM = "{http://schemas.microsoft.com/ado/2009/11/edm}"
NAMESPACE = "StandardODATA."
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
Field = tuple[str, bool, int | None]


@pytest.fixture(scope="module")
def trade() -> Metadata:
    return parse_metadata(TRADE.read_bytes())


def fields(kind: Element) -> dict[str, Field]:
    return {
        one.attrib["Name"]: (
            one.attrib["Type"],
            one.get("Nullable") != "false",
            int(one.attrib["MaxLength"]) if "MaxLength" in one.attrib else None,
        )
        for one in kind.iter(f"{EDM}Property")
    }


def rows_type(kind: str) -> str:
    return kind.removeprefix("Collection(").removesuffix(")").removeprefix(NAMESPACE)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_set_field_key_and_section_is_read_as_it_stands(path: Path) -> None:
    root = fromstring(path.read_bytes())
    kinds = {one.attrib["Name"]: one for one in root.iter(f"{EDM}EntityType")}
    rows = {one.attrib["Name"]: fields(one) for one in root.iter(f"{EDM}ComplexType")}
    read = parse_metadata(path.read_bytes())
    named = [one.attrib["Name"] for one in root.iter(f"{EDM}EntitySet")]
    assert list(read.sets) == named
    for name in named:
        kind, found = kinds[name], read.sets[name]
        assert found.keys == tuple(one.attrib["Name"] for one in kind.iter(f"{EDM}PropertyRef"))
        said = fields(kind)
        sections = {
            section: rows[rows_type(one[0])]
            for section, one in said.items()
            if rows_type(one[0]) in rows
        }
        plain = {one: value for one, value in said.items() if one not in sections}
        assert {
            one.name: (one.type, one.nullable, one.max_length) for one in found.properties.values()
        } == plain
        assert {
            section: {one.name: (one.type, one.nullable, one.max_length) for one in inner.values()}
            for section, inner in found.sections.items()
        } == sections


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_function_and_where_every_reference_leads_is_read(path: Path) -> None:
    root = fromstring(path.read_bytes())
    read = parse_metadata(path.read_bytes())
    ends = {
        (one.attrib["Name"], end.attrib["Role"]): end.attrib["Type"].removeprefix(NAMESPACE)
        for one in root.iter(f"{EDM}Association")
        for end in one.iter(f"{EDM}End")
    }
    for kind in root.iter(f"{EDM}EntityType"):
        expected = {}
        for one in kind.iter(f"{EDM}NavigationProperty"):
            relation = one.attrib["Relationship"].removeprefix(NAMESPACE)
            expected[one.attrib["Name"]] = ends[relation, one.attrib["ToRole"]]
        if kind.attrib["Name"] in read.sets:
            assert read.sets[kind.attrib["Name"]].navigation == expected
    declared = [
        (one.attrib["Name"], {p.attrib["Name"] for p in one.iter(f"{EDM}Parameter")})
        for one in root.iter(f"{EDM}FunctionImport")
    ]
    found = [
        (name, set(function.parameters))
        for one in read.sets.values()
        for name, function in one.functions.items()
    ]
    bare = sorted((name, sorted(given - {"bindingParameter"})) for name, given in declared)
    assert sorted((name, sorted(given)) for name, given in found) == bare


@pytest.mark.parametrize(
    ("name", "kind", "periodic"),
    [
        ("AccumulationRegister_ЗаказыКлиентов", RegisterKind.BALANCES, False),
        ("AccumulationRegister_ВыручкаИСебестоимостьПродаж", RegisterKind.TURNOVERS, False),
        ("InformationRegister_СуммыДокументовВВалютахУчета", RegisterKind.RECORDED, True),
        ("AccumulationRegister_ЗаказыКлиентов_RecordType", None, False),
        ("Document_ЗаказКлиента", None, False),
    ],
)
def test_registers_are_told_apart(
    trade: Metadata, name: str, kind: RegisterKind | None, periodic: bool
) -> None:
    assert trade.set(name).register is kind
    assert trade.set(name).periodic is periodic


def test_registers_of_the_constructs_are_told_apart() -> None:
    kinds = {
        name: one.register
        for path in DOCUMENTS[1:]
        for name, one in parse_metadata(path.read_bytes()).sets.items()
        if one.register
    }
    assert kinds == {
        "InformationRegister_ЦеныНоменклатуры": RegisterKind.INDEPENDENT,
        "AccumulationRegister_ОстаткиТоваров": RegisterKind.BALANCES,
        "AccountingRegister_Хозрасчетный": RegisterKind.ACCOUNTING,
        "AccumulationRegister_X": RegisterKind.ACCUMULATION,
    }


def test_a_set_of_rows_knows_whose_rows_they_are(trade: Metadata) -> None:
    rows = trade.set("Document_РеализацияТоваровУслуг_НачислениеБонусныхБаллов")
    assert (rows.owner, rows.section) == (
        "Document_РеализацияТоваровУслуг",
        "НачислениеБонусныхБаллов",
    )
    moves = trade.set("AccumulationRegister_ТоварыНаСкладах_RecordType")
    assert (moves.owner, moves.section) == ("AccumulationRegister_ТоварыНаСкладах", "RecordSet")
    assert trade.set("Document_ЗаказКлиента").owner == ""


def test_references_lead_to_published_sets_in_sections_too(trade: Metadata) -> None:
    order = trade.set("Document_ЗаказКлиента")
    assert order.targets["Контрагент_Key"] == "Catalog_Контрагенты"
    assert order.targets["Товары/Номенклатура_Key"] == "Catalog_Номенклатура"
    assert "ДокументОснование" not in order.targets
    goods = trade.set("AccumulationRegister_ТоварыНаСкладах")
    assert goods.targets == {"RecordSet/Номенклатура_Key": "Catalog_Номенклатура"}


def test_actions_and_virtual_tables_are_told_apart(trade: Metadata) -> None:
    order = trade.set("Document_ЗаказКлиента")
    assert (set(order.actions), set(order.virtual_tables)) == ({"Post", "Unpost"}, set())
    stock = trade.set("AccumulationRegister_ТоварыНаСкладах")
    assert set(stock.virtual_tables) == {"Balance", "Turnovers", "BalanceAndTurnovers"}
    assert stock.actions == {}


def test_what_was_parsed_is_kept_once_for_every_base_that_publishes_it(
    tmp_path: Path, trade: Metadata
) -> None:
    cache = MetadataCache(tmp_path)
    assert cache.parsed(digest_of(TRADE.read_bytes())) is None
    cache.store("http://a/b", trade, NOW)
    cache.store("http://c/d", trade, NOW)
    assert cache.parsed(digest_of(TRADE.read_bytes())) == trade
    assert len(list(tmp_path.glob("*.metadata"))) == 1


def test_what_no_base_publishes_any_more_is_forgotten(tmp_path: Path, trade: Metadata) -> None:
    cache = MetadataCache(tmp_path)
    cache.store("http://a/b", trade, NOW)
    newer = parse_metadata(TRADE.read_bytes() + b"\n")
    cache.store("http://a/b", newer, NOW)
    assert [cache.parsed(one.digest) is None for one in (trade, newer)] == [True, False]
    assert len(list(tmp_path.iterdir())) == 2
