"""Answers in Atom: sets, single objects, tabular sections, virtual tables, nulls."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import httpx
import pytest
from defusedxml.ElementTree import fromstring
from tests.contract.sandbox.exchange import ATOM, DATA, META
from tests.contract.sandbox.neighbours import INVOICES, Base, Hands, address

ANY = {"Accept": "*/*"}
ROW_TYPE = f"StandardODATA.{INVOICES}_Товары_RowType"


def tree(response: httpx.Response) -> Element:
    assert response.status_code == 200, response.text
    assert response.content.startswith(b'<?xml version="1.0" encoding="UTF-8"?><')
    found: Element = fromstring(response.content)
    return found


def test_atom_is_what_comes_unless_json_is_asked_for(base: Base) -> None:
    plain = base.http.get("Catalog_Склады", headers=ANY)
    asked = base.http.get("Catalog_Склады", params={"$format": "atom"})
    assert tree(plain).tag == tree(asked).tag == f"{ATOM}feed"
    assert plain.headers["content-type"] == "application/atom+xml;type=feed;charset=utf-8"


def test_one_object_is_an_entry_with_its_own_namespaces(base: Base) -> None:
    created = base.create()
    response = base.http.get(address(created), headers=ANY)
    root = tree(response)
    assert root.tag == f"{ATOM}entry"
    assert root.findtext(f"{ATOM}id") == base.about["onec_url"] + address(created)
    category = root.find(f"{ATOM}category")
    assert category is not None
    assert category.get("term") == f"StandardODATA.{INVOICES}"
    assert response.headers["content-type"].startswith("application/atom+xml;type=entry")


def test_a_write_answers_in_atom_too(base: Base) -> None:
    response = base.http.post(INVOICES, json=base.draft(), headers=ANY)
    assert response.status_code == 201
    assert fromstring(response.content).tag == f"{ATOM}entry"


def test_sections_are_typed_rows_without_their_owners_key(base: Base) -> None:
    created = base.create()
    root = tree(base.http.get(address(created), headers=ANY))
    section = next(root.iter(f"{DATA}Товары"))
    assert section.get(f"{META}type") == f"Collection({ROW_TYPE})"
    rows = section.findall(f"{DATA}element")
    assert [row.get(f"{META}type") for row in rows] == [ROW_TYPE, ROW_TYPE]
    assert [row.findtext(f"{DATA}LineNumber") for row in rows] == ["1", "2"]
    assert [row.find(f"{DATA}Ref_Key") for row in rows] == [None, None]
    empty = next(root.iter(f"{DATA}ВозвратнаяТара"))
    assert (empty.get(f"{META}type"), len(empty)) == (
        f"Collection(StandardODATA.{INVOICES}_ВозвратнаяТара_RowType)",
        0,
    )


def test_properties_say_the_same_as_json(base: Base) -> None:
    created = base.create(Комментарий="раз < два & три")
    root = tree(base.http.get(address(created), headers=ANY))
    found = next(root.iter(f"{META}properties"))
    texts = {item.tag.removeprefix(DATA): item.text or "" for item in found if not len(item)}
    assert texts["Комментарий"] == "раз < два & три"
    assert texts["СуммаДокумента"] == "3210"
    assert texts["СуммаВключаетНДС"] == "true"
    assert texts["Date"] == created["Date"]
    assert set(texts) | {"Товары"} == set(created)


def test_a_references_link_is_there_if_it_leads_somewhere(base: Base, hands: Hands) -> None:
    created = base.create()

    def related() -> set[str]:
        root = tree(base.http.get(address(created), headers=ANY))
        links = root.findall(f"{ATOM}link")
        return {str(link.get("title")) for link in links if link.get("rel") != "edit"}

    assert "Контрагент" in related()
    assert "Подразделение" not in related()
    hands.ask("POST", "published", Catalog_Контрагенты=False)
    assert "Контрагент" not in related()


def test_a_sections_own_set_is_a_feed_with_the_owners_key(base: Base) -> None:
    created = base.create()
    condition = f"Ref_Key eq guid'{created['Ref_Key']}'"
    params = {"$filter": condition, "$inlinecount": "allpages"}
    root = tree(base.http.get(f"{INVOICES}_Товары", params=params, headers=ANY))
    assert root.findtext(f"{META}count") == "2"
    first = root.find(f"{ATOM}entry")
    assert first is not None
    assert first.findtext(f"{ATOM}id", "").endswith(
        f"{INVOICES}_Товары(Ref_Key=guid'{created['Ref_Key']}', LineNumber=1)"
    )
    assert [item.text for item in root.iter(f"{DATA}Ref_Key")] == [created["Ref_Key"]] * 2


def test_a_section_of_one_object_is_a_plain_result(base: Base) -> None:
    created = base.create()
    root = tree(base.http.get(f"{address(created)}/Товары", headers=ANY))
    assert root.tag == f"{DATA}Result"
    assert [row.findtext(f"{DATA}Сумма") for row in root] == ["1860", "1350"]


def test_an_unknown_quantity_is_null(base: Base, hands: Hands) -> None:
    hands.pay(base.posted())
    path = "AccountingRegister_Хозрасчетный/Balance(AccountCondition='Account/Code eq ''51''')"
    root = tree(base.http.get(path, headers=ANY))
    quantities = list(root.iter(f"{DATA}КоличествоBalance"))
    assert quantities
    assert {item.get(f"{META}null") for item in quantities} == {"true"}
    assert {item.text for item in quantities} == {None}


@pytest.mark.parametrize("text", ["\x00\x0b", "\x1f"])
def test_what_xml_cannot_hold_is_left_out(base: Base, text: str) -> None:
    created = base.create(Комментарий=f"а{text}б")
    assert created["Комментарий"] == f"а{text}б"
    root = tree(base.http.get(address(created), headers=ANY))
    assert next(root.iter(f"{DATA}Комментарий")).text == "аб"
