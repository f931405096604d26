"""One invoice's whole life over EnterpriseData: put, seen over OData, paid, shipped, given back."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from tests.contract.sandbox.conftest import Starter
from tests.contract.sandbox.neighbours import INVOICES, SHIPMENTS, Record
from tests.contract.sandbox.soap_messages import (
    CLIENT,
    CONTRACT,
    ORDER,
    client,
    contract,
    deletion,
    order,
    product,
)
from tests.contract.sandbox.soap_peer import Failed, Peer
from tests.contract.sandbox.soap_resident import Resident

PAYMENT = "Документ.ПБДСРасчетыСКонтрагентами"
CASH = "Документ.ПКОРасчетыСКонтрагентами"
SHIPMENT = "Документ.РеализацияТоваровУслуг"


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    """A peer of a sandbox of its own."""
    sandbox = Resident(tmp_path)
    found = Peer(sandbox.about)
    yield found
    found.close()
    sandbox.stop()


def invoices(peer: Peer) -> list[Record]:
    return peer.base.rows(INVOICES)


def sent(peer: Peer, **changes: str) -> Record:
    """The invoice that an order with its client and contract has become."""
    peer.put(client(), contract(), order(**changes))
    (invoice,) = invoices(peer)
    return invoice


def test_an_order_becomes_a_posted_invoice_that_odata_shows(peer: Peer) -> None:
    invoice = sent(peer)
    assert invoice["Posted"] is True
    assert (invoice["Ref_Key"], invoice["Number"]) == (ORDER, "ЗК-000001")
    assert (invoice["Date"], invoice["Комментарий"]) == ("2026-11-20T10:00:00", "[hub:ed]")
    assert (invoice["СуммаДокумента"], invoice["СуммаВключаетНДС"]) == (Decimal(3210), True)
    assert (invoice["Контрагент_Key"], invoice["ДоговорКонтрагента_Key"]) == (CLIENT, CONTRACT)
    (company,) = peer.base.rows("Catalog_Организации")
    assert invoice["Организация_Key"] == company["Ref_Key"]
    assert invoice["СтруктурнаяЕдиница_Key"] == company["ОсновнойБанковскийСчет_Key"]
    goods, service = invoice["Товары"]
    water = peer.base.rows("Catalog_Номенклатура", filter="Артикул eq 'ВОДА-19'")[0]
    assert (goods["Номенклатура"], goods["СтавкаНДС"]) == (water["Ref_Key"], "НДС22")
    assert (goods["Количество"], goods["СуммаНДС"]) == (Decimal(3), Decimal("335.41"))
    assert (service["LineNumber"], service["Содержание"]) == ("2", "Обработка по графику")
    assert peer.base.status(invoice) == ("НеОплачен", "НеОтгружен")


def test_a_payment_and_a_shipment_of_the_order_come_back(peer: Peer) -> None:
    invoice = sent(peer)
    peer.get()
    peer.put()
    paid = peer.hands.pay(invoice, share="0.5", date="2026-11-21")
    shipped = peer.hands.ship(invoice, date="2026-11-22")
    message = peer.get()
    assert message.names() == [SHIPMENT, PAYMENT]
    assert message.find(PAYMENT, "КлючевыеСвойства/Ссылка") == [paid["ref"]]
    assert message.find(PAYMENT, "КлючевыеСвойства/Номер") == [paid["number"]]
    assert message.find(PAYMENT, "ОбщиеДанные/Сумма") == ["1605"]
    assert message.find(PAYMENT, "ОбщиеДанные/ДатаВыписки") == ["2026-11-21"]
    assert message.find(PAYMENT, "Контрагент/Ссылка") == [CLIENT]
    assert message.find(PAYMENT, "ВидРасчетов") == ["СПокупателем"]
    part = "РасшифровкаПлатежа/Строка"
    assert message.find(PAYMENT, f"{part}/Заказ/ЗаказКлиента/Ссылка") == [ORDER]
    assert message.find(PAYMENT, f"{part}/ДанныеВзаиморасчетов/Договор/Ссылка") == [CONTRACT]
    assert message.find(PAYMENT, f"{part}/СтавкаНДС/Ставка") == ["22"]
    assert message.find(SHIPMENT, "КлючевыеСвойства/Ссылка") == [shipped["ref"]]
    assert message.find(SHIPMENT, "Сумма") == ["3210"]
    assert message.find(SHIPMENT, "Заказ/Ссылка") == [ORDER]
    assert message.find(SHIPMENT, "Товары/Строка/Количество") == ["3"]
    assert message.find(SHIPMENT, "Товары/Строка/СуммаНДС") == ["335.41"]
    assert message.find(SHIPMENT, "Услуги/Строка/Сумма") == ["1350"]


def test_a_payment_in_cash_is_another_document(peer: Peer) -> None:
    invoice = sent(peer)
    peer.get()
    peer.put()
    peer.hands.pay(invoice, cash=True)
    message = peer.get()
    assert message.names() == [CASH]
    assert message.find(CASH, "ОбщиеДанные/Сумма") == ["3210"]
    assert message.find(CASH, "ОбщиеДанные/ПринятоОт") == ["Новый клиент ООО"]


def test_what_was_not_confirmed_is_given_again(peer: Peer) -> None:
    invoice = sent(peer)
    peer.get()
    peer.put()
    peer.hands.pay(invoice)
    first, second = peer.get(), peer.get()
    assert first.names() == second.names() == [PAYMENT]
    numbers = [int(message.header("MessageNo")) for message in (first, second)]
    assert numbers[1] == numbers[0] + 1


def test_what_was_confirmed_is_not_given_again(peer: Peer) -> None:
    invoice = sent(peer)
    peer.hands.pay(invoice)
    assert PAYMENT in peer.get().names()
    peer.put()
    assert peer.get().names() == []


def test_a_change_after_the_message_is_not_lost_by_its_confirmation(peer: Peer) -> None:
    invoice = sent(peer)
    peer.get()
    peer.hands.pay(invoice)
    peer.put()
    assert peer.get().names() == [PAYMENT]


def test_the_message_says_which_of_ours_came_last(peer: Peer) -> None:
    assert peer.get().header("ReceivedNo") == "0"
    peer.put(client())
    peer.number = 7
    peer.put(product())
    message = peer.get()
    assert (message.header("ReceivedNo"), message.header("MessageNo")) == ("8", "2")
    assert (message.header("From"), message.header("To")) == ("БП", "CRM")


def test_a_message_with_a_number_that_came_already_is_not_loaded(peer: Peer) -> None:
    peer.put(client(), contract(), order())
    peer.number = 0
    with pytest.raises(Failed) as failure:
        peer.put(order(number="ЗК-000002", ref="0a1b2c3d-0000-4000-8000-00000000000f"))
    assert (failure.value.status, failure.value.text) == (
        "Failed",
        "Сообщение обмена было принято ранее",
    )
    assert [invoice["Number"] for invoice in invoices(peer)] == ["ЗК-000001"]


def test_a_message_put_twice_is_loaded_once(peer: Peer) -> None:
    peer.number = 1
    message = peer.message(client(), contract(), order())
    first, second = peer.start_put(message), peer.start_put(message)
    peer.loaded(first)
    with pytest.raises(Failed, match="принято ранее"):
        peer.loaded(second)
    ledger = peer.hands.ask("GET", "ledger")["counts"]
    assert ledger[INVOICES] == {"POST": 1, "Post": 1}


def test_the_same_order_under_a_new_number_changes_its_invoice(peer: Peer) -> None:
    sent(peer)
    peer.put(order(quantity="5"))
    (invoice,) = invoices(peer)
    assert invoice["Posted"] is True
    assert invoice["Товары"][0]["Количество"] == Decimal(5)


def test_a_peer_does_not_hear_of_what_it_sent_itself(peer: Peer) -> None:
    peer.get()
    peer.put(client(), contract(), order())
    assert peer.get().names() == []


def test_another_peer_hears_of_it(peer: Peer) -> None:
    peer.hands.ask("POST", "enterprise-data/peers", code="SHOP", name="Интернет-магазин")
    other = Peer(peer.base.about, "SHOP")
    other.get()
    other.put()
    peer.put(client())
    message = other.get()
    other.close()
    assert message.find("Справочник.Контрагенты", "КлючевыеСвойства/ИНН") == ["7707083893"]


def test_a_change_over_odata_is_given_to_the_peer(peer: Peer) -> None:
    peer.get()
    peer.put()
    found = peer.base.rows("Catalog_Номенклатура", filter="Артикул eq 'ВОДА-19'")[0]
    reply = peer.base.http.patch(
        f"Catalog_Номенклатура(guid'{found['Ref_Key']}')", json={"Description": "Вода 19 л"}
    )
    assert reply.status_code == 200
    message = peer.get()
    assert message.find("Справочник.Номенклатура", "КлючевыеСвойства/Наименование") == ["Вода 19 л"]


def test_the_first_message_holds_the_catalogs(peer: Peer) -> None:
    message = peer.get()
    counts = {name: message.names().count(name) for name in set(message.names())}
    assert message.documents() == []
    assert counts["Справочник.Организации"] == 1
    assert counts["Справочник.Контрагенты"] == counts["Справочник.Договоры"] - 1
    assert counts["Справочник.Номенклатура"] == 26
    assert message.find("Справочник.Организации", "КлючевыеСвойства/ИНН") == ["6670123457"]


def test_a_posting_taken_back_is_a_deletion_for_the_peer(peer: Peer) -> None:
    invoice = sent(peer)
    done = peer.hands.pay(invoice)
    peer.get()
    peer.put()
    peer.hands.ask("POST", "accountant/unpost", document=done["set"], ref=done["ref"])
    message = peer.get()
    assert message.names() == ["УдалениеОбъекта"]
    path = "СсылкаНаОбъект/СсылкаНаОбъект/ПБДСРасчетыСКонтрагентамиСсылка"
    assert message.find("УдалениеОбъекта", path) == [done["ref"]]


def test_a_physical_deletion_is_a_deletion_for_the_peer(peer: Peer) -> None:
    invoice = sent(peer)
    done = peer.hands.ship(invoice)
    peer.get()
    peer.put()
    peer.base.http.delete(f"{SHIPMENTS}(guid'{done['ref']}')")
    path = "СсылкаНаОбъект/СсылкаНаОбъект/РеализацияТоваровУслугСсылка"
    assert peer.get().find("УдалениеОбъекта", path) == [done["ref"]]


def test_a_deletion_from_the_peer_marks_the_invoice(peer: Peer) -> None:
    sent(peer)
    peer.put(deletion("ЗаказКлиентаСсылка", ORDER))
    (invoice,) = invoices(peer)
    assert (invoice["DeletionMark"], invoice["Posted"]) == (True, False)
    assert peer.get().documents() == []


def test_an_object_that_comes_beside_its_own_deletion_stays(peer: Peer) -> None:
    sent(peer)
    peer.put(deletion("ЗаказКлиентаСсылка", ORDER), order())
    (invoice,) = invoices(peer)
    assert (invoice["DeletionMark"], invoice["Posted"]) == (False, True)


def test_a_sum_of_nothing_is_not_written(peer: Peer) -> None:
    peer.get()
    peer.put()
    goods = [row | {"СтавкаНДС": "БезНДС", "СуммаНДС": 0} for row in peer.base.draft()["Товары"]]
    peer.hands.pay(peer.base.posted(Товары=goods))
    message = peer.get()
    part = "РасшифровкаПлатежа/Строка"
    assert message.find(PAYMENT, f"{part}/Сумма") == ["3210"]
    assert message.find(PAYMENT, f"{part}/СуммаНДС") == []
    assert message.find(PAYMENT, f"{part}/СтавкаНДС/НеОблагается") == ["true"]


def test_an_order_that_comes_again_loses_its_mark_of_deletion(peer: Peer) -> None:
    sent(peer)
    peer.put(deletion("ЗаказКлиентаСсылка", ORDER))
    peer.put(order())
    (invoice,) = invoices(peer)
    assert (invoice["DeletionMark"], invoice["Posted"]) == (False, True)


def test_the_exchange_goes_on_after_the_base_was_killed(tmp_path: Path, start: Starter) -> None:
    process = start(tmp_path, "--seed", "7", "--no-pbx")
    peer = Peer(process.about)
    peer.put(client(), contract(), order())
    file, _ = peer.prepare()
    process.kill()
    peer.close()
    again = Peer(start(tmp_path, "--no-pbx").about)
    again.number = 1
    assert again.part(file, 1)[:2] == b"PK"
    message = again.get()
    assert (message.header("MessageNo"), message.header("ReceivedNo")) == ("2", "1")
    again.number = 0
    with pytest.raises(Failed, match="принято ранее"):
        again.put(order())
    again.close()
