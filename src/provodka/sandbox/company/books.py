"""Writes the company into an empty base: catalogs, contracts, the price list."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal

from provodka.sandbox.company.checksums import account, company_inn, ogrn
from provodka.sandbox.company.entering import enter
from provodka.sandbox.company.names import PRODUCTS, UNITS
from provodka.sandbox.company.parties import Identity, Party, contact_rows, parties
from provodka.sandbox.onec.numbering import ORGANIZATIONS
from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.values import Record

PARTIES = "Catalog_Контрагенты"
PARTNERS = "Catalog_Партнеры"
CONTRACTS = "Catalog_ДоговорыКонтрагентов"
PRODUCTS_SET = "Catalog_Номенклатура"
ACCOUNTS = "Catalog_БанковскиеСчета"
CURRENCIES = "Catalog_Валюты"
WAREHOUSES = "Catalog_Склады"
UNITS_SET = "Catalog_КлассификаторЕдиницИзмерения"
MEASURES = "Catalog_УпаковкиЕдиницыИзмерения"
RATES_SET = "Catalog_СтавкиНДС"
RATE_ITEMS = (
    ("Общая", "НДС22", "22%", 22),
    ("Пониженная", "НДС10", "10%", 10),
    ("Нулевая", "НДС0", "0%", 0),
    ("БезНДС", "БезНДС", "Без НДС", 0),
)
OWN = "main"
BUYER = "СПокупателем"
ORGANIZATION_INN = company_inn("667012345")
BIK = "046577000"

Item = tuple[str, Record]


def fill(objects: Objects, seed: int) -> None:
    """Store the company of a seed; the base must be empty."""
    identity = Identity(seed)
    goods = "Запас" if "Document_ЗаказПокупателя" in objects.schema.entities else "Товар"
    parties_have_folders = "IsFolder" in objects.schema.entities[PARTIES].fields
    with objects.database.transaction():
        for set_name, values in _items(identity, goods):
            if parties_have_folders or set_name != PARTIES or not values.get("IsFolder"):
                enter(objects, set_name, values)


def _items(identity: Identity, goods: str) -> Iterator[Item]:
    yield from _organization(identity)
    yield from _units(identity)
    yield from _rates(identity)
    yield from _products(identity, goods)
    yield from _parties(identity)


def _organization(identity: Identity) -> Iterator[Item]:
    own = identity.guid(ORGANIZATIONS, OWN)
    rouble = identity.guid(CURRENCIES, "RUB")
    bank = identity.guid(ACCOUNTS, OWN)
    yield (
        CURRENCIES,
        {
            "Ref_Key": rouble,
            "Code": "643",
            "Description": "руб.",
            "НаименованиеПолное": "Российский рубль",
            "Predefined": False,
        },
    )
    yield (
        ORGANIZATIONS,
        {
            "Ref_Key": own,
            "Code": "00-000001",
            "Description": "Ромашка ООО",
            "НаименованиеПолное": "Общество с ограниченной ответственностью «Ромашка»",
            "НаименованиеСокращенное": "ООО «Ромашка»",
            "ИНН": ORGANIZATION_INN,
            "КПП": "667001001",
            "ОГРН": ogrn("102660000000"),
            "Префикс": "РМ",
            "ОсновнойБанковскийСчет_Key": bank,
            "ЮридическоеФизическоеЛицо": "ЮридическоеЛицо",
        },
    )
    yield (
        ACCOUNTS,
        {
            "Ref_Key": bank,
            "Code": "00-000001",
            "Description": "Основной счет, БАНК «ПРИМЕР» (АО)",
            "Owner": own,
            "Owner_Type": f"StandardODATA.{ORGANIZATIONS}",
            "НомерСчета": account(BIK, "40702810000000000123"),
            "ВалютаДенежныхСредств_Key": rouble,
            "Банк_Key": identity.guid("Catalog_Банки", BIK),
        },
    )
    yield (
        WAREHOUSES,
        {
            "Ref_Key": identity.guid(WAREHOUSES, OWN),
            "Code": "00-000001",
            "Description": "Основной склад",
        },
    )


def _units(identity: Identity) -> Iterator[Item]:
    for code, name, full in UNITS:
        values: Record = {
            "Ref_Key": identity.guid(UNITS_SET, name),
            "Code": code,
            "Description": name,
            "НаименованиеПолное": full,
        }
        yield UNITS_SET, values
        yield MEASURES, values


def _rates(identity: Identity) -> Iterator[Item]:
    """Rates as items of a catalog, which trade configurations have in place of an enumeration."""
    for number, (kind, member, name, rate) in enumerate(RATE_ITEMS, 1):
        yield (
            RATES_SET,
            {
                "Ref_Key": identity.guid(RATES_SET, kind),
                "Code": f"{number:09}",
                "Description": name,
                "ПеречислениеСтавкаНДС": member,
                "Ставка": Decimal(rate),
            },
        )


def _products(identity: Identity, goods: str) -> Iterator[Item]:
    for number, title in enumerate(("Товары", "Услуги"), 1):
        yield (
            PRODUCTS_SET,
            {
                "Ref_Key": identity.guid(PRODUCTS_SET, title),
                "Code": f"00-{number:08}",
                "Description": title,
                "IsFolder": True,
            },
        )
    for number, product in enumerate(PRODUCTS, 3):
        folder = "Услуги" if product.service else "Товары"
        yield (
            PRODUCTS_SET,
            {
                "Ref_Key": identity.guid(PRODUCTS_SET, product.article),
                "Code": f"00-{number:08}",
                "Description": product.name,
                "НаименованиеПолное": product.name,
                "Parent_Key": identity.guid(PRODUCTS_SET, folder),
                "Артикул": product.article,
                "Услуга": product.service,
                "ТипНоменклатуры": "Услуга" if product.service else goods,
                "ВидСтавкиНДС": product.vat,
                "СтавкаНДС_Key": identity.guid(RATES_SET, product.vat),
                "ЕдиницаИзмерения_Key": identity.guid(UNITS_SET, product.unit),
            },
        )


def _parties(identity: Identity) -> Iterator[Item]:
    choice = random.Random(f"{identity.seed}/contracts")
    folder = identity.guid(PARTIES, "Покупатели")
    yield (
        PARTIES,
        {
            "Ref_Key": folder,
            "Code": "00-000001",
            "Description": "Покупатели",
            "IsFolder": True,
        },
    )
    listed = parties(identity.seed)
    for number, party in enumerate(listed, 2):
        ref = identity.guid(PARTIES, party.key)
        yield PARTNERS, _partner(identity, party, number)
        yield PARTIES, _party(identity, party, ref, folder, number)
        yield CONTRACTS, _contract(identity, party, choice, number)
    supply = _contract(identity, listed[1], choice, len(listed) + 2)
    yield (
        CONTRACTS,
        supply
        | {
            "Ref_Key": identity.guid(CONTRACTS, "supply"),
            "Description": "Договор поставки оборудования",
            "ВидДоговора": "СПоставщиком",
            "ТипДоговора": "СПоставщиком",
        },
    )


def _partner(identity: Identity, party: Party, number: int) -> Record:
    """A client as trade configurations have it beside the counterparty."""
    return {
        "Ref_Key": identity.guid(PARTNERS, party.key),
        "Code": f"00-{number:06}",
        "Description": party.name,
        "НаименованиеПолное": party.full_name,
        "Клиент": True,
    }


def _party(identity: Identity, party: Party, ref: str, folder: str, number: int) -> Record:
    head = identity.guid(PARTIES, party.key.removesuffix("-branch"))
    return {
        "Ref_Key": ref,
        "Code": f"00-{number:06}",
        "Description": party.name,
        "Parent_Key": folder,
        "Партнер_Key": identity.guid(PARTNERS, party.key),
        "НаименованиеПолное": party.full_name,
        "ИНН": party.inn,
        "КПП": party.kpp,
        "ГоловнойКонтрагент_Key": head,
        "ЮридическоеФизическоеЛицо": "ЮридическоеЛицо" if party.is_firm else "ФизическоеЛицо",
        "ВидКонтрагента": _kind(party),
        "ИндивидуальныйПредприниматель": party.is_entrepreneur,
        "ОбособленноеПодразделение": head != ref,
        "ИННВведенКорректно": bool(party.inn),
        "КППВведенКорректно": bool(party.kpp),
        "КонтактнаяИнформация": contact_rows(identity, ref, party),
    }


def _kind(party: Party) -> str:
    """The kind of a counterparty as УНФ tells them apart."""
    if party.is_firm:
        return "ЮридическоеЛицо"
    return "ИндивидуальныйПредприниматель" if party.is_entrepreneur else "ФизическоеЛицо"


def _contract(identity: Identity, party: Party, choice: random.Random, number: int) -> Record:
    day = f"2025-{choice.randint(1, 12):02}-{choice.randint(1, 28):02}"
    year, month, date = day.split("-")
    title = f"РМ-{number:03}/25"
    owner = identity.guid(PARTIES, party.key)
    rouble = identity.guid(CURRENCIES, "RUB")
    return {
        "Ref_Key": identity.guid(CONTRACTS, party.key),
        "Code": f"00-{number:06}",
        "Description": f"Договор {title} от {date}.{month}.{year}",
        "Owner_Key": owner,
        "Owner": owner,
        "Owner_Type": f"StandardODATA.{PARTIES}",
        "Контрагент_Key": owner,
        "Партнер_Key": identity.guid(PARTNERS, party.key),
        "Организация_Key": identity.guid(ORGANIZATIONS, OWN),
        "ВалютаВзаиморасчетов_Key": rouble,
        "ВалютаРасчетов_Key": rouble,
        "ВидДоговора": BUYER,
        "ТипДоговора": BUYER,
        "Номер": title,
        "НомерДоговора": title,
        "Дата": f"{day}T00:00:00",
        "ДатаДоговора": f"{day}T00:00:00",
        "СуммаВключаетНДС": True,
    }
