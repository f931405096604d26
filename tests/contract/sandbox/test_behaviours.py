"""Habits of a base that a guest must live with: load, licences, publication, registers, modes."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.contract.sandbox.neighbours import INVOICES, RECEIPTS, STATUSES, Base, Hands, address

RATES = "InformationRegister_КурсыВалют"
GHOST = "99999999-9999-9999-9999-999999999999"


def at_once(base: Base, number: int) -> list[int]:
    """Statuses of so many reads sent together."""
    with ThreadPoolExecutor(number) as pool:
        reads = [pool.submit(base.get, "Catalog_Склады") for _ in range(number)]
        return [read.result().status_code for read in reads]


def test_the_base_counts_how_hard_it_is_worked(base: Base, hands: Hands) -> None:
    hands.ask("DELETE", "load")
    hands.fault("latency", seconds=0.2, count=3)
    assert at_once(base, 3) == [200] * 3
    load = hands.ask("GET", "load")
    assert (load["requests"], load["most_at_once"], load["at_once"]) == (3, 3, 0)
    assert 0.6 <= load["busy_seconds"] < 1.5


def test_a_file_mode_base_answers_one_at_a_time_and_slower_under_load(
    base: Base, hands: Hands
) -> None:
    hands.ask("POST", "switches", file_mode=True, file_seconds=0.05)
    started = time.monotonic()
    for _ in range(4):
        base.get("Catalog_Склады")
    in_turn = time.monotonic() - started
    hands.ask("DELETE", "load")
    started = time.monotonic()
    assert at_once(base, 4) == [200] * 4
    together = time.monotonic() - started
    load = hands.ask("GET", "load")
    assert together > in_turn * 1.5
    assert load["most_at_once"] == 4
    assert load["busy_seconds"] <= together
    assert load["waited_seconds"] > load["busy_seconds"] / 4


def test_licences_run_out_for_a_while(base: Base, hands: Hands) -> None:
    hands.fault("no_licence", count=None, lasts=0.3)
    assert base.get("Catalog_Склады").status_code == 406
    assert hands.ask("GET", "faults")["faults"]
    time.sleep(0.35)
    assert base.get("Catalog_Склады").status_code == 200
    assert hands.ask("GET", "faults")["faults"] == []


def test_the_first_request_after_an_idle_time_is_slow(base: Base, hands: Hands) -> None:
    hands.ask("POST", "switches", idle_seconds=0.2, slow_first_seconds=0.3)
    base.get("Catalog_Склады")
    time.sleep(0.25)
    taken = []
    for _ in range(2):
        started = time.monotonic()
        base.get("Catalog_Склады")
        taken.append(time.monotonic() - started)
    assert taken[0] >= 0.3 > taken[1]


def test_sets_are_published_and_hidden_one_by_one(base: Base, hands: Hands) -> None:
    hidden = hands.ask("POST", "published", Catalog_Склады=False)
    assert "Catalog_Склады" in hidden["unpublished"]
    assert base.get("Catalog_Склады").status_code == 404
    shown = hands.ask("POST", "published", Catalog_Склады=True)
    assert "Catalog_Склады" in shown["published"]
    assert base.get("Catalog_Склады").status_code == 200
    answer = hands.http.post("published", json={"Catalog_Нет": True})
    assert answer.status_code == 422


def test_a_composite_reference_to_a_hidden_set_keeps_its_value_and_loses_its_type(
    base: Base, hands: Hands
) -> None:
    payment = hands.pay(base.posted())
    record = {"Ref_Key": payment["ref"]}
    before = base.read(record, RECEIPTS)
    hands.ask("POST", "published", Catalog_Контрагенты=False)
    after = base.read(record, RECEIPTS)
    assert before["Контрагент_Type"] == "StandardODATA.Catalog_Контрагенты"
    assert after["Контрагент"] == before["Контрагент"]
    assert after["Контрагент_Type"].startswith("UnavailableEntities.UnavailableEntity_")
    listed = base.rows(RECEIPTS, filter=f"Ref_Key eq guid'{payment['ref']}'")
    assert listed[0]["Контрагент_Type"] == after["Контрагент_Type"]


def test_a_composite_value_in_a_section_loses_its_type_too(base: Base, hands: Hands) -> None:
    invoice = base.create()
    hands.ask("POST", "published", Catalog_Номенклатура=False)
    types = {row["Номенклатура_Type"] for row in base.read(invoice)["Товары"]}
    assert len(types) == 1
    assert types.pop().startswith("UnavailableEntities.")


def test_an_independent_register_is_written_by_its_whole_key(base: Base) -> None:
    currency = base.rows("Catalog_Валюты", filter="Code eq '840'")[0]["Ref_Key"]
    body = {"Period": "2027-01-11T00:00:00", "Валюта_Key": currency, "Курс": 80.5, "Кратность": 1}
    assert base.http.post(RATES, json=body).status_code == 201
    assert base.http.post(RATES, json=body).status_code == 400
    key = f"{RATES}(Period=datetime'2027-01-11T00:00:00',Валюта_Key=guid'{currency}')"
    changed = base.http.patch(key, json={"Курс": 81.25})
    assert changed.status_code == 200
    assert "DataVersion" not in changed.json()
    assert base.get(key).json()["Курс"] == 81.25
    assert base.http.delete(key).status_code == 204
    assert base.error(base.get(key)) == (404, "9", "Экземпляр сущности не найден")


def test_patching_an_absent_record_does_not_create_it(base: Base) -> None:
    kind = f"StandardODATA.{INVOICES}"
    key = f"{STATUSES}(Организация_Key=guid'{GHOST}',Документ='{GHOST}',Документ_Type='{kind}')"
    assert base.http.patch(key, json={"Статус": "Оплачен"}).status_code == 404


@pytest.mark.parametrize(
    "set_name", ["AccountingRegister_Хозрасчетный", "AccumulationRegister_ОплатаСчетов"]
)
def test_registers_of_recorders_are_not_written_by_hand(base: Base, set_name: str) -> None:
    assert base.http.post(set_name, json={}).status_code == 500


def test_load_mode_skips_the_handlers_of_the_configuration(base: Base) -> None:
    body = {"Description": "Группа из обмена", "IsFolder": True}
    assert base.http.post("Catalog_Номенклатура", json=body).status_code == 500
    header = {"1C_OData-DataLoadMode": "true"}
    loaded = base.http.post("Catalog_Номенклатура", json=body, headers=header)
    assert loaded.status_code == 201
    assert base.http.delete(address(loaded.json(), "Catalog_Номенклатура")).status_code == 204


def test_behind_iis_a_long_segment_of_the_path_is_a_bad_address(base: Base, hands: Hands) -> None:
    condition = " or ".join(["Period eq datetime''2026-01-01T00:00:00''"] * 6)
    path = f"AccountingRegister_Хозрасчетный/RecordsWithExtDimensions(Condition='{condition}')"
    assert base.get(path).status_code == 200
    hands.ask("POST", "switches", iis=True)
    refused = base.get(path)
    assert refused.status_code == 400
    assert "Invalid URL" in refused.text


def test_a_session_is_started_used_and_finished(base: Base, hands: Hands) -> None:
    hands.ask("POST", "switches", licences=1)
    plain = {"Cookie": ""}
    started = base.http.get("Catalog_Склады", headers={"IBSession": "start"})
    cookie = {"Cookie": started.headers["set-cookie"].partition(";")[0]}
    base.http.cookies.clear()
    assert base.http.get("Catalog_Склады", headers=plain).status_code == 406
    assert base.http.get("Catalog_Склады", headers=cookie).status_code == 200
    finish = cookie | {"IBSession": "finish"}
    assert base.http.get("Catalog_Склады", headers=finish).status_code == 200
    assert base.http.get("Catalog_Склады", headers=cookie).status_code == 400
    assert base.http.get("Catalog_Склады", headers=plain).status_code == 200
