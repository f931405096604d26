"""Catalogs as the base takes them from a peer: whole ones, or their key properties alone.

Every converter gives the values of the base's object and its tabular sections. What the message
does not name is not touched in an object that exists.
"""

from __future__ import annotations

from lxml import etree

from provodka.sandbox.company.parties import Identity
from provodka.sandbox.soap.conversion.vat import rate_kind_in
from provodka.sandbox.soap.data import Data
from provodka.sandbox.soap.matching import Matcher, Rows

_CONTACTS = {
    "Телефон": ("Телефон", "ТелефонКонтрагента"),
    "ТелефонРабочий": ("Телефон", "ТелефонКонтрагента"),
    "АдресЭлектроннойПочты": ("АдресЭлектроннойПочты", "EmailКонтрагента"),
    "ФактическийАдрес": ("Адрес", "ФактАдресКонтрагента"),
    "ЮридическийАдрес": ("Адрес", "ЮрАдресКонтрагента"),
}
_TRUE = frozenset({"true", "1"})


def _chosen(data: Data, names: dict[str, str]) -> Data:
    """Values under the base's names, of those properties that are there."""
    return {own: data[name] for name, own in names.items() if name in data}


def _flag(data: Data, name: str) -> bool:
    return data.get(name, "") in _TRUE


def comment(data: Data) -> Data:
    """The comment, wherever the version has it."""
    text = data.get("ОбщиеСвойстваОбъектовФормата", data).get("Комментарий", "")
    return {"Комментарий": text} if text else {}


def classified(_matcher: Matcher, data: Data) -> tuple[Data, Rows]:
    """Справочник.Валюты and Справочник.ЕдиницыИзмерения: code and name of a classifier."""
    known = data["КлючевыеСвойства"].get("ДанныеКлассификатора", {})
    values = _chosen(known, {"Код": "Code", "Наименование": "Description"})
    return values | _chosen(data, {"НаименованиеПолное": "НаименованиеПолное"}), {}


def organization(_matcher: Matcher, data: Data) -> tuple[Data, Rows]:
    """Справочник.Организации."""
    names = {
        "Наименование": "Description",
        "НаименованиеПолное": "НаименованиеПолное",
        "НаименованиеСокращенное": "НаименованиеСокращенное",
        "ИНН": "ИНН",
        "КПП": "КПП",
    }
    own = _chosen(data, {"Префикс": "Префикс", "ОГРН": "ОГРН"})
    return _chosen(data["КлючевыеСвойства"], names) | own, {}


def party_group(matcher: Matcher, data: Data) -> tuple[Data, Rows]:
    """Справочник.КонтрагентыГруппа."""
    keys = data["КлючевыеСвойства"]
    values = _chosen(keys, {"Наименование": "Description"}) | {"IsFolder": True}
    return values | _parent(matcher, "Справочник.КонтрагентыГруппа", keys), {}


def _parent(matcher: Matcher, name: str, keys: Data) -> Data:
    group = keys.get("Группа")
    return {"Parent_Key": matcher.refer(name, group)} if group else {}


def party(matcher: Matcher, data: Data) -> tuple[Data, Rows]:
    """Справочник.Контрагенты."""
    keys = data["КлючевыеСвойства"]
    names = {
        "Наименование": "Description",
        "НаименованиеПолное": "НаименованиеПолное",
        "ИНН": "ИНН",
        "КПП": "КПП",
        "ЮридическоеФизическоеЛицо": "ЮридическоеФизическоеЛицо",
    }
    values = _chosen(keys, names) | {"IsFolder": False} | comment(data)
    values |= _parent(matcher, "Справочник.КонтрагентыГруппа", keys)
    if "ИндивидуальныйПредприниматель" in keys:
        own = _flag(keys, "ИндивидуальныйПредприниматель")
        values["ИндивидуальныйПредприниматель"] = own
    values |= {
        "ИННВведенКорректно": bool(keys.get("ИНН")),
        "КППВведенКорректно": bool(keys.get("КПП")),
    }
    own_names = {"ОКПО": "КодПоОКПО", "ДокументУдЛичность": "ДокументУдостоверяющийЛичность"}
    values |= _chosen(data, own_names)
    contacts = data.get("КонтактнаяИнформация")
    sections: Rows = (
        {} if contacts is None else {"КонтактнаяИнформация": _contacts(matcher, contacts)}
    )
    return values, sections


def _contacts(matcher: Matcher, rows: list[Data]) -> list[Data]:
    identity = Identity(matcher.seed)
    found = []
    for row in rows:
        kind, named = _CONTACTS.get(row["ВидКонтактнойИнформации"], ("Другое", "Другое"))
        shown = _shown(row.get("ЗначенияПолей", ""))
        contact = {
            "Тип": kind,
            "Вид_Key": identity.guid("Catalog_ВидыКонтактнойИнформации", named),
            "Представление": shown,
            "ЗначенияПолей": row.get("ЗначенияПолей", ""),
            "Значение": row.get("Значение", ""),
        }
        if kind == "Телефон":
            digits = "".join(filter(str.isdigit, shown))
            contact |= {"НомерТелефона": digits, "НомерТелефонаБезКодов": digits[-7:]}
        elif kind == "АдресЭлектроннойПочты":
            contact |= {"АдресЭП": shown, "ДоменноеИмяСервера": shown.partition("@")[2]}
        found.append(contact)
    return found


def _shown(text: str) -> str:
    """Contact information is XML with a presentation; anything else is its own presentation."""
    if not text.lstrip().startswith("<"):
        return text
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(text.strip().encode(), parser)
    return "" if root is None else str(root.get("Представление", ""))


def contract(matcher: Matcher, data: Data) -> tuple[Data, Rows]:
    """Справочник.Договоры."""
    keys = data["КлючевыеСвойства"]
    values = _chosen(keys, {"Наименование": "Description", "ВидДоговора": "ВидДоговора"})
    values |= _chosen(keys, {"Номер": "Номер"}) | comment(data) | {"IsFolder": False}
    for source, name in ((keys, "Дата"), (data, "СрокДействия")):
        if name in source:
            values[name] = f"{source[name]}T00:00:00"
    values |= {
        "Owner_Key": matcher.refer("Справочник.Контрагенты", keys.get("Контрагент", {})),
        "Организация_Key": matcher.refer("Справочник.Организации", keys.get("Организация", {})),
        "РасчетыВУсловныхЕдиницах": _flag(keys, "РасчетыВУсловныхЕдиницах"),
    }
    currency = keys.get("ВалютаВзаиморасчетов")
    if currency:
        values["ВалютаВзаиморасчетов_Key"] = matcher.refer("Справочник.Валюты", currency)
    return values, {}


def product_group(matcher: Matcher, data: Data) -> tuple[Data, Rows]:
    """Справочник.НоменклатураГруппа."""
    keys = data["КлючевыеСвойства"]
    values = _chosen(keys, {"Наименование": "Description", "КодВПрограмме": "Code"})
    values |= _parent(matcher, "Справочник.НоменклатураГруппа", keys) | {"IsFolder": True}
    return values, {}


def product(matcher: Matcher, data: Data) -> tuple[Data, Rows]:
    """Справочник.Номенклатура."""
    keys = data["КлючевыеСвойства"]
    names = {
        "Наименование": "Description",
        "НаименованиеПолное": "НаименованиеПолное",
        "Артикул": "Артикул",
        "КодВПрограмме": "Code",
    }
    values = _chosen(keys, names) | {"IsFolder": False} | comment(data)
    values |= _parent(matcher, "Справочник.НоменклатураГруппа", keys)
    values |= _chosen(data, {"Описание": "Описание"})
    if "ТипНоменклатуры" in data:
        values["Услуга"] = data["ТипНоменклатуры"] in {"Услуга", "Работа"}
    if "СтавкаНДС" in data:
        values["ВидСтавкиНДС"] = rate_kind_in(data["СтавкаНДС"])
    if "ЕдиницаИзмерения" in data:
        unit = matcher.refer("Справочник.ЕдиницыИзмерения", data["ЕдиницаИзмерения"])
        values["ЕдиницаИзмерения_Key"] = unit
    return values, {}
