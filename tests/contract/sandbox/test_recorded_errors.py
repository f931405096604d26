"""Every recorded error of a live base, provoked as the record says, answered as the record says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from defusedxml.ElementTree import fromstring
from tests.contract.sandbox.neighbours import INVOICES, STATUSES, Base, Hands, address

RECORDED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data" / "onec" / "odata-errors.json").read_text("utf-8")
)
META = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"
ABSENT = "11111111-1111-1111-1111-111111111111"
ATOM = {"Accept": "application/atom+xml"}
_PARAPHRASE = " (paraphrase)"

Provoke = Callable[[Base, Hands], httpx.Response]


def absent_object(base: Base, hands: Hands) -> httpx.Response:
    return base.http.get(f"{INVOICES}(guid'{ABSENT}')", headers=ATOM)


def absent_record(base: Base, hands: Hands) -> httpx.Response:
    key = f"Организация_Key=guid'{ABSENT}',Документ='{ABSENT}'"
    kind = f"Документ_Type='StandardODATA.{INVOICES}'"
    deleted = base.http.delete(f"{INVOICES}(guid'{ABSENT}')")
    assert base.error(deleted) == (404, "9", "Экземпляр сущности не найден")
    return base.get(f"{STATUSES}({key},{kind})")


def bad_filter(base: Base, hands: Hands) -> httpx.Response:
    return base.get(INVOICES, filter="Number eq eq")


def unknown_field(base: Base, hands: Hands) -> httpx.Response:
    return base.get(INVOICES, select="НетТакогоПоля")


def balance_of_turnovers(base: Base, hands: Hands) -> httpx.Response:
    return base.get("AccumulationRegister_ОплатаСчетов/Balance()")


def string_as_guid(base: Base, hands: Hands) -> httpx.Response:
    return base.http.post(INVOICES, json=base.draft(Склад_Key="<значение>"))


def string_as_flag(base: Base, hands: Hands) -> httpx.Response:
    return base.http.post(INVOICES, json=base.draft(СуммаВключаетНДС="<значение>"))


def second_record(base: Base, hands: Hands) -> httpx.Response:
    invoice = base.posted()
    body = {
        "Организация_Key": invoice["Организация_Key"],
        "Документ": invoice["Ref_Key"],
        "Документ_Type": f"StandardODATA.{INVOICES}",
    }
    return base.http.post(STATUSES, json=body)


def list_in_string(base: Base, hands: Hands) -> httpx.Response:
    row = {"Количество": 1, "Сумма": 10}
    unnumbered = base.http.post(INVOICES, json=base.draft(Товары=[row]))
    listed = base.http.post(INVOICES, json=base.draft(Комментарий=["а"]))
    assert unnumbered.text == listed.text
    return listed


def broken_json(base: Base, hands: Hands) -> httpx.Response:
    return base.http.post(INVOICES, content='{"Комментарий": "а"'.encode())


def bare_group(base: Base, hands: Hands) -> httpx.Response:
    body = {"Description": "Новая группа", "IsFolder": True}
    return base.http.post("Catalog_Номенклатура", json=body)


def unpost_without_rights(base: Base, hands: Hands) -> httpx.Response:
    hands.ask("POST", "switches", unpost_denied=True)
    return base.http.post(f"{address(base.posted())}/Unpost")


def reference_above(base: Base, hands: Hands) -> httpx.Response:
    return base.get(INVOICES, filter=f"Ref_Key gt guid'{ABSENT}'")


def heavy_page(base: Base, hands: Hands) -> httpx.Response:
    hands.ask("POST", "switches", heaviest_page=20_000)
    assert base.get("Catalog_Контрагенты", top="2").status_code == 200
    return base.get("Catalog_Контрагенты")


def wide_set(base: Base, hands: Hands) -> httpx.Response:
    hands.ask("POST", "switches", too_wide=["Catalog_Организации"])
    assert base.get("Catalog_Организации", select="Ref_Key,ИНН").status_code == 200
    return base.get("Catalog_Организации")


def refused_by_configuration(base: Base, hands: Hands) -> httpx.Response:
    hands.fault("refuse", text="Не удалось записать: Счет-фактура выданный!")
    return base.http.post(INVOICES, json=base.draft())


def restricted(base: Base, hands: Hands) -> httpx.Response:
    hands.ask("POST", "switches", restricted=[INVOICES])
    return base.get(INVOICES)


def batch(base: Base, hands: Hands) -> httpx.Response:
    return base.http.post("$batch", content=b"--batch")


def long_query(base: Base, hands: Hands) -> httpx.Response:
    hands.ask("POST", "switches", iis=True)
    condition = "Number eq 'РМ00-000001'"
    assert base.get(INVOICES, filter=condition).status_code == 200
    return base.get(INVOICES, filter=" or ".join([condition] * 60))


def page_instead_of_data(base: Base, hands: Hands) -> httpx.Response:
    hands.fault("html200", path="$metadata")
    return base.get("$metadata")


PROVOCATIONS: tuple[Provoke, ...] = (
    absent_object,
    absent_record,
    bad_filter,
    unknown_field,
    balance_of_turnovers,
    string_as_guid,
    string_as_flag,
    second_record,
    list_in_string,
    broken_json,
    bare_group,
    unpost_without_rights,
    reference_above,
    heavy_page,
    wide_set,
    refused_by_configuration,
    restricted,
    batch,
    long_query,
    page_instead_of_data,
)
_BARE = {heavy_page, long_query, page_instead_of_data}
_XML = {absent_object, batch}


def test_no_recorded_error_is_left_out() -> None:
    assert len(RECORDED) == len(PROVOCATIONS) == 20


@pytest.mark.parametrize(
    ("record", "provoke"),
    list(zip(RECORDED, PROVOCATIONS, strict=True)),
    ids=[provoke.__name__ for provoke in PROVOCATIONS],
)
def test_the_answer_is_the_recorded_one(
    base: Base, hands: Hands, record: dict[str, Any], provoke: Provoke
) -> None:
    response = provoke(base, hands)
    assert response.status_code == record["http"]
    if provoke in _BARE:
        _check_bare(record, response)
        return
    code, text = _xml(response) if provoke in _XML else base.error(response)[1:]
    if record["code"] is not None:
        assert code == record["code"]
    assert _agrees(record["text"], text), text
    if "body" in record and "…" not in record["body"]:
        assert response.text == record["body"]
    if "body_json" in record:
        assert response.json() == json.loads(record["body_json"])


def test_the_xml_of_an_error_is_the_recorded_one_to_the_letter(base: Base, hands: Hands) -> None:
    body = str(RECORDED[0]["body"])
    text = str(RECORDED[0]["text"]).replace("НакладнаяОтгрузки", INVOICES.partition("_")[2])
    assert absent_object(base, hands).text == body.replace("…", text)


def _xml(response: httpx.Response) -> tuple[str, str]:
    root = fromstring(response.content)
    assert root.tag == f"{META}error"
    return root.findtext(f"{META}code", ""), root.findtext(f"{META}message", "")


def _agrees(recorded: str, text: str) -> bool:
    """The recorded text with the name of the record's own object, or the paraphrase it is."""
    if recorded.endswith(_PARAPHRASE):
        return recorded.removesuffix(_PARAPHRASE) in text.lower()
    if recorded.endswith("…"):
        return text.startswith(recorded[:-1])
    named = re.sub(r'"\w+"', '"СчетНаОплатуПокупателю"', recorded)
    return text in {recorded, named}


def _check_bare(record: dict[str, Any], response: httpx.Response) -> None:
    """Answers of what stands before the service: no body of OData in them."""
    assert "odata.error" not in response.text
    assert "m:error" not in response.text
    if record["text"].startswith("("):
        assert "404 - File or directory not found" in response.text
    elif record["http"] == 200:
        assert response.headers["content-type"].startswith("text/html")
        assert "<form>" in response.text
    else:
        assert response.text == record["text"]
