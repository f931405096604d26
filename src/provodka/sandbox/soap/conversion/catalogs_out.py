"""Catalogs as the base sends them."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from provodka.sandbox.accountant.vat import rate_on
from provodka.sandbox.onec.values import Record
from provodka.sandbox.soap.conversion.keys import Keys
from provodka.sandbox.soap.conversion.vat import rate_kind_out
from provodka.sandbox.soap.data import Data

_CONTACTS = {
    "Телефон": "Телефон",
    "АдресЭлектроннойПочты": "АдресЭлектроннойПочты",
    "Адрес": "ФактическийАдрес",
}
CONTACT_SPACE = "http://www.v8.1c.ru/ssl/contactinfo"


def common(item: Record) -> Data:
    """The comment, where either version has it."""
    comment = item.get("Комментарий", "")
    return {"Комментарий": comment, "ОбщиеСвойстваОбъектовФормата": {"Комментарий": comment}}


def currency(keys: Keys, item: Record) -> Data:
    """Справочник.Валюты."""
    return {
        "КлючевыеСвойства": keys.currency(item["Ref_Key"]),
        "НаименованиеПолное": item["НаименованиеПолное"],
    }


def unit(keys: Keys, item: Record) -> Data:
    """Справочник.ЕдиницыИзмерения."""
    return {
        "КлючевыеСвойства": keys.unit(item["Ref_Key"]),
        "НаименованиеПолное": item["НаименованиеПолное"],
    }


def organization(keys: Keys, item: Record) -> Data:
    """Справочник.Организации."""
    return {
        "КлючевыеСвойства": keys.organization(item["Ref_Key"]),
        "Префикс": item["Префикс"],
        "ОГРН": item["ОГРН"],
        "ОсновнойБанковскийСчет": keys.account(item["ОсновнойБанковскийСчет_Key"]),
    }


def account(keys: Keys, item: Record) -> Data:
    """Справочник.БанковскиеСчета."""
    return {
        "КлючевыеСвойства": keys.account(item["Ref_Key"]),
        "Наименование": item["Description"],
        "ВалютаДенежныхСредств": keys.currency(item["ВалютаДенежныхСредств_Key"]),
    }


def warehouse(keys: Keys, item: Record) -> Data:
    """Справочник.Склады."""
    return {"КлючевыеСвойства": keys.warehouse(item["Ref_Key"])}


def party_group(keys: Keys, item: Record) -> Data:
    """Справочник.КонтрагентыГруппа."""
    return {"КлючевыеСвойства": keys.party_group(item["Ref_Key"])}


def party(keys: Keys, item: Record) -> Data:
    """Справочник.Контрагенты."""
    head = item["ГоловнойКонтрагент_Key"]
    return common(item) | {
        "КлючевыеСвойства": keys.party(item["Ref_Key"]),
        "ОКПО": item["КодПоОКПО"],
        "ДокументУдЛичность": item["ДокументУдостоверяющийЛичность"],
        "КонтактнаяИнформация": [_contact(row) for row in item["КонтактнаяИнформация"]],
        "ГоловнойКонтрагент": {} if head == item["Ref_Key"] else keys.party(head),
        "ОбособленноеПодразделение": item["ОбособленноеПодразделение"],
        "ОсновнойБанковскийСчет": keys.account(item["ОсновнойБанковскийСчет_Key"]),
    }


def _contact(row: Record) -> Data:
    shown = quoteattr(row["Представление"])
    return {
        "ВидКонтактнойИнформации": _CONTACTS.get(row["Тип"], "ПользовательскаяКИДругое"),
        "ЗначенияПолей": f'<КонтактнаяИнформация xmlns="{CONTACT_SPACE}" Представление={shown}/>',
    }


def contract(keys: Keys, item: Record) -> Data:
    """Справочник.Договоры."""
    return common(item) | {
        "КлючевыеСвойства": keys.contract(item["Ref_Key"]),
        "СрокДействия": item["СрокДействия"][:10],
        "УчетАгентскогоНДС": item["УчетАгентскогоНДС"],
    }


def product_group(keys: Keys, item: Record) -> Data:
    """Справочник.НоменклатураГруппа."""
    return {"КлючевыеСвойства": keys.product_group(item["Ref_Key"])}


def product(keys: Keys, item: Record, day: str) -> Data:
    """Справочник.Номенклатура; the base rate of VAT is that of `day` (ISO date)."""
    rate = rate_on("НДС20", day)
    return common(item) | {
        "КлючевыеСвойства": keys.product(item["Ref_Key"]),
        "ТипНоменклатуры": "Услуга" if item["Услуга"] else "Товар",
        "Описание": item["Описание"],
        "ЕдиницаИзмерения": keys.unit(item["ЕдиницаИзмерения_Key"]),
        "СтавкаНДС": rate_kind_out(keys.package, item["ВидСтавкиНДС"], rate),
    }
