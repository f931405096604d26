"""A client's order that comes in becomes an invoice: Документ.ЗаказКлиента → Счет покупателю."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from provodka.sandbox.accountant.vat import KOPECK
from provodka.sandbox.soap.conversion.catalogs_in import comment
from provodka.sandbox.soap.conversion.kinds import ACCOUNTS, CONTRACTS, WAREHOUSES
from provodka.sandbox.soap.conversion.vat import rate_in
from provodka.sandbox.soap.data import Data
from provodka.sandbox.soap.matching import Matcher, Rows

_TRUE = frozenset({"true", "1"})
_PRODUCT_TYPE = "StandardODATA.Catalog_Номенклатура"


def order(matcher: Matcher, data: Data) -> tuple[Data, Rows]:
    """The invoice's values and rows; goods come first, services after them."""
    keys = data["КлючевыеСвойства"]
    organization = matcher.refer("Справочник.Организации", keys["Организация"])
    values: Data = {
        "Number": keys["Номер"],
        "Date": keys["Дата"],
        "Организация_Key": organization,
    }
    if "Контрагент" not in data:
        return values, {}
    party = matcher.refer("Справочник.Контрагенты", data["Контрагент"])
    currency = matcher.refer("Справочник.Валюты", data["Валюта"])
    settlement = data.get("ДанныеВзаиморасчетов", {})
    contract = matcher.refer("Справочник.Договоры", settlement.get("Договор", {}))
    rows = [_row(matcher, row) for name in ("Товары", "Услуги") for row in data.get(name, [])]
    included = data.get("СуммаВключаетНДС", "") in _TRUE
    values |= comment(data) | {
        "Контрагент_Key": party,
        "ДоговорКонтрагента_Key": contract or _any_contract(matcher, party, organization, currency),
        "ВалютаДокумента_Key": currency,
        "КурсВзаиморасчетов": settlement.get("КурсВзаиморасчетов", "1"),
        "КратностьВзаиморасчетов": settlement.get("КратностьВзаиморасчетов", "1"),
        "СуммаВключаетНДС": included,
        "СуммаДокумента": data.get("Сумма") or _total(rows, included=included),
        "СтруктурнаяЕдиница_Key": _account(matcher, data, organization),
        "АдресДоставки": data.get("АдресДоставки", ""),
        "ВидОперации": "ТоварыИУслуги",
    }
    if "Склад" in data:
        named = {"Description": data["Склад"]["Наименование"]}
        values["Склад_Key"] = matcher.find(WAREHOUSES, named) or None
    return values, {"Товары": rows}


def _row(matcher: Matcher, row: Data) -> Data:
    keys = row.get("Номенклатура") or row["ДанныеНоменклатуры"]["Номенклатура"]
    quantity, price = Decimal(row.get("Количество", "0")), Decimal(row.get("Цена", "0"))
    amount = row.get("Сумма") or str((quantity * price).quantize(KOPECK, ROUND_HALF_UP))
    return {
        "Номенклатура": matcher.refer("Справочник.Номенклатура", keys),
        "Номенклатура_Type": _PRODUCT_TYPE,
        "Содержание": row.get("Содержание") or keys["Наименование"],
        "Количество": str(quantity),
        "Цена": str(price),
        "Сумма": amount,
        "СтавкаНДС": rate_in(row.get("СтавкаНДС")),
        "СуммаНДС": row.get("СуммаНДС", "0"),
    }


def _total(rows: list[Data], *, included: bool) -> str:
    names = ("Сумма",) if included else ("Сумма", "СуммаНДС")
    return str(sum((Decimal(row[name]) for row in rows for name in names), Decimal(0)))


def _account(matcher: Matcher, data: Data, organization: str) -> Any:
    """The account that was named, if it is one of ours, else the organization's main one."""
    number = data.get("БанковскийСчетОрганизации", {}).get("НомерСчета", "")
    wanted = {"НомерСчета": number, "Owner": organization}
    named = matcher.find(ACCOUNTS, wanted) if number else ""
    return named or matcher.main_account(organization) or None


def _any_contract(matcher: Matcher, party: str, organization: str, currency: str) -> str:
    """The contract that an order without one gets: that for exchange, made where there is none."""
    values = {
        "ВидДоговора": "СПокупателем",
        "Owner_Key": party,
        "ИспользуетсяПриОбменеДанными": True,
        "Организация_Key": organization,
        "РасчетыВУсловныхЕдиницах": False,
        "ВалютаВзаиморасчетов_Key": currency,
    }
    known = matcher.find(CONTRACTS, values)
    return known or matcher.create(CONTRACTS, values | {"Description": "Без договора"})
