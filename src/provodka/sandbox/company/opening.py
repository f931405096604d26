"""What the books hold before the first sale: accounts, goods in stock, prices, rates, nodes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from provodka.sandbox.company.books import CURRENCIES, OWN, PRODUCTS_SET, WAREHOUSES
from provodka.sandbox.company.entering import enter
from provodka.sandbox.company.names import PRODUCTS
from provodka.sandbox.company.orders import enter_orders
from provodka.sandbox.company.parties import Identity
from provodka.sandbox.onec.chart import GOODS, OPENING, chart_items
from provodka.sandbox.onec.entries import ACCOUNTING, STOCK, Side, entry, reference
from provodka.sandbox.onec.movements import Movement, Movements, Recorder
from provodka.sandbox.onec.numbering import ORGANIZATIONS
from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.registration import ODATA_PLAN
from provodka.sandbox.onec.values import Record

BALANCES = "Document_ВводНачальныхОстатков"
PRICING = "Document_УстановкаЦенНоменклатуры"
PRICES = "InformationRegister_ЦеныНоменклатуры"
RATES = "InformationRegister_КурсыВалют"
HUB_CODE = "CRM"
OPENING_STOCK = Decimal(5000)

_OPENED = "2024-12-31T23:59:59"
_PRICED = (("2025-01-01T00:00:00", Decimal("0.9")), ("2026-01-01T00:00:00", Decimal(1)))
_DOLLAR = (
    ("2026-01-12", "78.9500"),
    ("2026-06-01", "81.2034"),
    ("2026-11-20", "83.4471"),
)
_KOPECK = Decimal("0.01")


def open_books(objects: Objects, seed: int) -> None:
    """Write what is missing of this once; a base of an earlier release gets it too."""
    database = objects.database
    with database.transaction():
        if database.setting("books") is None:
            identity = Identity(seed)
            for set_name, values in _items(identity):
                enter(objects, set_name, values)
            if ACCOUNTING in objects.schema.entities:
                _write_movements(Movements(objects), identity)
            enter_orders(objects, seed)
            database.remember("books", 1)
        objects.changes.add_node(ODATA_PLAN, "00", "Центральная база", this_node=True)
        objects.changes.add_node(ODATA_PLAN, HUB_CODE, "Обмен с CRM")


def _items(identity: Identity) -> Iterator[tuple[str, Record]]:
    yield from chart_items()
    rouble = identity.guid(CURRENCIES, "RUB")
    dollar = identity.guid(CURRENCIES, "USD")
    yield (
        CURRENCIES,
        {
            "Ref_Key": dollar,
            "Code": "840",
            "Description": "USD",
            "НаименованиеПолное": "Доллар США",
            "ОсновнаяВалюта_Key": rouble,
        },
    )
    for day, rate in _DOLLAR:
        yield (
            RATES,
            {
                "Period": f"{day}T00:00:00",
                "Валюта_Key": dollar,
                "Курс": Decimal(rate),
                "Кратность": "1",
            },
        )


def _write_movements(movements: Movements, identity: Identity) -> None:
    opened = Recorder(BALANCES, identity.guid(BALANCES, 1), _OPENED)
    movements.write(opened, list(_stock(identity)))
    for number, (moment, share) in enumerate(_PRICED, 1):
        priced = Recorder(PRICING, identity.guid(PRICING, number), moment)
        movements.write(priced, list(_prices(identity, share)))


def _stock(identity: Identity) -> Iterator[Movement]:
    organization = identity.guid(ORGANIZATIONS, OWN)
    warehouse = identity.guid(WAREHOUSES, OWN)
    for product in PRODUCTS:
        if product.service:
            continue
        item = identity.guid(PRODUCTS_SET, product.article)
        cost = (product.price * OPENING_STOCK * Decimal("0.6")).quantize(_KOPECK, ROUND_HALF_UP)
        place = (reference(PRODUCTS_SET, item), reference(WAREHOUSES, warehouse))
        sides = (Side(GOODS, place, OPENING_STOCK), Side(OPENING))
        yield entry(organization, *sides, cost, "Ввод остатков", f"stock|{item}")
        values: Record = {
            "RecordType": "Receipt",
            "Номенклатура_Key": item,
            "Склад_Key": warehouse,
            "ВНаличии": OPENING_STOCK,
        }
        yield Movement(STOCK, values, item)


def _prices(identity: Identity, share: Decimal) -> Iterator[Movement]:
    kind = identity.guid("Catalog_ТипыЦенНоменклатуры", OWN)
    for product in PRODUCTS:
        values: Record = {
            "ТипЦен_Key": kind,
            "Номенклатура_Key": identity.guid(PRODUCTS_SET, product.article),
            "Валюта_Key": identity.guid(CURRENCIES, "RUB"),
            "Цена": (product.price * share).quantize(_KOPECK, ROUND_HALF_UP),
        }
        yield Movement(PRICES, values)
