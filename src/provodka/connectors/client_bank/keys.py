"""The format's own names: markers of sections, keys, and how long a value may be.

Source: 1C, "Стандарт обмена с системами «Клиент банка»", versions 1.01–1.03; lengths of a payment
order's fields: Bank of Russia 762-П, annex 11.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "BUDGET",
    "DOCUMENT",
    "DOCUMENT_KEYS",
    "END",
    "FIRST_LINE",
    "HEADER_KEYS",
    "KNOWN_OF_DOCUMENT",
    "LENGTHS",
    "LINES_OF_PURPOSE",
    "PARTY",
    "PAYEE",
    "PAYER",
    "PURPOSE",
    "SECTION",
    "SECTION_KEYS",
    "SPECIAL",
    "VERSIONS",
    "canonical",
]

FIRST_LINE = "1CClientBankExchange"
VERSIONS = ("1.01", "1.02", "1.03")
SECTION, SECTION_END = "СекцияРасчСчет", "КонецРасчСчет"
DOCUMENT, DOCUMENT_END = "СекцияДокумент", "КонецДокумента"
END = "КонецФайла"
PAYER, PAYEE = "Плательщик", "Получатель"
PURPOSE = "НазначениеПлатежа"
LINES_OF_PURPOSE = tuple(f"{PURPOSE}{line}" for line in range(1, 7))

HEADER_KEYS = (
    "ВерсияФормата", "Кодировка", "Отправитель", "Получатель", "ДатаСоздания", "ВремяСоздания",
    "ДатаНачала", "ДатаКонца", "РасчСчет", "Документ",
)  # fmt: skip
SECTION_KEYS = (
    "ДатаНачала", "ДатаКонца", "РасчСчет", "НачальныйОстаток", "ВсегоПоступило", "ВсегоСписано",
    "КонечныйОстаток",
)  # fmt: skip
PARTY: Mapping[str, str] = {
    "inn": "ИНН",
    "kpp": "КПП",
    "bank": "Банк1",
    "bank_city": "Банк2",
    "bik": "БИК",
    "corr_account": "Корсчет",
}
"""Fields of a party and what stands behind `Плательщик` or `Получатель` in their keys."""
BUDGET: Mapping[str, str] = {
    "status": "СтатусСоставителя",
    "kbk": "ПоказательКБК",
    "oktmo": "ОКАТО",
    "basis": "ПоказательОснования",
    "period": "ПоказательПериода",
    "number": "ПоказательНомера",
    "date": "ПоказательДаты",
    "kind": "ПоказательТипа",
}
DOCUMENT_KEYS: Mapping[str, str] = {
    "number": "Номер",
    "payment_type": "ВидПлатежа",
    "operation": "ВидОплаты",
    "priority": "Очередность",
    "code": "Код",
    "purpose_code": "КодНазПлатежа",
}
SPECIAL = (
    "КвитанцияДата", "КвитанцияВремя", "КвитанцияСодержание", "СрокАкцепта", "ВидАккредитива",
    "СрокПлатежа", "УсловиеОплаты1", "УсловиеОплаты2", "УсловиеОплаты3", "ПлатежПоПредст",
    "ДополнУсловия", "НомерСчетаПоставщика", "ДатаОтсылкиДок",
)  # fmt: skip
"""Keys of receipts and of particular kinds of documents: known, and kept as they are."""
_SIDES = (PAYER, PAYEE)
_PARTIES = tuple(
    f"{side}{name}"
    for side in _SIDES
    for name in ("", "1", "2", "3", "4", "Счет", "РасчСчет", *PARTY.values())
)
_KNOWN = (
    SECTION, SECTION_END, DOCUMENT, DOCUMENT_END, END, *HEADER_KEYS, *SECTION_KEYS, *_PARTIES,
    *BUDGET.values(), *DOCUMENT_KEYS.values(), *SPECIAL, PURPOSE, *LINES_OF_PURPOSE,
    "Дата", "Сумма", "ДатаСписано", "ДатаПоступило",
)  # fmt: skip
KNOWN_OF_DOCUMENT = frozenset(
    {*_PARTIES, *BUDGET.values(), *DOCUMENT_KEYS.values(), *SPECIAL, PURPOSE, "Дата", "Сумма"}
)
"""The keys that a payment order may have."""
_BY_SMALL_LETTERS = {name.casefold(): name for name in _KNOWN}

LENGTHS: Mapping[str, int] = {
    "Номер": 6,
    "ВидОплаты": 2,
    "Очередность": 1,
    "Код": 25,
    "КодНазПлатежа": 1,
    PURPOSE: 210,
    **{f"{side}{name}": 160 for side in _SIDES for name in ("", "1")},
    **{f"{side}ИНН": 12 for side in _SIDES},
    **{f"{side}КПП": 9 for side in _SIDES},
    **{f"{side}БИК": 9 for side in _SIDES},
    **{f"{side}{name}": 20 for side in _SIDES for name in ("Счет", "РасчСчет", "Корсчет")},
    "СтатусСоставителя": 2,
    "ПоказательКБК": 20,
    "ОКАТО": 11,
    "ПоказательОснования": 2,
    "ПоказательПериода": 10,
    "ПоказательНомера": 15,
    "ПоказательДаты": 10,
    "ПоказательТипа": 2,
}
"""How many characters a payment order has room for, by key."""


def canonical(key: str) -> str:
    """A key as the format spells it, whatever its capitals; an unknown key as it is."""
    return _BY_SMALL_LETTERS.get(key.casefold(), key)
