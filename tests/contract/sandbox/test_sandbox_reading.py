"""Reading the base over OData: sets, options, formats, virtual tables."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from tests.contract.sandbox.neighbours import INVOICES, Base, Hands, address

ATOM = "{http://www.w3.org/2005/Atom}"
EDM = "{http://schemas.microsoft.com/ado/2009/11/edm}"


def test_the_service_list_names_sections_as_sets_of_their_own(base: Base) -> None:
    names = {item["name"] for item in base.rows("")}
    assert {INVOICES, f"{INVOICES}_Товары", "AccumulationRegister_ОплатаСчетов_RecordType"} <= names


def test_metadata_describes_every_property_that_a_document_has(base: Base) -> None:
    root = fromstring(base.get("$metadata").content)
    types = {item.get("Name"): item for item in root.iter(f"{EDM}EntityType")}
    named = {item.get("Name") for item in types[INVOICES].iter(f"{EDM}Property")}
    assert named == set(base.read(base.create()))


def test_metadata_is_xml_even_when_json_is_asked_for(base: Base) -> None:
    assert (
        base.get("$metadata", format="json").headers["content-type"].startswith("application/xml")
    )


def test_an_unpublished_set_is_not_found(base: Base) -> None:
    status, _, text = base.error(base.get("Catalog_Банки"))
    assert (status, text) == (404, "Сущность Catalog_Банки не найдена!")


def test_a_set_can_be_unpublished(base: Base, hands: Hands) -> None:
    hands.ask("POST", "switches", unpublished=["Catalog_Склады"])
    assert base.get("Catalog_Склады").status_code == 404
    assert b"Catalog_\xd0\xa1\xd0\xba\xd0\xbb" not in base.get("$metadata").content


def test_an_absent_object_is_not_found_by_name(base: Base) -> None:
    path = f"{INVOICES}(guid'11111111-1111-1111-1111-111111111111')"
    text = 'Экземпляр сущности "СчетНаОплатуПокупателю" не найден по переданному ключу.'
    assert base.error(base.get(path)) == (404, "9", text)


def test_without_a_format_the_answer_is_atom(base: Base) -> None:
    response = base.http.get("Catalog_Валюты", headers={"Accept": "*/*"})
    root = fromstring(response.content)
    assert root.tag == f"{ATOM}feed"
    codes = [item.text for item in root.iter() if item.tag.endswith("}Code")]
    assert codes == ["643", "840"]


def test_errors_are_xml_for_clients_that_did_not_ask_for_json(base: Base) -> None:
    response = base.http.get("Catalog_Нет", headers={"Accept": "*/*"})
    root = fromstring(response.content)
    assert root.tag.endswith("}error")


def test_minimal_metadata_carries_navigation_links_of_filled_references_only(base: Base) -> None:
    invoice = base.create()
    row = base.get(address(invoice), format="application/json;odata=minimalmetadata").json()
    assert row["Контрагент@navigationLinkUrl"] == f"{address(invoice)}/Контрагент"
    assert "Склад@navigationLinkUrl" not in row
    listed = base.get(INVOICES, format="json", filter=f"Ref_Key eq guid'{invoice['Ref_Key']}'")
    assert listed.json()["value"][0] == {k: v for k, v in row.items() if k != "odata.metadata"}


def test_no_metadata_means_none(base: Base) -> None:
    text = base.get("Catalog_Контрагенты", format="application/json;odata=nometadata").text
    assert "odata." not in text
    assert "navigationLinkUrl" not in text


def test_full_metadata_names_types(base: Base) -> None:
    row = base.get("Catalog_Валюты", format="application/json;odata=fullmetadata").json()["value"][
        0
    ]
    assert row["odata.type"] == "StandardODATA.Catalog_Валюты"
    assert row["Ref_Key@odata.type"] == "Edm.Guid"


def test_integers_are_strings_and_money_is_a_json_number(base: Base) -> None:
    invoice = base.create(СуммаДокумента=3210.10)
    text = base.get(address(invoice)).text
    assert '"LineNumber":"1"' in text
    assert '"КратностьВзаиморасчетов":"0"' in text
    assert '"СуммаДокумента":3210.1,' in text


def test_empty_dates_and_references_have_their_own_values(base: Base) -> None:
    party = base.rows("Catalog_Контрагенты", filter="IsFolder eq true")[0]
    assert party["ДатаРегистрации"] == "0001-01-01T00:00:00"
    assert party["Parent_Key"] == "00000000-0000-0000-0000-000000000000"


def test_a_counted_page_gives_the_number_of_all_matches_as_a_string(base: Base) -> None:
    answer = base.get("Catalog_Контрагенты", top="2", inlinecount="allpages").json()
    assert (answer["odata.count"], len(answer["value"])) == ("41", 2)


def test_count_is_plain_text_and_obeys_the_filter(base: Base) -> None:
    assert base.get("Catalog_Контрагенты/$count").text == "41"
    assert base.get("Catalog_Контрагенты/$count", filter="IsFolder eq true").text == "1"


@pytest.mark.parametrize("order", ["Description", "Code desc", "НаименованиеПолное"])
def test_skip_over_a_fixed_order_is_stable(base: Base, order: str) -> None:
    whole = base.rows("Catalog_Контрагенты", orderby=order)
    pages = [
        base.rows("Catalog_Контрагенты", orderby=order, top="7", skip=str(skip))
        for skip in range(0, 42, 7)
    ]
    assert [row["Ref_Key"] for page in pages for row in page] == [row["Ref_Key"] for row in whole]


def test_ordering_by_reference_sorts_by_what_it_shows(base: Base) -> None:
    rows = base.rows("Catalog_Контрагенты", orderby="Ref_Key")
    shown = [row["Description"].casefold() for row in rows]
    assert shown == sorted(shown)
    assert [row["Ref_Key"] for row in rows] != sorted(row["Ref_Key"] for row in rows)


def test_select_takes_paths_into_sections_and_presentations(base: Base) -> None:
    invoice = base.create()
    chosen = base.rows(
        INVOICES,
        select="Number,Товары/Сумма,Контрагент____Presentation,Presentation",
        filter=f"Ref_Key eq guid'{invoice['Ref_Key']}'",
    )
    assert chosen == [
        {
            "Number": invoice["Number"],
            "Товары": [{"Сумма": Decimal(1860)}, {"Сумма": Decimal(1350)}],
            "Контрагент____Presentation": "Северный Ветер ООО",
            "Presentation": f"Счет покупателю {invoice['Number']} от 20.11.2026 10:00:00",
        }
    ]


def test_two_stars_leave_the_sections_out(base: Base) -> None:
    row = base.rows("Catalog_Контрагенты", select="**", top="1")[0]
    assert "ИНН" in row
    assert "КонтактнаяИнформация" not in row


def test_an_unknown_property_in_select_is_echoed(base: Base) -> None:
    response = base.get("Catalog_Контрагенты", select="НетТакогоПоля")
    assert base.error(response) == (400, "6", "Сегмент пути НетТакогоПоля не найден!")


def test_an_expansion_that_is_not_selected_is_silently_left_out(base: Base) -> None:
    base.create()
    with_it = base.rows(INVOICES, select="Number,Контрагент", expand="Контрагент", top="1")[0]
    without = base.rows(INVOICES, select="Number", expand="Контрагент", top="1")[0]
    assert with_it["Контрагент"]["Description"] == "Северный Ветер ООО"
    assert set(without) == {"Number"}


def test_an_expansion_can_be_narrowed(base: Base) -> None:
    base.create()
    row = base.rows(INVOICES, select="Контрагент/ИНН", expand="Контрагент", top="1")[0]
    assert set(row["Контрагент"]) == {"ИНН"}


def test_a_section_is_read_as_a_set_of_its_own(base: Base) -> None:
    invoice = base.create()
    key = f"Ref_Key=guid'{invoice['Ref_Key']}',LineNumber=2"
    row = base.get(f"{INVOICES}_Товары({key})").json()
    assert (row["LineNumber"], row["Ref_Key"]) == ("2", invoice["Ref_Key"])
    listed = base.rows(f"{INVOICES}_Товары", filter=f"Ref_Key eq guid'{invoice['Ref_Key']}'")
    assert listed == invoice["Товары"]


def test_navigation_and_sections_hang_under_an_object(base: Base) -> None:
    invoice = base.create()
    assert base.get(f"{address(invoice)}/Контрагент").json()["Ref_Key"] == invoice["Контрагент_Key"]
    assert base.rows(f"{address(invoice)}/Товары") == invoice["Товары"]


def test_a_register_of_turnovers_has_no_balance(base: Base) -> None:
    response = base.get("AccumulationRegister_ОплатаСчетов/Balance()")
    assert base.error(response) == (400, "6", "Метод не найден")


def test_turnovers_are_cut_by_period_and_condition(base: Base, hands: Hands) -> None:
    invoice = base.posted()
    hands.pay(invoice, share="0.5", date="2026-11-21")
    hands.pay(invoice, date="2026-12-05")

    def paid(*extra: str) -> Decimal:
        mine = f"СчетНаОплату eq cast(guid'{invoice['Ref_Key']}','{INVOICES}')".replace("'", "''")
        arguments = ",".join([f"Condition='{mine}'", "Dimensions='СчетНаОплату'", *extra])
        rows = base.rows(f"AccumulationRegister_ОплатаСчетов/Turnovers({arguments})")
        return sum((row["СуммаTurnover"] for row in rows), Decimal(0))

    assert paid() == Decimal("3210")
    assert paid("EndPeriod=datetime'2026-11-30T00:00:00'") == Decimal("1605")
    assert paid("StartPeriod=datetime'2027-01-01T00:00:00'") == 0


def test_rows_inside_a_recorder_omit_its_key(base: Base, hands: Hands) -> None:
    payment = hands.pay(base.posted())
    kind = f"StandardODATA.{payment['set']}"
    key = f"Recorder='{payment['ref']}',Recorder_Type='{kind}'"
    found: dict[str, Any] = base.get(f"AccumulationRegister_ОплатаСчетов({key})").json()
    assert found["RecordSet"]
    assert not {"Recorder", "Recorder_Type"} & set(found["RecordSet"][0])


def test_a_restricted_set_needs_allowed_only(base: Base, hands: Hands) -> None:
    hands.ask("POST", "switches", restricted=["Catalog_Контрагенты"])
    assert base.error(base.get("Catalog_Контрагенты")) == (401, "20", "Нарушение прав доступа")
    assert base.get("Catalog_Контрагенты", allowedOnly="true").status_code == 200


def test_batches_are_not_supported(base: Base) -> None:
    response = base.http.post("$batch", content=b"")
    assert response.status_code == 501
    assert "Произошла ошибка сервиса" in response.text
