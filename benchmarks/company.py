"""The bytes that the benchmark's 1C base serves: one organization, its catalogs and its invoices.

Everything follows from the number of invoices alone, so that two runs, and both sides of one run,
read the same bytes. Names and attributes are those of «Бухгалтерия предприятия 3.0»; people,
firms and ИНН are invented (control digits are right).
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

CLIENTS = 200
PRODUCTS = 200
LINES = 3
VAT_PERCENT = 22
FIRST_DATE = datetime.fromisoformat("2026-01-05T09:00:00")
SPAN_SECONDS = 27_000_000
EMPTY_GUID = "00000000-0000-0000-0000-000000000000"
INVOICES = "Document_СчетНаОплатуПокупателю"

Record = dict[str, object]


def guid(kind: str, index: int) -> str:
    """The reference of the `index`-th object of a kind, the same in every run."""
    return str(uuid5(NAMESPACE_OID, f"{kind}/{index}"))


def version(index: int) -> str:
    """A `DataVersion`: base64 of 8 bytes."""
    return base64.b64encode(index.to_bytes(8, "big")).decode()


def legal_inn(index: int) -> str:
    """A ten-digit ИНН of a legal entity with its control digit."""
    body = f"77{index:07d}"
    weights = (2, 4, 10, 3, 5, 9, 4, 6, 8)
    control = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return f"{body}{control % 11 % 10}"


def rubles(kopecks: int) -> str:
    """A JSON number as 1C writes it: no trailing zeros after the point."""
    whole, rest = divmod(kopecks, 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)


def _object(kind: str, index: int, name: str, **fields: object) -> Record:
    return {
        "Ref_Key": guid(kind, index),
        "DataVersion": version(index + 1),
        "DeletionMark": False,
        "Predefined": False,
        "PredefinedDataName": "",
        "Code": f"{index + 1:09d}",
        "Description": name,
        **fields,
    }


def _organization() -> Record:
    return _object(
        "Catalog_Организации",
        0,
        "Ромашка ООО",
        НаименованиеПолное='Общество с ограниченной ответственностью "Ромашка"',
        НаименованиеСокращенное='ООО "Ромашка"',
        ИНН=legal_inn(1),
        КПП="770101001",
        ОГРН="1027700000000",
        Префикс="РБ",
        ЮридическоеФизическоеЛицо="ЮридическоеЛицо",
        ОсновнойБанковскийСчет_Key=guid("Catalog_БанковскиеСчета", 0),
    )


def _email(index: int) -> Record:
    return {
        "Ref_Key": guid("Catalog_Контрагенты", index),
        "LineNumber": "1",
        "Тип": "АдресЭлектроннойПочты",
        "Представление": f"client{index + 1:03d}@example.com",
    }


def _client(index: int) -> Record:
    return _object(
        "Catalog_Контрагенты",
        index,
        f"Покупатель {index + 1:03d} ООО",
        Parent_Key=EMPTY_GUID,
        IsFolder=False,
        НаименованиеПолное=f'ООО "Покупатель {index + 1:03d}"',
        ЮридическоеФизическоеЛицо="ЮридическоеЛицо",
        ИНН=legal_inn(1000 + index),
        КПП="770201001",
        ИННВведенКорректно=True,
        КППВведенКорректно=True,
        КодПоОКПО="",
        РегистрационныйНомер="",
        ОсновнойБанковскийСчет_Key=EMPTY_GUID,
        ОсновноеКонтактноеЛицо_Key=EMPTY_GUID,
        Комментарий="",
        ДополнительнаяИнформация="",
        КонтактнаяИнформация=[_email(index)],
    )


def _contract(index: int) -> Record:
    return _object(
        "Catalog_ДоговорыКонтрагентов",
        index,
        f"Договор № {index + 1} от 12.01.2026",
        Owner_Key=guid("Catalog_Контрагенты", index),
        Parent_Key=EMPTY_GUID,
        IsFolder=False,
        Организация_Key=guid("Catalog_Организации", 0),
        ВалютаВзаиморасчетов_Key=guid("Catalog_Валюты", 0),
        ВидДоговора="СПокупателем",
        Номер=str(index + 1),
        Дата="2026-01-12T00:00:00",
        СрокДействия="0001-01-01T00:00:00",
        УстановленСрокОплаты=True,
        СрокОплаты="5",
        ДоговорЗакрыт=False,
        Комментарий="",
    )


def _product(index: int) -> Record:
    return _object(
        "Catalog_Номенклатура",
        index,
        f"Чай листовой, сорт {index + 1}",
        Parent_Key=EMPTY_GUID,
        IsFolder=False,
        НаименованиеПолное=f"Чай черный листовой, сорт {index + 1}, 250 г",
        Артикул=f"ЧЛ-{index + 1:04d}",
        ЕдиницаИзмерения_Key=guid("Catalog_КлассификаторЕдиницИзмерения", 0),
        НоменклатурнаяГруппа_Key=EMPTY_GUID,
        ВидНоменклатуры_Key=EMPTY_GUID,
        ВидСтавкиНДС="Общая",
        Услуга=False,
        Комментарий="",
    )


def _currency() -> Record:
    named = _object("Catalog_Валюты", 0, "руб.", НаименованиеПолное="Российский рубль")
    return named | {"Code": "643"}


def _unit() -> Record:
    named = _object("Catalog_КлассификаторЕдиницИзмерения", 0, "шт", НаименованиеПолное="Штука")
    return named | {"Code": "796"}


def _account() -> Record:
    return _object(
        "Catalog_БанковскиеСчета",
        0,
        "40702810900000000001, БАНК ПРИМЕР (АО)",
        Owner=guid("Catalog_Организации", 0),
        Owner_Type="StandardODATA.Catalog_Организации",
        НомерСчета="40702810900000000001",
        Валютный=False,
        ВалютаДенежныхСредств_Key=guid("Catalog_Валюты", 0),
    )


def catalogs() -> dict[str, list[Record]]:
    """Every catalog that an invoice refers to: set name → objects."""
    return {
        "Catalog_Организации": [_organization()],
        "Catalog_Контрагенты": [_client(index) for index in range(CLIENTS)],
        "Catalog_ДоговорыКонтрагентов": [_contract(index) for index in range(CLIENTS)],
        "Catalog_Номенклатура": [_product(index) for index in range(PRODUCTS)],
        "Catalog_Валюты": [_currency()],
        "Catalog_КлассификаторЕдиницИзмерения": [_unit()],
        "Catalog_БанковскиеСчета": [_account()],
    }


def invoice_date(index: int, documents: int) -> str:
    """The date of the `index`-th of `documents` invoices; dates rise with the index."""
    step = max(1, SPAN_SECONDS // documents)
    return (FIRST_DATE + timedelta(seconds=index * step)).isoformat()


class Invoices:
    """Renders invoices one by one, straight to JSON text: a hundred thousand take seconds."""

    def __init__(self, documents: int) -> None:
        self.documents = documents
        kinds = {"client": "Контрагенты", "contract": "ДоговорыКонтрагентов"}
        self.refs = {
            short: [guid(f"Catalog_{long}", index) for index in range(CLIENTS)]
            for short, long in kinds.items()
        }
        self.products = [guid("Catalog_Номенклатура", index) for index in range(PRODUCTS)]
        self.organization = guid("Catalog_Организации", 0)
        self.currency = guid("Catalog_Валюты", 0)
        self.account = guid("Catalog_БанковскиеСчета", 0)

    def render(self, index: int) -> str:
        """One invoice with its lines as a JSON object."""
        ref = guid(INVOICES, index)
        lines, total = self._lines(index, ref)
        client = index % CLIENTS
        comment = "" if index % 2 else f"Заказ по телефону, партия {index}"
        return (
            f'{{"Ref_Key":"{ref}","DataVersion":"{version(index + 1)}","DeletionMark":false,'
            f'"Number":"РБ00-{index + 1:06d}","Date":"{invoice_date(index, self.documents)}",'
            f'"Posted":true,"Организация_Key":"{self.organization}",'
            f'"Контрагент_Key":"{self.refs["client"][client]}",'
            f'"ДоговорКонтрагента_Key":"{self.refs["contract"][client]}",'
            f'"СтруктурнаяЕдиница_Key":"{self.account}","ВалютаДокумента_Key":"{self.currency}",'
            f'"КурсВзаиморасчетов":1,"КратностьВзаиморасчетов":"1","СуммаДокумента":{rubles(total)},'
            f'"СуммаВключаетНДС":true,"ДокументБезНДС":false,"ВидОперации":"ТоварыИУслуги",'
            f'"АдресДоставки":"","Комментарий":"{comment}","Товары":[{",".join(lines)}]}}'
        )

    def _lines(self, index: int, ref: str) -> tuple[list[str], int]:
        lines, total = [], 0
        for number in range(1, LINES + 1):
            quantity = 1 + (index * number) % 12
            price = 10_050 + (index * 37 + number * 1_913) % 500_000
            amount = price * quantity
            total += amount
            lines.append(self._line(ref, number, quantity, price, (index * 3 + number) % PRODUCTS))
        return lines, total

    def _line(self, ref: str, number: int, quantity: int, price: int, product: int) -> str:
        amount = price * quantity
        vat = (amount * VAT_PERCENT * 2 + 100 + VAT_PERCENT) // (2 * (100 + VAT_PERCENT))
        return (
            f'{{"Ref_Key":"{ref}","LineNumber":"{number}",'
            f'"Номенклатура":"{self.products[product]}",'
            f'"Номенклатура_Type":"StandardODATA.Catalog_Номенклатура",'
            f'"Содержание":"Чай листовой, сорт {product + 1}","Количество":{quantity},'
            f'"Цена":{rubles(price)},"Сумма":{rubles(amount)},"ПроцентСкидки":0,"СуммаСкидки":0,'
            f'"СтавкаНДС":"НДС{VAT_PERCENT}","СуммаНДС":{rubles(vat)}}}'
        )
