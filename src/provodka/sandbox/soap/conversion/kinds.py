"""Which of the base's objects is which object of the format, and how it is recognised."""

from __future__ import annotations

from dataclasses import dataclass

from provodka.sandbox.onec.posting import BANK_RECEIPT, CASH_RECEIPT, INVOICE, SHIPMENT
from provodka.sandbox.onec.values import Record

ORGANIZATIONS = "Catalog_Организации"
PARTIES = "Catalog_Контрагенты"
CONTRACTS = "Catalog_ДоговорыКонтрагентов"
PRODUCTS = "Catalog_Номенклатура"
CURRENCIES = "Catalog_Валюты"
UNITS = "Catalog_КлассификаторЕдиницИзмерения"
ACCOUNTS = "Catalog_БанковскиеСчета"
WAREHOUSES = "Catalog_Склады"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object.

    `format` is the object of the format, `search` the variants of search fields in the order in
    which they are tried after the identifier, `sends` and `takes` whether the base does.
    """

    set_name: str
    format: str
    search: tuple[tuple[str, ...], ...] = ()
    sends: bool = True
    takes: bool = False
    folder: bool = False


_PARTY = (("ИНН", "КПП"), ("НаименованиеПолное",), ("Description",))
_ITEM = (("Code",), ("Артикул",), ("НаименованиеПолное",), ("Description",))
_CONTRACT = ("ВидДоговора", "Owner_Key", "Организация_Key", "ВалютаВзаиморасчетов_Key")
_CODE = (("Code",), ("Description",))

KINDS = (
    Kind(CURRENCIES, "Справочник.Валюты", _CODE, takes=True),
    Kind(UNITS, "Справочник.ЕдиницыИзмерения", (("Code",),), takes=True),
    Kind(ORGANIZATIONS, "Справочник.Организации", _PARTY, takes=True),
    Kind(ACCOUNTS, "Справочник.БанковскиеСчета", (("НомерСчета", "Owner"),)),
    Kind(WAREHOUSES, "Справочник.Склады", (("Description",),)),
    Kind(PARTIES, "Справочник.КонтрагентыГруппа", (("Description",),), takes=True, folder=True),
    Kind(PARTIES, "Справочник.Контрагенты", _PARTY, takes=True),
    Kind(
        CONTRACTS,
        "Справочник.Договоры",
        ((*_CONTRACT, "Дата", "Номер"), (*_CONTRACT, "Description")),
        takes=True,
    ),
    Kind(PRODUCTS, "Справочник.НоменклатураГруппа", _CODE, takes=True, folder=True),
    Kind(PRODUCTS, "Справочник.Номенклатура", _ITEM, takes=True),
    Kind(INVOICE, "Документ.ЗаказКлиента", (("Date", "Number"),), sends=False, takes=True),
    Kind(SHIPMENT, "Документ.РеализацияТоваровУслуг"),
    Kind(BANK_RECEIPT, "Документ.ПБДСРасчетыСКонтрагентами"),
    Kind(CASH_RECEIPT, "Документ.ПКОРасчетыСКонтрагентами"),
)
"""The kinds in the order in which a message holds them.

Search fields and directions are those of the rules of «Бухгалтерия предприятия» 3.0: an order
that comes in becomes an invoice, an invoice never goes out.
"""

BY_FORMAT = {kind.format: kind for kind in KINDS}


def kind_of(set_name: str, record: Record | None) -> Kind | None:
    """The kind of an object of the base; without a record, of an ordinary element of the set."""
    folder = bool(record and record.get("IsFolder"))
    for kind in KINDS:
        if kind.set_name == set_name and kind.folder == folder:
            return kind
    return None
