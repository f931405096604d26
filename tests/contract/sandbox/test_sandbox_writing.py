"""Writing to the base: what it accepts in silence, what it refuses, what it changes."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import pytest
from tests.contract.sandbox.neighbours import INVOICES, SHIPMENTS, STATUSES, Base, Hands, address

DANGLING = "99999999-9999-9999-9999-999999999999"


def row(number: object, **changes: Any) -> dict[str, Any]:
    return {"LineNumber": number, "Количество": 1, "Цена": 10, "Сумма": 10} | changes


def test_a_create_returns_the_whole_object_and_its_address_in_plain_cyrillic(base: Base) -> None:
    response = base.http.post(INVOICES, json=base.draft())
    created = response.json()
    raw = dict(response.headers.raw)[b"Location"].decode("utf-8")
    assert response.status_code == 201
    assert raw == base.about["onec_url"] + address(created)
    assert base.read(created)["Number"] == created["Number"]
    assert created["Posted"] is False


def test_an_unknown_property_is_ignored(base: Base) -> None:
    created = base.create(НетТакого="x", Товары=[row("1", Номенклатура_Key=DANGLING)])
    assert "НетТакого" not in created
    assert created["Товары"][0]["Номенклатура"] == ""
    assert created["Товары"][0]["Номенклатура_Type"] == "StandardODATA.Undefined"


def test_a_dangling_reference_is_stored(base: Base) -> None:
    assert base.create(Склад_Key=DANGLING)["Склад_Key"] == DANGLING


def test_an_over_long_string_is_cut_in_silence(base: Base) -> None:
    created = base.create("Catalog_Контрагенты", Description="я" * 150, ИНН="1234567890123")
    assert created["Description"] == "я" * 100
    assert created["ИНН"] == "123456789012"


def test_a_comment_is_unlimited_until_the_base_says_otherwise(base: Base, hands: Hands) -> None:
    assert len(base.create(Комментарий="ы" * 3000)["Комментарий"]) == 3000
    hands.ask("POST", "switches", comment_length=10)
    assert base.create(Комментарий="ы" * 3000)["Комментарий"] == "ы" * 10


def test_sums_keep_every_kopeck(base: Base) -> None:
    text = '{"СуммаДокумента": 9007199254740.93, "Товары": []}'
    created = base.http.post(INVOICES, content=text.encode())
    assert '"СуммаДокумента":9007199254740.93,' in created.text


def test_sums_are_rounded_to_the_scale_of_their_property(base: Base) -> None:
    created = base.create(Товары=[row("1", Количество=0.12345, Сумма=1.005)])
    assert created["Товары"][0]["Количество"] == Decimal("0.123")
    assert created["Товары"][0]["Сумма"] == Decimal("1.01")


def test_an_offset_of_a_date_is_thrown_away(base: Base) -> None:
    assert base.create(Date="2026-05-31T21:00:00Z")["Date"] == "2026-05-31T21:00:00"


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("Склад_Key", "нет", "Edm.Guid"),
        ("Date", "вчера", "Edm.DateTime"),
        ("СуммаВключаетНДС", "да", "Edm.Boolean"),
        ("СуммаДокумента", "много", "Edm.Double"),
        ("СуммаДокумента", "NaN", "Edm.Double"),
        ("СуммаДокумента", 10**30, "Edm.Double"),
    ],
)
def test_a_value_of_a_wrong_type_is_refused(
    base: Base, name: str, value: object, kind: str
) -> None:
    response = base.http.post(INVOICES, json=base.draft(**{name: value}))
    text = f"Не удалось разобрать строку '{value}' как значение типа {kind}!"
    assert base.error(response) == (400, "1", text)


def test_an_unknown_value_of_an_enumeration_is_refused(base: Base) -> None:
    response = base.http.post(INVOICES, json=base.draft(Товары=[row("1", СтавкаНДС="НДС99")]))
    assert base.error(response)[:2] == (400, "1")


@pytest.mark.parametrize("comment", [["a"], {"a": 1}])
def test_a_list_in_a_string_is_an_internal_error(base: Base, comment: object) -> None:
    status, code, text = base.error(base.http.post(INVOICES, json=base.draft(Комментарий=comment)))
    assert (status, code) == (500, "-1")
    assert text.startswith("Произошла внутренняя ошибка OData сервиса")


def test_broken_json_is_an_internal_error(base: Base) -> None:
    response = base.http.post(INVOICES, content=b"{")
    assert base.error(response) == (500, "-1", "Непредвиденный символ при чтении JSON")


def test_a_row_without_its_number_is_an_internal_error(base: Base) -> None:
    response = base.http.post(INVOICES, json=base.draft(Товары=[{"Количество": 1}]))
    assert base.error(response)[:2] == (500, "-1")


@pytest.mark.parametrize("numbers", [(1, 3), (0, 1), (2,), (1, 1)])
def test_row_numbers_must_run_from_one_without_gaps(base: Base, numbers: tuple[int]) -> None:
    rows = [row(str(number)) for number in numbers]
    assert base.http.post(INVOICES, json=base.draft(Товары=rows)).status_code == 400


def test_a_section_is_replaced_whole_and_the_rest_stays(base: Base) -> None:
    created = base.create(Комментарий="останется")
    response = base.http.patch(address(created), json={"Товары": [row("1", Сумма=77)]})
    changed = response.json()
    assert response.status_code == 200
    assert [item["Сумма"] for item in changed["Товары"]] == [77]
    assert changed["Комментарий"] == "останется"


def test_a_put_empties_what_it_does_not_name(base: Base) -> None:
    created = base.create(Комментарий="исчезнет")
    party = created["Контрагент_Key"]
    body = {"Контрагент@odata.bind": f"Catalog_Контрагенты(guid'{party}')", "Товары": []}
    changed = base.http.put(address(created), json=body).json()
    assert (changed["Комментарий"], changed["Товары"]) == ("", [])
    assert (changed["Контрагент_Key"], changed["Number"]) == (party, created["Number"])


def test_every_write_gives_a_new_version_even_if_it_changes_nothing(base: Base) -> None:
    created = base.create()
    again = base.http.patch(address(created), json={}).json()
    assert again["DataVersion"] != created["DataVersion"]
    assert len(base64.b64decode(again["DataVersion"])) == 8
    unversioned = {name: value for name, value in again.items() if name != "DataVersion"}
    assert unversioned.items() <= base.read(created).items()


def test_if_match_is_ignored_unless_the_platform_honours_it(base: Base, hands: Hands) -> None:
    created = base.create()
    stale = {"If-Match": created["DataVersion"]}
    assert base.http.patch(address(created), json={}).status_code == 200
    assert base.http.patch(address(created), json={}, headers=stale).status_code == 200
    hands.ask("POST", "switches", if_match=True)
    assert base.http.patch(address(created), json={}, headers=stale).status_code == 412
    fresh = {"If-Match": base.read(created)["DataVersion"]}
    assert base.http.patch(address(created), json={}, headers=fresh).status_code == 200


def test_the_base_gives_numbers_with_the_prefix_of_the_organization(base: Base) -> None:
    first, second = base.create(Date="2032-01-01T00:00:00"), base.create(Date="2032-01-02T00:00:00")
    assert (first["Number"], second["Number"]) == ("РМ00-000001", "РМ00-000002")
    assert base.create(Date="2033-01-01T00:00:00")["Number"] == "РМ00-000001"


def test_a_number_is_unique_within_its_year(base: Base) -> None:
    base.create(Number="А-1", Date="2034-01-01T00:00:00")
    twin = base.draft(Number="А-1", Date="2034-06-01T00:00:00")
    status, code, text = base.error(base.http.post(INVOICES, json=twin))
    assert (status, code) == (500, "-1")
    assert "не уникально" in text
    assert base.create(Number="А-1", Date="2035-01-01T00:00:00")["Number"] == "А-1"


def test_a_key_of_the_clients_choice_is_not_taken(base: Base) -> None:
    assert base.create(Ref_Key=DANGLING)["Ref_Key"] != DANGLING


def test_a_repeated_create_makes_a_second_document(base: Base) -> None:
    assert base.create()["Ref_Key"] != base.create()["Ref_Key"]


def test_delete_removes_physically(base: Base) -> None:
    created = base.create()
    assert base.http.delete(address(created)).status_code == 204
    assert base.get(address(created)).status_code == 404
    assert base.error(base.http.delete(address(created)))[:2] == (404, "9")


def test_a_deletion_mark_is_an_ordinary_property_and_unposts(base: Base) -> None:
    invoice = base.posted()
    marked = base.http.patch(address(invoice), json={"DeletionMark": True}).json()
    assert (marked["DeletionMark"], marked["Posted"]) == (True, False)


def test_a_record_of_an_independent_register_cannot_be_posted_twice(base: Base) -> None:
    invoice = base.posted()
    body = {
        "Организация_Key": invoice["Организация_Key"],
        "Документ": invoice["Ref_Key"],
        "Документ_Type": f"StandardODATA.{INVOICES}",
        "Статус": "Отменен",
        "Статус_Type": "UnavailableEnums.СтатусОплатыСчета",
    }
    assert base.http.post(STATUSES, json=body).status_code == 400
    fresh = base.http.post(STATUSES, json=body | {"Документ": DANGLING})
    assert fresh.status_code == 201
    assert "DataVersion" not in fresh.json()


def test_load_mode_skips_numbering(base: Base) -> None:
    header = {"1C_OData-DataLoadMode": "true"}
    created = base.http.post(INVOICES, json=base.draft(), headers=header).json()
    assert created["Number"] == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Организация_Key": "00000000-0000-0000-0000-000000000000"}, '"Организация"'),
        ({"Контрагент_Key": "00000000-0000-0000-0000-000000000000"}, '"Контрагент"'),
        ({"Товары": []}, '"Товары"'),
        ({"DeletionMark": True}, "помечен на удаление"),
    ],
)
def test_posting_checks_what_writing_did_not(
    base: Base, changes: dict[str, Any], reason: str
) -> None:
    created = base.create(**changes)
    status, code, text = base.error(base.post(created))
    assert (status, code) == (500, "-1")
    assert reason in text
    assert base.read(created)["Posted"] is False


def test_a_closed_period_refuses_every_change(base: Base, hands: Hands) -> None:
    created = base.create(Date="2026-03-31T10:00:00")
    hands.ask("POST", "switches", closed_before="2026-04-01")
    attempts = (
        base.post(created),
        base.http.patch(address(created), json={"Date": "2026-05-01T00:00:00"}),
        base.http.delete(address(created)),
        base.http.post(INVOICES, json=base.draft(Date="2026-03-01T00:00:00")),
    )
    assert [base.error(answer)[0] for answer in attempts] == [500] * 4
    assert base.create(Date="2026-04-01T00:00:00")


def test_a_service_document_needs_one_filled_section_of_several(base: Base) -> None:
    service = {"LineNumber": "1", "Количество": 1, "Сумма": 10}
    kept = {"Товары": [], "Услуги": [service], "ВидОперации": "Услуги"}
    created = base.create(SHIPMENTS, **kept)
    assert base.post(created, SHIPMENTS).status_code == 200


def test_the_ledger_knows_every_write_and_its_marker(base: Base, hands: Hands) -> None:
    since = max(entry["id"] for entry in hands.ask("GET", "ledger")["entries"])
    created = base.posted(Комментарий="[hub:ledger]")
    written = hands.ask("GET", f"ledger?since={since}&set={INVOICES}")
    assert [(e["method"], e["comment"], e["posted"]) for e in written["entries"]] == [
        ("POST", "[hub:ledger]", False),
        ("Post", "[hub:ledger]", True),
    ]
    assert {e["ref"] for e in written["entries"]} == {created["Ref_Key"]}
    assert written["counts"][INVOICES]["POST"] >= 1
