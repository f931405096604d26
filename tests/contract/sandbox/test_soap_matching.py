"""How the base recognises what a peer sends, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.sandbox.neighbours import INVOICES, Record
from tests.contract.sandbox.soap_messages import (
    CLIENT,
    CONTRACT,
    ORDER,
    PRODUCT,
    client,
    client_keys,
    contract,
    contract_keys,
    order,
    product,
    product_keys,
)
from tests.contract.sandbox.soap_peer import Peer
from tests.contract.sandbox.soap_resident import Resident

CLIENTS = "Catalog_Контрагенты"
CONTRACTS = "Catalog_ДоговорыКонтрагентов"
PRODUCTS = "Catalog_Номенклатура"


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    """A peer of a sandbox of its own."""
    sandbox = Resident(tmp_path)
    found = Peer(sandbox.about)
    yield found
    found.close()
    sandbox.stop()


def one_client(peer: Peer, inn: str = "7707083893") -> Record:
    (found,) = peer.base.rows(CLIENTS, filter=f"ИНН eq '{inn}'")
    return found


def test_a_client_is_recognised_by_its_numbers(peer: Peer) -> None:
    known = peer.base.rows(CLIENTS, filter="Code eq '00-000004'")[0]
    keys = client_keys(name="Совсем иначе", inn=known["ИНН"], kpp=known["КПП"])
    peer.put(client(keys))
    found = peer.base.rows(CLIENTS, filter=f"ИНН eq '{known['ИНН']}'")
    assert [item["Ref_Key"] for item in found] == [known["Ref_Key"]]
    assert found[0]["Description"] == "Совсем иначе"


def test_a_client_without_numbers_is_recognised_by_its_name(peer: Peer) -> None:
    before = len(peer.base.rows(CLIENTS))
    known = peer.base.rows(CLIENTS, filter="Code eq '00-000005'")[0]
    keys = client_keys(name=known["Description"].upper(), inn="", kpp="")
    keys = keys.replace(f"<НаименованиеПолное>{known['Description'].upper()}, полное имя", "")
    peer.put(client(keys.replace("</НаименованиеПолное>", "")))
    assert len(peer.base.rows(CLIENTS)) == before
    changed = peer.base.rows(CLIENTS, filter="Code eq '00-000005'")[0]
    assert changed["Description"] == known["Description"].upper()


def test_a_recognised_client_goes_out_under_the_peers_identifier(peer: Peer) -> None:
    known = peer.base.rows(CLIENTS, filter="Code eq '00-000004'")[0]
    party = client_keys(inn=known["ИНН"], kpp=known["КПП"])
    peer.put(client(party), contract(contract_keys(party=party)), order(party=party))
    invoice = peer.base.rows(INVOICES)[0]
    assert invoice["Контрагент_Key"] == known["Ref_Key"] != CLIENT
    peer.hands.pay(invoice)
    payment = "Документ.ПБДСРасчетыСКонтрагентами"
    assert peer.get().find(payment, "Контрагент/Ссылка") == [CLIENT]


def test_a_client_that_is_recognised_already_is_not_recognised_for_another(peer: Peer) -> None:
    peer.put(client())
    other = "0a1b2c3d-0000-4000-8000-0000000000aa"
    peer.put(client(client_keys(ref=other)))
    found = peer.base.rows(CLIENTS, filter="ИНН eq '7707083893'")
    assert sorted(item["Ref_Key"] for item in found) == sorted([CLIENT, other])


def test_a_client_that_the_peer_has_from_us_is_not_recognised_under_another_identifier(
    peer: Peer,
) -> None:
    known = peer.base.rows(CLIENTS, filter="Code eq '00-000004'")[0]
    peer.get()
    peer.put(client(client_keys(inn=known["ИНН"], kpp=known["КПП"])))
    found = peer.base.rows(CLIENTS, filter=f"ИНН eq '{known['ИНН']}'")
    assert {item["Ref_Key"] for item in found} == {known["Ref_Key"], CLIENT}


def test_a_kind_that_the_peer_does_not_declare_to_send_is_passed_over(peer: Peer) -> None:
    kinds = (
        "<msg:AvailableObjectTypes><msg:ObjectType><msg:Name>Справочник.Контрагенты</msg:Name>"
        "<msg:Sending>1.8,1.21</msg:Sending></msg:ObjectType></msg:AvailableObjectTypes>"
    )
    before = len(peer.base.rows(PRODUCTS))
    peer.put(client(), product(), more=kinds)
    assert peer.base.rows(CLIENTS, filter="ИНН eq '7707083893'")[0]["Ref_Key"] == CLIENT
    assert len(peer.base.rows(PRODUCTS)) == before


@pytest.mark.parametrize(
    ("keys", "matches"),
    [
        (product_keys(name="Не так", article="ВОДА-19"), True),
        (product_keys(name="Кулер настольный КС-10", article=""), True),
        ("<КодВПрограмме>00-00000005</КодВПрограмме><Наименование>Н</Наименование>", True),
        (product_keys(), False),
    ],
)
def test_a_product_is_recognised_by_code_article_or_name(
    peer: Peer, keys: str, matches: bool
) -> None:
    before = len(peer.base.rows(PRODUCTS))
    peer.put(product(keys))
    assert len(peer.base.rows(PRODUCTS)) == before + (not matches)


def test_a_new_product_has_its_kind_its_unit_and_a_code(peer: Peer) -> None:
    peer.put(product(kind="Работа"))
    (found,) = peer.base.rows(PRODUCTS, filter="Артикул eq 'ФИЛ-Т9'")
    (unit,) = peer.base.rows("Catalog_КлассификаторЕдиницИзмерения", filter="Code eq '796'")
    assert (found["Ref_Key"], found["Услуга"]) == (PRODUCT, True)
    assert found["ЕдиницаИзмерения_Key"] == unit["Ref_Key"]
    assert found["Code"].startswith("00-")


def test_a_clients_contacts_are_taken_from_their_presentation(peer: Peer) -> None:
    rows = [
        ("Телефон", "+7 (343) 000-11-22"),
        ("АдресЭлектроннойПочты", "new@client.example"),
    ]
    contacts = "".join(
        f"<Строка><ВидКонтактнойИнформации>{kind}</ВидКонтактнойИнформации><ЗначенияПолей>"
        f'&lt;КонтактнаяИнформация xmlns="http://www.v8.1c.ru/ssl/contactinfo" '
        f'Представление="{shown}"/&gt;</ЗначенияПолей></Строка>'
        for kind, shown in rows
    )
    peer.put(client(contacts=f"<КонтактнаяИнформация>{contacts}</КонтактнаяИнформация>"))
    phone, mail = one_client(peer)["КонтактнаяИнформация"]
    assert (phone["Тип"], phone["НомерТелефона"]) == ("Телефон", "73430001122")
    assert (mail["Представление"], mail["АдресЭП"]) == ("new@client.example",) * 2


def test_a_contract_belongs_to_its_client(peer: Peer) -> None:
    peer.put(client(), contract())
    (found,) = peer.base.rows(CONTRACTS, filter=f"Owner_Key eq guid'{CLIENT}'")
    assert (found["Ref_Key"], found["ВидДоговора"]) == (CONTRACT, "СПокупателем")
    assert (found["Номер"], found["Дата"]) == ("5/26", "2026-03-01T00:00:00")


def test_an_order_of_an_unknown_client_creates_it_from_its_key_properties(peer: Peer) -> None:
    peer.put(order())
    found = one_client(peer)
    (invoice,) = peer.base.rows(INVOICES)
    assert found["Ref_Key"] == invoice["Контрагент_Key"] == CLIENT
    assert found["Description"] == "Новый клиент ООО"
    assert invoice["ДоговорКонтрагента_Key"] == CONTRACT


def test_an_order_without_a_contract_gets_the_one_for_exchange(peer: Peer) -> None:
    peer.put(
        client(), order(settlement="<РасчетыВУсловныхЕдиницах>false</РасчетыВУсловныхЕдиницах>")
    )
    peer.put(
        order(
            number="ЗК-000002",
            ref="0a1b2c3d-0000-4000-8000-0000000000bb",
            settlement="<РасчетыВУсловныхЕдиницах>false</РасчетыВУсловныхЕдиницах>",
        )
    )
    (found,) = peer.base.rows(CONTRACTS, filter=f"Owner_Key eq guid'{CLIENT}'")
    assert (found["Description"], found["ИспользуетсяПриОбменеДанными"]) == ("Без договора", True)
    invoices = peer.base.rows(INVOICES)
    assert {item["ДоговорКонтрагента_Key"] for item in invoices} == {found["Ref_Key"]}


def test_an_order_is_recognised_by_date_and_number(peer: Peer) -> None:
    peer.base.create(Date="2026-11-20T10:00:00", Number="ЗК-000001")
    peer.put(order())
    (invoice,) = peer.base.rows(INVOICES)
    assert (invoice["Number"], invoice["Комментарий"]) == ("ЗК-000001", "[hub:ed]")
    assert invoice["Ref_Key"] != ORDER
