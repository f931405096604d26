"""Loading of messages: what is refused, and where it says the fault lies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.sandbox.neighbours import INVOICES, Record
from tests.contract.sandbox.soap_messages import (
    CLIENT,
    ORGANIZATION,
    client,
    client_keys,
    contract,
    order,
)
from tests.contract.sandbox.soap_peer import FORMAT, Failed, Peer
from tests.contract.sandbox.soap_resident import Resident

CLIENTS = "Catalog_Контрагенты"
CONTRACTS = "Catalog_ДоговорыКонтрагентов"
PRODUCTS = "Catalog_Номенклатура"
SPACE = f"{{{FORMAT}/1.21}}"


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    """A peer of a sandbox of its own."""
    sandbox = Resident(tmp_path)
    found = Peer(sandbox.about)
    yield found
    found.close()
    sandbox.stop()


def notes(peer: Peer) -> list[tuple[str, str]]:
    """The load protocol: kind of object and text."""
    found = peer.hands.ask("GET", "enterprise-data")["protocol"]
    return [(note["object"], note["text"]) for note in found]


def refused(peer: Peer, *objects: str) -> list[str]:
    """The lines of the error that a message fails with."""
    with pytest.raises(Failed) as failure:
        peer.put(*objects)
    assert failure.value.status == "Failed"
    return failure.value.text.splitlines()


def one_client(peer: Peer, inn: str = "7707083893") -> Record:
    (found,) = peer.base.rows(CLIENTS, filter=f"ИНН eq '{inn}'")
    return found


def test_a_missing_property_is_named_with_its_line(peer: Peer) -> None:
    broken = order().replace("<Номер>ЗК-000001</Номер>\n", "")
    assert refused(peer, broken) == [
        "Ошибка при загрузке данных: Ошибка преобразования данных XDTO:",
        f"Чтение объекта типа: {SPACE}КлючевыеСвойстваЗаказКлиента - [13,1]",
        "Проверка свойства:",
        "форма: Элемент",
        f"имя: {SPACE}Организация",
        "Не заполнено обязательное свойство: Номер (тип ТипНомерДокумента)",
    ]
    assert peer.base.rows(INVOICES) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "name", "reason"),
    [
        ("<Сумма>3210</Сумма>", "<Сумма>3210,00</Сумма>", 17, "Сумма", "типу xs:decimal"),
        ("<Сумма>3210</Сумма>", "<Сумма>NaN</Сумма>", 17, "Сумма", "типу xs:decimal"),
        ("<Сумма>3210</Сумма>", "<Сумма>1.005</Сумма>", 17, "Сумма", "после запятой 3"),
        ("<Цена>620</Цена>", "<Цена/>", 27, "Цена", "типу xs:decimal"),
        ("ИНН>7707083893<", "ИНН>77070838931234<", 18, "ИНН", "14 больше 12"),
        ("T10:00:00", " 10:00", 12, "Дата", "типу xs:dateTime"),
        ("<СуммаВключаетНДС>true", "<СуммаВключаетНДС>да", 20, "СуммаВключаетНДС", "xs:boolean"),
        ("ВидСтавки>Общая<", "ВидСтавки>НДС22<", 28, "ВидСтавки", "не входит в перечисление"),
        ("<Товары>", "<Скидки>5</Скидки><Товары>", 21, "Скидки", "не определено в типе"),
        (
            "<СуммаВключаетНДС>true</СуммаВключаетНДС>",
            "<АдресДоставки>а</АдресДоставки><Склад><Наименование>с</Наименование></Склад>",
            20,
            "Склад",
            "порядок следования",
        ),
        ("<Сумма>3210</Сумма>", "<Сумма>1</Сумма><Сумма>2</Сумма>", 17, "Сумма", "граница"),
        ("<Сумма>3210</Сумма>", '<Сумма xsi:nil="true"/>', 17, "Сумма", "xsi:nil"),
        ("<Товары>", "<Товары>много", 21, "Товары", "не может содержать текст"),
        ("<Сумма>3210</Сумма>", "<Сумма><А/></Сумма>", 17, "Сумма", "содержать элементов"),
    ],
)
def test_a_wrong_value_is_named_with_its_line(
    peer: Peer, old: str, new: str, line: int, name: str, reason: str
) -> None:
    lines = refused(peer, order().replace(old, new, 1))
    assert lines[1].endswith(f"- [{line},1]")
    assert lines[4] == f"имя: {SPACE}{name}"
    assert reason in lines[5]


def test_elements_of_other_namespaces_are_allowed_in_open_types(peer: Peer) -> None:
    extra = '<x:Своё xmlns:x="http://example.com/x">1</x:Своё>'
    peer.put(client().replace("</Справочник.Контрагенты>", f"{extra}</Справочник.Контрагенты>"))
    assert one_client(peer)["Ref_Key"] == CLIENT


def test_a_kind_that_is_not_in_the_schema_fails_the_job(peer: Peer) -> None:
    (line,) = refused(peer, "<Документ.Нет/>")
    assert line.endswith(f"Тип не определен: {SPACE}Документ.Нет - [9,1]")


def test_what_came_before_the_broken_object_is_loaded_and_the_number_may_come_again(
    peer: Peer,
) -> None:
    refused(peer, client(), order().replace("<Номер>ЗК-000001</Номер>", ""))
    assert one_client(peer)["Ref_Key"] == CLIENT
    peer.number = 0
    peer.put(client(), contract(), order())
    assert len(peer.base.rows(INVOICES)) == 1


def test_an_invoice_of_a_customer_is_passed_over_in_silence(peer: Peer) -> None:
    keys = (
        f"<КлючевыеСвойства><Дата>2026-11-20T10:00:00</Дата><Номер>1</Номер>"
        f"<Организация>{ORGANIZATION}</Организация></КлючевыеСвойства>"
    )
    currency = (
        "<Валюта><ДанныеКлассификатора><Код>643</Код></ДанныеКлассификатора></Валюта>"
        "<Сумма>1</Сумма>"
    )
    settled = "<ДанныеВзаиморасчетов><КурсВзаиморасчетов>1</КурсВзаиморасчетов>"
    body = (
        f"{keys}{currency}<Контрагент>{client_keys()}</Контрагент>{settled}</ДанныеВзаиморасчетов>"
    )
    peer.put(f"<Документ.СчетПокупателю>{body}</Документ.СчетПокупателю>", client())
    assert peer.base.rows(INVOICES) == []
    assert notes(peer) == [("Документ.СчетПокупателю", "Нет правила загрузки, объект пропущен")]
    assert one_client(peer)["Ref_Key"] == CLIENT


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"plan": "Полный"}, "Имя плана обмена из сообщения обмена не соответствует ожидаемому."),
        ({"to": "УТ"}, "Получатель из сообщения обмена не соответствует ожидаемому."),
        (
            {"sender": "SHOP"},
            "Не найден узел обмена для загрузки данных. План обмена: "
            "СинхронизацияДанныхЧерезУниверсальныйФормат, Идентификатор: SHOP",
        ),
        (
            {"format": f"{FORMAT}/1.3"},
            f'Версия "1.3" формата сообщения обмена "{FORMAT}" не поддерживается.',
        ),
        (
            {"format": "http://example.com/Other/1.21"},
            'Формат сообщения обмена "http://example.com/Other" не соответствует формату плана '
            f'обмена "{FORMAT}".',
        ),
    ],
)
def test_a_header_of_another_exchange_is_refused(
    peer: Peer, changes: dict[str, str], text: str
) -> None:
    with pytest.raises(Failed) as failure:
        peer.put(client(), **changes)
    assert failure.value.text == text
    assert peer.base.rows(CLIENTS, filter="ИНН eq '7707083893'") == []


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("<Message", "Ошибка разбора XML"),
        ("<Other/>", "Ошибка формата файла обмена"),
        ("<Message><Body/></Message>", "Ошибка формата файла обмена"),
        (
            '<Message xmlns:msg="http://www.1c.ru/SSL/Exchange/Message"><msg:Header/></Message>',
            "Не заполнено обязательное свойство: Format",
        ),
        ('<!DOCTYPE a [<!ENTITY x "y">]><Message>&x;</Message>', "DTD не поддерживается"),
        ("plain text", "Ошибка разбора XML"),
        ("", "Ошибка разбора XML"),
    ],
)
def test_what_is_no_message_fails_the_job(peer: Peer, message: str, text: str) -> None:
    with pytest.raises(Failed) as failure:
        peer.loaded(peer.start_put(message))
    assert text in failure.value.text


def test_a_message_that_breaks_off_keeps_what_came_before(peer: Peer) -> None:
    whole = peer.message(client(), contract(), number=1)
    with pytest.raises(Failed, match="Ошибка разбора XML"):
        peer.loaded(peer.start_put(whole[: whole.index("<Справочник.Договоры>") + 40]))
    assert one_client(peer)["Ref_Key"] == CLIENT


def test_a_message_of_settings_alone_is_heard_but_ends_as_failed(peer: Peer) -> None:
    with pytest.raises(Failed) as failure:
        peer.put(format=FORMAT, versions=["1.8"])
    assert failure.value.text == ""
    (shown,) = peer.hands.ask("GET", "enterprise-data")["peers"]
    assert (shown["version"], shown["received"]) == ("1.8", 0)


def test_an_object_that_cannot_be_written_fails_the_job_but_not_the_others(peer: Peer) -> None:
    bad = client(client_keys(ref="не-идентификатор", inn="", kpp=""))
    with pytest.raises(Failed) as failure:
        peer.put(bad, client())
    assert "Неверный формат уникального идентификатора: не-идентификатор" in failure.value.text
    assert "Справочник.Контрагенты - [9,1]" in failure.value.text
    assert one_client(peer)["Ref_Key"] == CLIENT


def test_a_number_that_is_taken_this_year_fails_the_job(peer: Peer) -> None:
    peer.base.create(Date="2026-05-01T00:00:00", Number="ЗК-000001")
    lines = refused(peer, order())
    assert 'Значение поля "Номер" не уникально' in lines[-1]


def test_an_order_that_cannot_be_posted_stays_a_draft_with_a_note(peer: Peer) -> None:
    empty = order()
    for name in ("Товары", "Услуги"):
        start, end = empty.index(f"<{name}>"), empty.index(f"</{name}>") + len(f"</{name}>\n")
        empty = empty[:start] + empty[end:]
    peer.put(empty)
    (invoice,) = peer.base.rows(INVOICES)
    assert invoice["Posted"] is False
    ((name, text),) = notes(peer)
    assert name == INVOICES
    assert 'Не введено ни одной строки в список "Товары"' in text


def test_a_document_that_is_not_valid_by_the_schema_is_left_out_and_noted(peer: Peer) -> None:
    peer.put(client(), contract(), order())
    invoice = peer.base.rows(INVOICES)[0]
    paid = peer.hands.pay(invoice)
    payment = f"{paid['set']}(guid'{paid['ref']}')"
    nothing = "00000000-0000-0000-0000-000000000000"
    peer.base.http.patch(payment, json={"СчетОрганизации_Key": nothing})
    assert peer.get().documents() == []
    ((name, text),) = notes(peer)
    assert name == "Документ.ПБДСРасчетыСКонтрагентами"
    assert "Не заполнено обязательное свойство: БанковскийСчетОрганизации" in text
