"""A few orders of clients for the configurations that know orders: УТ 11 and УНФ."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from provodka.sandbox.company.books import (
    CONTRACTS,
    CURRENCIES,
    OWN,
    PARTIES,
    PRODUCTS_SET,
    RATES_SET,
)
from provodka.sandbox.company.entering import enter
from provodka.sandbox.company.names import PRODUCTS
from provodka.sandbox.company.parties import Identity, parties
from provodka.sandbox.onec.numbering import ORGANIZATIONS
from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.values import Record

COUNT = 12


@dataclass(frozen=True, slots=True)
class _Form:
    """Which document of a configuration is the order, and where its rows stand."""

    set_name: str
    section: str


_FORMS = (
    _Form("Document_ЗаказКлиента", "Товары"),
    _Form("Document_ЗаказПокупателя", "Запасы"),
)


def enter_orders(objects: Objects, seed: int) -> None:
    """Store posted orders of the year, the same for the same seed."""
    identity = Identity(seed)
    for form in _FORMS:
        if form.set_name in objects.schema.entities:
            choice = random.Random(f"{seed}/orders")
            for number in range(1, COUNT + 1):
                enter(objects, form.set_name, _order(form, identity, number, choice))


def _order(form: _Form, identity: Identity, number: int, choice: random.Random) -> Record:
    ref = identity.guid(form.set_name, number)
    party = choice.choice(parties(identity.seed))
    rows = list(_rows(ref, identity, choice))
    rouble = identity.guid(CURRENCIES, "RUB")
    return {
        "Ref_Key": ref,
        "Number": f"РМ00-{number:06}",
        "Date": f"2026-{choice.randint(1, 10):02}-{choice.randint(1, 28):02}T10:00:00",
        "Posted": True,
        "Организация_Key": identity.guid(ORGANIZATIONS, OWN),
        "Партнер_Key": identity.guid("Catalog_Партнеры", party.key),
        "Контрагент_Key": identity.guid(PARTIES, party.key),
        "Договор_Key": identity.guid(CONTRACTS, party.key),
        "Валюта_Key": rouble,
        "ВалютаДокумента_Key": rouble,
        "ХозяйственнаяОперация": "РеализацияКлиенту",
        "ВидОперации": "ЗаказНаПродажу",
        "ЦенаВключаетНДС": True,
        "СуммаВключаетНДС": True,
        "СуммаДокумента": sum((row["Сумма"] for row in rows), Decimal(0)),
        form.section: rows,
    }


def _rows(ref: str, identity: Identity, choice: random.Random) -> Iterator[Record]:
    for line, product in enumerate(choice.sample(PRODUCTS, 3), 1):
        quantity = Decimal(choice.randint(1, 10))
        amount = product.price * quantity
        yield {
            "Ref_Key": ref,
            "LineNumber": str(line),
            "Номенклатура_Key": identity.guid(PRODUCTS_SET, product.article),
            "Количество": quantity,
            "КоличествоУпаковок": quantity,
            "Цена": product.price,
            "Сумма": amount,
            "СтавкаНДС_Key": identity.guid(RATES_SET, product.vat),
            "СуммаСНДС": amount,
            "Всего": amount,
        }
