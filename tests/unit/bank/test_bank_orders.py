"""Payment orders: what the bank would refuse is named before anything is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from provodka.connectors.client_bank.order_list import orders_of, read_list
from provodka.connectors.client_bank.reader import read_bytes
from provodka.connectors.client_bank.values import Budget, Party, PaymentDocument
from provodka.connectors.client_bank.writer import Encoding, write_orders
from provodka.foundation.errors import ConfigurationError, DocumentError

NOW = datetime(2026, 3, 12, 9, 30, 5, tzinfo=UTC)
PAYER = Party(
    name='ООО "Ромашка"', inn="7707083893", kpp="770701001", account="40702810900000005555",
    bank="ПАО СБЕРБАНК", bank_city="г. Москва", bik="044525225",
    corr_account="30101810400000000225",
)  # fmt: skip
PAYEE = Party(
    name="Иванов Иван Иванович", inn="500100732259", account="40817810009980084396",
    bank='АО "ТЕСТ-БАНК"', bank_city="г. Москва", bik="044525593",
    corr_account="30101810200000000593",
)  # fmt: skip
ORDER = PaymentDocument(
    kind="Платежное поручение", number="17", day=date(2026, 3, 12), amount=Decimal("1500.50"),
    payer=PAYER, payee=PAYEE, purpose="Оплата по счету № 7", operation="01", priority="5",
)  # fmt: skip


def written(*orders: PaymentDocument, encoding: Encoding = "windows") -> bytes:
    return write_orders(orders, sender="Provodka", created=NOW, encoding=encoding)


@pytest.mark.parametrize(("encoding", "codec"), [("windows", "cp1251"), ("dos", "cp866")])
def test_an_order_is_written_exactly_as_the_format_has_it(encoding: Encoding, codec: str) -> None:
    lines = written(ORDER, encoding=encoding).decode(codec).split("\r\n")
    assert lines == [
        "1CClientBankExchange",
        "ВерсияФормата=1.03",
        f"Кодировка={'Windows' if encoding == 'windows' else 'DOS'}",
        "Отправитель=Provodka",
        "Получатель=",
        "ДатаСоздания=12.03.2026",
        "ВремяСоздания=09:30:05",
        "ДатаНачала=12.03.2026",
        "ДатаКонца=12.03.2026",
        "РасчСчет=40702810900000005555",
        "Документ=Платежное поручение",
        "СекцияДокумент=Платежное поручение",
        "Номер=17",
        "Дата=12.03.2026",
        "Сумма=1500.50",
        "ПлательщикСчет=40702810900000005555",
        'Плательщик=ИНН 7707083893 ООО "Ромашка"',
        'Плательщик1=ООО "Ромашка"',
        "ПлательщикРасчСчет=40702810900000005555",
        "ПлательщикИНН=7707083893",
        "ПлательщикКПП=770701001",
        "ПлательщикБанк1=ПАО СБЕРБАНК",
        "ПлательщикБанк2=г. Москва",
        "ПлательщикБИК=044525225",
        "ПлательщикКорсчет=30101810400000000225",
        "ПолучательСчет=40817810009980084396",
        "Получатель=ИНН 500100732259 Иванов Иван Иванович",
        "Получатель1=Иванов Иван Иванович",
        "ПолучательРасчСчет=40817810009980084396",
        "ПолучательИНН=500100732259",
        'ПолучательБанк1=АО "ТЕСТ-БАНК"',
        "ПолучательБанк2=г. Москва",
        "ПолучательБИК=044525593",
        "ПолучательКорсчет=30101810200000000593",
        "ВидОплаты=01",
        "Очередность=5",
        "НазначениеПлатежа=Оплата по счету № 7",
        "КонецДокумента",
        "КонецФайла",
        "",
    ]


@pytest.mark.parametrize(
    ("changes", "key", "told"),
    [
        ({"number": ""}, "Номер", "не заполнено"),
        ({"number": "1234567"}, "Номер", "помещается 6"),
        ({"amount": Decimal(0)}, "Сумма", "больше нуля"),
        ({"amount": Decimal("1.005")}, "Сумма", "до копейки"),
        ({"purpose": ""}, "НазначениеПлатежа", "не заполнено"),
        ({"purpose": "а" * 211}, "НазначениеПлатежа", "помещается 210"),
        ({"purpose": "за воду\r\nСумма=1.00"}, "НазначениеПлатежа", "перенос строки"),
        ({"purpose": "100 ₽"}, "НазначениеПлатежа", "₽"),
        ({"purpose": " за воду"}, "НазначениеПлатежа", "пробелы"),
        ({"priority": "7"}, "Очередность", "от 1 до 5"),
        ({"operation": ""}, "ВидОплаты", "не заполнено"),
        ({"payee": replace(PAYEE, account="123")}, "ПолучательСчет", "20 цифр"),
        ({"payee": replace(PAYEE, account="40817810009980084397")}, "ПолучательСчет", "ключ"),
        ({"payee": replace(PAYEE, bik="123")}, "ПолучательБИК", "9 цифр"),
        ({"payee": replace(PAYEE, inn="12345")}, "ПолучательИНН", ""),
        ({"payee": replace(PAYEE, inn="123456")}, "ПолучательИНН", "10 или 12"),
        ({"payee": replace(PAYEE, name="а" * 161)}, "Получатель1", "помещается 160"),
        ({"payer": replace(PAYER, bank="")}, "ПлательщикБанк1", "не заполнено"),
        ({"budget": Budget(kbk="1" * 19, status="01", oktmo="0")}, "ПоказательКБК", "20 знаков"),
        ({"budget": Budget(kbk="0", oktmo="0")}, "СтатусСоставителя", "обязательно"),
        ({"extra": (("Ключ\n", "1"),)}, "Ключ", "перенос строки"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_key(changes: dict[str, Any], key: str, told: str) -> None:
    wrong = replace(ORDER, **changes)
    if not told:
        assert written(wrong)
        return
    with pytest.raises(DocumentError) as error:
        written(ORDER, wrong)
    assert "поручение 2" in error.value.found
    assert f"{key}" in error.value.found
    assert told in error.value.found


def test_mistakes_of_all_orders_are_told_at_once() -> None:
    with pytest.raises(DocumentError) as error:
        written(replace(ORDER, number=""), replace(ORDER, priority="9"))
    assert len(error.value.found.splitlines()) == 2


def test_no_orders_make_no_file() -> None:
    with pytest.raises(DocumentError, match="поручений нет"):
        written()


def test_a_list_in_csv_is_filled_in_from_the_settings() -> None:
    data = (
        "получательСчет;Получатель1;ПолучательБанк1;ПолучательБИК;Сумма;НазначениеПлатежа\n"
        '40817810009980084396;"ООО ""Поставщик""";АО БАНК;044525593;1 500,50;За воду\n'
        ";;;;;\n"
    )
    rows = read_list(data.encode("cp1251"), "список.csv")
    [order] = orders_of(rows, {PAYER.account: PAYER}, date(2026, 3, 12), "список.csv")
    assert (order.number, order.day, order.amount) == ("1", date(2026, 3, 12), Decimal("1500.50"))
    assert (order.payer, order.payee.name) == (PAYER, 'ООО "Поставщик"')
    assert (order.operation, order.priority) == ("01", "5")
    assert read_bytes(written(order)).documents[0].purpose == "За воду"


def test_a_list_in_json_keeps_its_sums_exact() -> None:
    data = (
        '[{"ПолучательСчет": "40817810009980084396", "Получатель1": "А", "ПолучательБанк1": "Б",'
        ' "ПолучательБИК": "044525593", "Сумма": 0.1, "НазначениеПлатежа": "В", "Код": null}]'
    )
    rows = read_list(data.encode(), "список.json")
    [order] = orders_of(rows, {PAYER.account: PAYER}, date(2026, 3, 12), "список.json")
    assert order.amount == Decimal("0.1")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("Сума;Получатель1\n1;2\n", "возможно, «Сумма»"),
        ("[1, 2]", "не объекты"),
        ('[{"Сумма": ', "не читается"),
    ],
)
def test_a_list_that_makes_no_sense_is_explained(data: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        read_list(data.encode(), "список")
    assert told in f"{error.value.found} {error.value.expected}"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"Сумма": "сто"}, "Сумма"),
        ({"Сумма": "1", "Дата": "завтра"}, "Дата"),
        ({"Сумма": "1", "ПлательщикСчет": "40702810100000009999"}, "счет плательщика"),
    ],
)
def test_a_row_that_makes_no_sense_is_named(row: dict[str, str], told: str) -> None:
    good = {"Сумма": "1", "ПолучательСчет": PAYEE.account}
    with pytest.raises(DocumentError) as error:
        orders_of([good, good | row], {PAYER.account: PAYER}, date(2026, 3, 12), "список.csv")
    assert error.value.where == "список.csv:2"
    assert told in error.value.found
