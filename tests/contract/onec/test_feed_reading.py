"""Feeds of changes: recorded on a live base, and as bad as they can be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import psutil
import pytest

from provodka.connectors.onec.odata.atom import (
    LARGEST_ENTRY,
    Changed,
    Deleted,
    Item,
    NotAFeed,
    Unreadable,
    read_feed,
)
from provodka.connectors.onec.odata.metadata import EntitySet, Metadata, Property
from provodka.connectors.onec.odata.metadata_reader import parse_metadata

DATA = Path(__file__).parents[2] / "data"
RECORDED = DATA / "onec/feeds"
HOSTILE = DATA / "hostile/atom"
KEY = "00000000-0000-4000-8000-000000000001"
CLIENTS = "Catalog_Контрагенты"
TYPES = {
    "Description": "Edm.String",
    "Сумма": "Edm.Double",
    "Скидка": "Edm.Double",
    "Цена": "Edm.Double",
    "Количество": "Edm.Double",
    "Срок": "Edm.Int64",
    "Активен": "Edm.Boolean",
    "DeletionMark": "Edm.Boolean",
}
KNOWN = EntitySet(CLIENTS, properties={name: Property(name, kind) for name, kind in TYPES.items()})


def unknown(_set_name: str) -> None:
    """Types that nobody knows."""


def of_clients(set_name: str) -> EntitySet | None:
    return KNOWN if set_name == CLIENTS else None


@pytest.fixture(scope="module")
def metadata() -> Metadata:
    return parse_metadata((DATA / "onec/metadata_trade_8.5.xml").read_bytes())


def recorded(name: str, metadata: Metadata) -> list[Item]:
    return list(read_feed([(RECORDED / name).read_bytes()], metadata.sets.get))


def hostile(name: str) -> list[Item]:
    body = (HOSTILE / f"{name}.xml").read_bytes()
    return list(read_feed([body], of_clients))


def feed(*entries: str) -> bytes:
    whole = (HOSTILE / "byte_order_mark.xml").read_text(encoding="utf-8-sig")
    head, _entry, _tail = whole.partition("<entry>")
    return f"{head}{''.join(entries)}</feed>".encode()


def entry(properties: str, set_name: str = CLIENTS) -> str:
    return (
        f"<entry><id>http://b/{set_name}(guid'{KEY}')</id>"
        f'<category term="StandardODATA.{set_name}"/><content type="application/xml">'
        f"<m:properties>{properties}</m:properties></content></entry>"
    )


def rows(body: bytes) -> list[dict[str, object]]:
    found = read_feed([body], of_clients)
    return [item.row for item in found if isinstance(item, Changed)]


@pytest.mark.parametrize(
    ("name", "sets"),
    [
        ("msg002_nomenklatura.xml", {"Catalog_Номенклатура": 5}),
        ("msg004_kontragenti.xml", {CLIENTS: 5}),
        (
            "msg003_zakaz_klienta.xml",
            {
                "Document_ЗаказКлиента": 3,
                "InformationRegister_СуммыДокументовВВалютахУчета": 3,
                "AccumulationRegister_ЗаказыКлиентов": 3,
            },
        ),
    ],
)
def test_a_recorded_message_holds_what_the_base_had_changed(
    metadata: Metadata, name: str, sets: dict[str, int]
) -> None:
    assert Counter(item.set_name for item in recorded(name, metadata)) == sets


def test_a_recorded_order_reads_as_its_json_would(metadata: Metadata) -> None:
    first = recorded("msg003_zakaz_klienta.xml", metadata)[0]
    assert isinstance(first, Changed)
    order = first.row
    assert order["Ref_Key"] == "8d1d7287-6240-11f1-9296-08002761f3c5"
    assert order["DataVersion"] == "AAAAAAAAAAI="
    assert (order["Number"], order["Date"]) == ("ТДЦБ-000002", "2026-06-07T10:14:42")
    assert (order["Posted"], order["DeletionMark"]) == (True, False)
    assert (order["СуммаДокумента"], type(order["СуммаДокумента"])) == (25000, int)
    assert order["Автор_Type"].startswith("UnavailableEntities.UnavailableEntity_604931cd")
    assert order["ДатаПоДаннымКлиента"] == "0001-01-01T00:00:00"
    assert order["ДополнительныеРеквизиты"] == []
    goods = order["Товары"]
    assert [line["LineNumber"] for line in goods] == [str(n) for n in range(1, len(goods) + 1)]
    assert (goods[0]["Цена"], goods[0]["СуммаНДС"]) == (10000, Decimal("3333.33"))
    assert (goods[0]["Отменено"], goods[0]["СрокПоставки"]) == (False, "0")
    assert sum(line["СуммаСНДС"] for line in goods) == order["СуммаДокумента"]


def test_recorded_records_of_a_register_come_as_one_set(metadata: Metadata) -> None:
    items = recorded("msg003_zakaz_klienta.xml", metadata)
    record = items[3]
    assert isinstance(record, Changed)
    assert record.row["Recorder"] == "fc3cc5d5-9cae-11ed-8bbf-90004ef3f886"
    amounts = [line["СуммаБезНДС"] for line in record.row["RecordSet"]]
    assert amounts[0] == Decimal("49781.67")
    assert {line["Recorder_Type"] for line in record.row["RecordSet"]} == {
        "StandardODATA.Document_ЗаказКлиента"
    }


def test_recorded_clients_keep_marks_of_deletion_and_line_breaks(metadata: Metadata) -> None:
    clients = recorded("msg004_kontragenti.xml", metadata)
    found = {item.row["Description"]: item.row for item in clients if isinstance(item, Changed)}
    assert found["Альтаир"]["DeletionMark"] is True
    assert found["АВИКА1"]["DeletionMark"] is False
    assert found["АВИКА1"]["ИНН"] == "4825005381"
    assert "ДУК-15\nг. Липецк" in str(found["АВИКА1"]["ДополнительнаяИнформация"])
    contacts = found["Альтаир"]["КонтактнаяИнформация"]
    assert [line["LineNumber"] for line in contacts] == ["1", "2", "3"]
    assert contacts[0]["ЗначенияПолей"].startswith("<КонтактнаяИнформация xmlns=")


def test_every_field_of_the_recorded_products_is_known_to_the_metadata(metadata: Metadata) -> None:
    known = metadata.sets["Catalog_Номенклатура"]
    for item in recorded("msg002_nomenklatura.xml", metadata):
        assert isinstance(item, Changed)
        for name, value in item.row.items():
            field = known.properties.get(name)
            kinds = {"Edm.Boolean": bool, "Edm.Double": (int, Decimal)}
            expected = kinds.get(field.type, str) if field else list
            assert isinstance(value, expected), name  # type: ignore[arg-type]


def test_types_that_the_feed_states_go_before_those_of_the_metadata() -> None:
    stated = entry(
        '<d:Description m:type="Edm.Double">1.50</d:Description><d:Срок>7</d:Срок>'
        '<d:Сумма m:null="true"/><d:Активен m:type="Edm.Boolean">true</d:Активен>'
    )
    [row] = rows(feed(stated))
    assert row == {"Description": Decimal("1.50"), "Срок": "7", "Сумма": None, "Активен": True}


def test_a_set_without_metadata_keeps_its_texts_and_its_rows() -> None:
    unknown = entry("<d:A>1.5</d:A><d:B><d:element><d:C>x</d:C></d:element></d:B>", "Catalog_Z")
    assert rows(feed(unknown)) == [{"A": "1.5", "B": [{"C": "x"}]}]


def test_tombstones_name_the_set_and_the_key() -> None:
    gone = (
        f"<at:deleted-entry ref=\"http://b/odata/standard.odata/{CLIENTS}(guid'{KEY}')\" when=''/>"
        f"<at:deleted-entry ref=\"http://b/Catalog_%D0%9A(guid'{KEY.upper()}')\" when=''/>"
    )
    found = list(read_feed([feed(gone)], unknown))
    assert found == [Deleted(CLIENTS, KEY), Deleted("Catalog_К", KEY)]


REFUSED = [
    "truncated",
    "truncated_at_an_empty_field",
    "entities_that_expand",
    "external_entity",
    "external_dtd",
    "undeclared_entity",
    "error_document",
    "web_page",
    "null_character",
    "lone_surrogate",
    "two_feeds",
    "unclosed_field",
    "nothing",
    "wrong_encoding",
    "utf_16",
]
UNDERSTOOD = {
    "field_twice": [Unreadable, Changed],
    "no_set": [Unreadable, Changed],
    "no_properties": [Unreadable, Changed],
    "wrong_types": [Changed],
    "deep_nesting": [Unreadable, Changed],
    "tombstone_of_nothing": [Unreadable, Unreadable, Changed],
    "tombstone_of_a_register": [Deleted, Changed],
    "entry_inside_an_entry": [Changed],
    "very_old_dates": [Changed],
    "byte_order_mark": [Changed],
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_trusted_whole_is_refused_with_a_reason(name: str) -> None:
    with pytest.raises(NotAFeed, match=r"\w{3}"):
        hostile(name)


@pytest.mark.parametrize(("name", "kinds"), UNDERSTOOD.items())
def test_one_senseless_entry_leaves_the_others_readable(name: str, kinds: list[type[Item]]) -> None:
    assert [type(item) for item in hostile(name)] == kinds


def test_no_hostile_file_is_forgotten() -> None:
    assert {path.stem for path in HOSTILE.iterdir()} == {*REFUSED, *UNDERSTOOD}


def test_values_that_do_not_fit_their_type_stay_the_texts_they_are() -> None:
    [item] = hostile("wrong_types")
    assert isinstance(item, Changed)
    row = item.row
    assert (row["Сумма"], row["Скидка"], row["Активен"]) == ("NaN", "1,5", "да")
    assert row["Цена"] == "1e5000000"
    assert row["Количество"] == "9" * 200
    assert row["DeletionMark"] == "нет"


def test_a_doctype_is_told_apart() -> None:
    with pytest.raises(NotAFeed, match="DOCTYPE"):
        hostile("external_dtd")


def test_an_entry_of_five_megabytes_is_read_and_a_larger_one_than_the_limit_refused() -> None:
    [row] = rows(feed(entry(f"<d:Description>{'я' * 2_500_000}</d:Description>")))
    assert len(str(row["Description"])) == 2_500_000
    many = "".join(f"<d:a{n}>{'x' * 1_000_000}</d:a{n}>" for n in range(18))
    assert len(many) > LARGEST_ENTRY
    with pytest.raises(NotAFeed, match="larger"):
        rows(feed(entry(many)))


def test_a_long_message_costs_the_memory_of_its_largest_entry() -> None:
    one = entry(f"<d:Description>{'x' * 20_000}</d:Description>").encode()
    head, tail = feed().split(b"</feed>")

    def chunks() -> Iterator[bytes]:
        yield head
        yield from (one for _n in range(2_000))
        yield b"</feed>" + tail

    list(read_feed([feed(entry("<d:Description>x</d:Description>"))], of_clients))
    before = psutil.Process().memory_info().rss
    read = most = 0
    for _item in read_feed(chunks(), of_clients):
        read += 1
        if read % 100 == 0:
            most = max(most, psutil.Process().memory_info().rss)
    assert read == 2_000
    assert most - before < 16 * 1024 * 1024
