"""Key properties: how the base names an object inside another one that it sends."""

from __future__ import annotations

from collections.abc import Callable

from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.posting import INVOICE
from provodka.sandbox.onec.schema import EMPTY_GUID
from provodka.sandbox.onec.values import Record
from provodka.sandbox.soap.conversion.kinds import (
    ACCOUNTS,
    CONTRACTS,
    CURRENCIES,
    ORGANIZATIONS,
    PARTIES,
    PRODUCTS,
    UNITS,
    WAREHOUSES,
)
from provodka.sandbox.soap.data import Data
from provodka.sandbox.soap.peers import Peers
from provodka.sandbox.soap.xdto import Package

_ENTREPRENEUR_INN = 12


class Keys:
    """Key properties of the base's objects for one peer, in one version of the format."""

    def __init__(self, objects: Objects, peers: Peers, node: str, package: Package) -> None:
        self._objects = objects
        self._peers = peers
        self._node = node
        self._known: dict[tuple[str, str], Data] = {}
        self.package = package

    def public(self, set_name: str, ref: str) -> str:
        """The identifier under which the peer knows an object."""
        return self._peers.public(self._node, set_name, ref)

    def record(self, set_name: str, ref: str) -> Record | None:
        """An object of the base, None for an empty or dangling reference."""
        return None if ref in {"", EMPTY_GUID} else self._objects.get(set_name, ref)

    def _keys(self, set_name: str, ref: str, build: Callable[[Record], Data]) -> Data:
        if (set_name, ref) not in self._known:
            record = self.record(set_name, ref)
            found: Data = {}
            if record is not None:
                found = {"Ссылка": self.public(set_name, ref)} | build(record)
            self._known[set_name, ref] = found
        return self._known[set_name, ref]

    def currency(self, ref: str) -> Data:
        """КлючевыеСвойстваВалюта."""
        return self._keys(CURRENCIES, ref, _classified)

    def unit(self, ref: str) -> Data:
        """КлючевыеСвойстваЕдиницаИзмерения."""
        return self._keys(UNITS, ref, _classified)

    def warehouse(self, ref: str) -> Data:
        """КлючевыеСвойстваСклад."""
        return self._keys(WAREHOUSES, ref, lambda item: {"Наименование": item["Description"]})

    def organization(self, ref: str) -> Data:
        """КлючевыеСвойстваОрганизация."""
        return self._keys(ORGANIZATIONS, ref, self._organization)

    def _organization(self, item: Record) -> Data:
        person = len(item["ИНН"]) == _ENTREPRENEUR_INN
        return {
            "Наименование": item["Description"],
            "НаименованиеСокращенное": item["НаименованиеСокращенное"],
            "НаименованиеПолное": item["НаименованиеПолное"],
            "ИНН": item["ИНН"],
            "КПП": item["КПП"],
            "ЮридическоеФизическоеЛицо": "ФизическоеЛицо" if person else "ЮридическоеЛицо",
        }

    def party_group(self, ref: str) -> Data:
        """КлючевыеСвойстваКонтрагентГруппа."""
        return self._keys(PARTIES, ref, self._party_group)

    def _party_group(self, item: Record) -> Data:
        return {
            "Наименование": item["Description"],
            "Группа": self.party_group(item["Parent_Key"]),
        }

    def party(self, ref: str) -> Data:
        """КлючевыеСвойстваКонтрагент."""
        return self._keys(PARTIES, ref, self._party)

    def _party(self, item: Record) -> Data:
        return {
            "Наименование": item["Description"],
            "НаименованиеПолное": item["НаименованиеПолное"],
            "ИНН": item["ИНН"],
            "КПП": item["КПП"],
            "ЮридическоеФизическоеЛицо": item["ЮридическоеФизическоеЛицо"],
            "Группа": self.party_group(item["Parent_Key"]),
            "ИндивидуальныйПредприниматель": item["ИндивидуальныйПредприниматель"],
        }

    def contract(self, ref: str) -> Data:
        """КлючевыеСвойстваДоговор."""
        return self._keys(CONTRACTS, ref, self._contract)

    def _contract(self, item: Record) -> Data:
        return {
            "ВидДоговора": item["ВидДоговора"],
            "Организация": self.organization(item["Организация_Key"]),
            "Контрагент": self.party(item["Owner_Key"]),
            "ВалютаВзаиморасчетов": self.currency(item["ВалютаВзаиморасчетов_Key"]),
            "РасчетыВУсловныхЕдиницах": item["РасчетыВУсловныхЕдиницах"],
            "Наименование": item["Description"],
            "Дата": item["Дата"][:10],
            "Номер": item["Номер"],
        }

    def product_group(self, ref: str) -> Data:
        """КлючевыеСвойстваНоменклатураГруппа."""
        return self._keys(PRODUCTS, ref, self._product_group)

    def _product_group(self, item: Record) -> Data:
        return {
            "Наименование": item["Description"],
            "КодВПрограмме": item["Code"],
            "Группа": self.product_group(item["Parent_Key"]),
        }

    def product(self, ref: str) -> Data:
        """КлючевыеСвойстваНоменклатура."""
        return self._keys(PRODUCTS, ref, self._product)

    def _product(self, item: Record) -> Data:
        return {
            "НаименованиеПолное": item["НаименованиеПолное"],
            "КодВПрограмме": item["Code"],
            "Артикул": item["Артикул"],
            "Наименование": item["Description"],
            "Группа": self.product_group(item["Parent_Key"]),
        }

    def account(self, ref: str) -> Data:
        """КлючевыеСвойстваБанковскийСчет."""
        return self._keys(ACCOUNTS, ref, self._account)

    def _account(self, item: Record) -> Data:
        own = str(item["Owner_Type"]).endswith(ORGANIZATIONS)
        owner = (
            {"ОрганизацииСсылка": self.organization(item["Owner"])}
            if own
            else {"КонтрагентыСсылка": self.party(item["Owner"])}
        )
        return {"НомерСчета": item["НомерСчета"], "Владелец": owner}

    def order(self, ref: str) -> Data:
        """КлючевыеСвойстваЗаказКлиента: the peer's order that an invoice of the base came from."""
        return self._keys(INVOICE, ref, self.document)

    def document(self, item: Record) -> Data:
        """What all documents' key properties have, without the reference."""
        return {
            "Дата": item["Date"],
            "Номер": item["Number"],
            "Организация": self.organization(item["Организация_Key"]),
        }


def _classified(item: Record) -> Data:
    return {"ДанныеКлассификатора": {"Код": item["Code"], "Наименование": item["Description"]}}
