"""The company that lives in the base."""

from __future__ import annotations

from pathlib import Path

import phonenumbers
from stdnum.ru import inn, ogrn
from tests.contract.sandbox.conftest import Starter
from tests.contract.sandbox.neighbours import Base, Record

CATALOGS = (
    "Catalog_Контрагенты", "Catalog_ДоговорыКонтрагентов", "Catalog_Номенклатура",
    "Catalog_Организации", "Catalog_БанковскиеСчета", "Catalog_Валюты", "Catalog_Склады",
    "Catalog_КлассификаторЕдиницИзмерения",
)  # fmt: skip


def people(base: Base) -> list[Record]:
    return base.rows("Catalog_Контрагенты", filter="IsFolder eq false")


def test_the_company_is_of_believable_size(base: Base) -> None:
    assert len(people(base)) == 40
    assert len(base.rows("Catalog_Номенклатура", filter="IsFolder eq false")) == 26


def test_every_registration_number_has_a_right_checksum(base: Base) -> None:
    own = base.rows("Catalog_Организации")[0]
    assert inn.is_valid(own["ИНН"])
    assert ogrn.is_valid(own["ОГРН"])
    assert own["ИНН"] == base.about["organization_inn"]
    for party in people(base):
        firm = party["ЮридическоеФизическоеЛицо"] == "ЮридическоеЛицо"
        assert len(party["КПП"]) == (9 if firm else 0)
        assert not party["ИНН"] or inn.is_valid(party["ИНН"])
        assert len(party["ИНН"]) in ({10} if firm else {0, 12})


def test_a_firm_and_its_branch_share_a_registration_number(base: Base) -> None:
    (branch,) = base.rows("Catalog_Контрагенты", filter="ОбособленноеПодразделение")
    twins = base.rows("Catalog_Контрагенты", filter=f"ИНН eq '{branch['ИНН']}'")
    assert len({party["КПП"] for party in twins}) == 2


def test_every_client_has_a_phone_a_mail_address_and_one_contract_as_a_buyer(base: Base) -> None:
    for party in people(base):
        phone, mail, _ = party["КонтактнаяИнформация"]
        assert phonenumbers.is_valid_number(phonenumbers.parse(phone["Представление"], "RU"))
        assert mail["АдресЭП"].endswith("@client.example")
        owned = f"Owner_Key eq guid'{party['Ref_Key']}' and ВидДоговора eq 'СПокупателем'"
        assert len(base.rows("Catalog_ДоговорыКонтрагентов", filter=owned)) == 1


def test_names_fit_the_properties_that_hold_them(base: Base) -> None:
    for item in base.rows("Catalog_Номенклатура"):
        assert len(item["Code"]) == 11
        assert 0 < len(item["Description"]) <= 100


def test_the_same_seed_makes_the_same_company_and_another_seed_another(
    base: Base, tmp_path: Path, start: Starter
) -> None:
    same = Base(start(tmp_path / "same", "--seed", "7").about)
    other = Base(start(tmp_path / "other", "--seed", "8").about)
    for name in CATALOGS:
        known = {row["Ref_Key"] for row in same.rows(name)}
        assert same.rows(name) == [row for row in base.rows(name) if row["Ref_Key"] in known]
        assert not known & {row["Ref_Key"] for row in other.rows(name)}
    same.http.close()
    other.http.close()
