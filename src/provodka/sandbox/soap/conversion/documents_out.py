"""Shipments and payments as the base sends them."""

from __future__ import annotations

from provodka.sandbox.onec.posting import BANK_RECEIPT, SHIPMENT
from provodka.sandbox.onec.values import Record
from provodka.sandbox.soap.conversion.catalogs_out import common
from provodka.sandbox.soap.conversion.keys import Keys
from provodka.sandbox.soap.conversion.vat import rate_out
from provodka.sandbox.soap.data import Data

_SETTLEMENTS = {"ОплатаПокупателя": "СПокупателем", "ВозвратОтПоставщика": "СПоставщиком"}


def _settlement(keys: Keys, contract: str, currency: str, item: Record) -> Data:
    return {
        "Договор": keys.contract(contract),
        "ВалютаВзаиморасчетов": keys.currency(currency),
        "КурсВзаиморасчетов": item["КурсВзаиморасчетов"],
        "КратностьВзаиморасчетов": item["КратностьВзаиморасчетов"],
        "РасчетыВУсловныхЕдиницах": False,
    }


def shipment(keys: Keys, item: Record) -> Data:
    """Документ.РеализацияТоваровУслуг."""
    currency, contract = item["ВалютаДокумента_Key"], item["ДоговорКонтрагента_Key"]
    taxed = "ПродажаНеОблагаетсяНДС" if item["ДокументБезНДС"] else "ПродажаОблагаетсяНДС"
    reference = {"Ссылка": keys.public(SHIPMENT, item["Ref_Key"])}
    return common(item) | {
        "КлючевыеСвойства": reference | keys.document(item),
        "ВидОперации": "РеализацияКлиенту",
        "Валюта": keys.currency(currency),
        "Сумма": item["СуммаДокумента"],
        "СуммаВключаетНДС": item["СуммаВключаетНДС"],
        "Склад": keys.warehouse(item["Склад_Key"]),
        "БанковскийСчетОрганизации": keys.account(item["БанковскийСчетОрганизации_Key"]),
        "Контрагент": keys.party(item["Контрагент_Key"]),
        "ДанныеВзаиморасчетов": _settlement(keys, contract, currency, item),
        "Заказ": keys.order(item["СчетНаОплатуПокупателю_Key"]),
        "АдресДоставки": item["АдресДоставки"],
        "Налогообложение": taxed,
        "Товары": [_goods(keys, row) for row in item["Товары"]],
        "Услуги": [_service(keys, row) for row in item["Услуги"]],
    }


def _sums(keys: Keys, row: Record) -> Data:
    return {
        "НомерСтрокиДокумента": row["LineNumber"],
        "Количество": row["Количество"],
        "Сумма": row["Сумма"],
        "Цена": row["Цена"],
        "СтавкаНДС": rate_out(keys.package, row["СтавкаНДС"]),
        "СуммаНДС": row["СуммаНДС"],
    }


def _goods(keys: Keys, row: Record) -> Data:
    product = keys.record("Catalog_Номенклатура", row["Номенклатура_Key"])
    unit = keys.unit(row["ЕдиницаИзмерения_Key"])
    return _sums(keys, row) | {
        "ДанныеНоменклатуры": {"Номенклатура": keys.product(row["Номенклатура_Key"])},
        "ЕдиницаИзмерения": unit or keys.unit(product["ЕдиницаИзмерения_Key"] if product else ""),
    }


def _service(keys: Keys, row: Record) -> Data:
    return _sums(keys, row) | {
        "Номенклатура": keys.product(row["Номенклатура_Key"]),
        "Содержание": row["Содержание"],
    }


def receipt(keys: Keys, set_name: str, item: Record) -> Data | None:
    """Документ.ПБДСРасчетыСКонтрагентами or Документ.ПКОРасчетыСКонтрагентами.

    None for a receipt that is not a settlement with a counterparty: it is another document of
    the format.
    """
    settled = _SETTLEMENTS.get(item["ВидОперации"])
    if settled is None:
        return None
    reference = {"Ссылка": keys.public(set_name, item["Ref_Key"])}
    shared = {
        "Валюта": keys.currency(item["ВалютаДокумента_Key"]),
        "Сумма": item["СуммаДокумента"],
        "Комментарий": item["Комментарий"],
    }
    by_bank = set_name == BANK_RECEIPT
    return common(item) | {
        "КлючевыеСвойства": reference | keys.document(item),
        "ОбщиеДанные": shared | (_by_bank(keys, item) if by_bank else _in_cash(keys, item)),
        "ВидРасчетов": settled,
        "Контрагент": keys.party(item["Контрагент"]),
        "РасшифровкаПлатежа": [_part(keys, item, row) for row in item["РасшифровкаПлатежа"]],
    }


def _by_bank(keys: Keys, item: Record) -> Data:
    return {
        "ДатаВыписки": item["Date"][:10],
        "ДатаВходящегоДокумента": item["ДатаВходящегоДокумента"][:10],
        "НомерВходящегоДокумента": item["НомерВходящегоДокумента"],
        "БанковскийСчетОрганизации": keys.account(item["СчетОрганизации_Key"]),
        "НазначениеПлатежа": item["НазначениеПлатежа"],
    }


def _in_cash(keys: Keys, item: Record) -> Data:
    payer = keys.party(item["Контрагент"])
    return {
        "Основание": item["Основание"],
        "ПринятоОт": item.get("ПринятоОт") or payer.get("Наименование", ""),
    }


def _part(keys: Keys, item: Record, row: Record) -> Data:
    order = keys.order(row["СчетНаОплату_Key"])
    currency = item["ВалютаДокумента_Key"]
    return {
        "Заказ": {"ЗаказКлиента": order} if order else {},
        "Сумма": row["СуммаПлатежа"],
        "СуммаВзаиморасчетов": row["СуммаВзаиморасчетов"],
        "СуммаНДС": row["СуммаНДС"],
        "СтавкаНДС": rate_out(keys.package, row["СтавкаНДС"]),
        "ДанныеВзаиморасчетов": _settlement(keys, row["ДоговорКонтрагента_Key"], currency, row),
        "СпособПогашенияЗадолженности": row["СпособПогашенияЗадолженности"],
    }
