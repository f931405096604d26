"""The chart of accounts, as far as selling goes, in the terms of «Бухгалтерия предприятия» 3.0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from provodka.sandbox.onec.schema import EMPTY_GUID
from provodka.sandbox.onec.values import Record

CHART = "ChartOfAccounts_Хозрасчетный"
KINDS = "ChartOfCharacteristicTypes_ВидыСубконтоХозрасчетные"

OPENING = "000"
GOODS = "41.01"
CASH = "50.01"
BANK = "51"
BUYERS = "62.01"
ADVANCES = "62.02"
VAT = "68.02"
REVENUE = "90.01.1"
COST = "90.02.1"
SALES_VAT = "90.03"


def account_ref(code: str) -> str:
    """The reference of an account by its code: predefined, so the same in every sandbox."""
    return str(uuid5(NAMESPACE_URL, f"provodka-sandbox/{CHART}/{code}"))


def kind_ref(name: str) -> str:
    """The reference of a kind of ext dimensions by its predefined name."""
    return str(uuid5(NAMESPACE_URL, f"provodka-sandbox/{KINDS}/{name}"))


@dataclass(frozen=True, slots=True)
class Account:
    """An account: `kind` is Active, Passive or ActivePassive; `dimensions` name its kinds."""

    code: str
    title: str
    kind: str
    name: str
    dimensions: tuple[str, ...] = ()
    quantitative: bool = False

    @property
    def ref(self) -> str:
        """The account's reference."""
        return account_ref(self.code)

    @property
    def parent(self) -> str:
        """The reference of the account it belongs to."""
        head = self.code.rpartition(".")[0]
        return account_ref(head) if head else EMPTY_GUID


_SETTLEMENTS = ("Контрагенты", "Договоры", "ДокументыРасчетовСКонтрагентами")
ACCOUNTS = (
    Account(OPENING, "Вспомогательный счет", "ActivePassive", "Вспомогательный"),
    Account("41", "Товары", "Active", "Товары", ("Номенклатура",), quantitative=True),
    Account(
        GOODS, "Товары на складах", "Active", "ТоварыНаСкладах", ("Номенклатура", "Склады"),
        quantitative=True,
    ),
    Account("50", "Касса", "Active", "Касса"),
    Account(CASH, "Касса организации", "Active", "КассаОрганизации"),
    Account(BANK, "Расчетные счета", "Active", "РасчетныеСчета", ("БанковскиеСчета",)),
    Account(
        "62", "Расчеты с покупателями и заказчиками", "ActivePassive",
        "РасчетыСПокупателямиИЗаказчиками", _SETTLEMENTS[:2],
    ),
    Account(
        BUYERS, "Расчеты с покупателями и заказчиками", "ActivePassive", "РасчетыСПокупателями",
        _SETTLEMENTS,
    ),
    Account(
        ADVANCES, "Расчеты по авансам полученным", "Passive", "РасчетыПоАвансамПолученным",
        _SETTLEMENTS,
    ),
    Account("68", "Расчеты по налогам и сборам", "ActivePassive", "РасчетыПоНалогамИСборам"),
    Account(VAT, "Налог на добавленную стоимость", "ActivePassive", "НДС"),
    Account("90", "Продажи", "ActivePassive", "Продажи"),
    Account("90.01", "Выручка", "Passive", "Выручка"),
    Account(
        REVENUE, "Выручка по деятельности с основной системой налогообложения", "Passive",
        "ВыручкаНеЕНВД", ("НоменклатурныеГруппы", "СтавкиНДС"),
    ),
    Account("90.02", "Себестоимость продаж", "Active", "СебестоимостьПродаж"),
    Account(
        COST, "Себестоимость продаж по деятельности с основной системой налогообложения",
        "Active", "СебестоимостьПродажНеЕНВД", ("НоменклатурныеГруппы",),
    ),
    Account(
        SALES_VAT, "Налог на добавленную стоимость", "Active", "Продажи_НДС",
        ("НоменклатурныеГруппы", "СтавкиНДС"),
    ),
)  # fmt: skip
BY_CODE = {account.code: account for account in ACCOUNTS}
BY_REF = {account.ref: account for account in ACCOUNTS}
_TITLES = {
    "БанковскиеСчета": "Банковские счета",
    "ДокументыРасчетовСКонтрагентами": "Документы расчетов с контрагентами",
    "НоменклатурныеГруппы": "Номенклатурные группы",
    "СтавкиНДС": "Ставки НДС",
}


def chart_items() -> Iterator[tuple[str, Record]]:
    """The accounts and the kinds of their ext dimensions as objects of the base."""
    kinds = dict.fromkeys(name for account in ACCOUNTS for name in account.dimensions)
    for number, name in enumerate(kinds, 1):
        yield (
            KINDS,
            {
                "Ref_Key": kind_ref(name),
                "Code": f"{number:09}",
                "Description": _TITLES.get(name, name),
                "Predefined": True,
                "PredefinedDataName": name,
            },
        )
    for account in ACCOUNTS:
        yield CHART, _item(account)


def _item(account: Account) -> Record:
    rows = [
        {
            "Ref_Key": account.ref,
            "LineNumber": str(line),
            "ExtDimensionType_Key": kind_ref(name),
            "Predefined": True,
            "Суммовой": True,
            "Количественный": account.quantitative,
        }
        for line, name in enumerate(account.dimensions, 1)
    ]
    return {
        "Ref_Key": account.ref,
        "Parent_Key": account.parent,
        "Code": account.code,
        "Description": account.title,
        "Order": account.code,
        "Type": account.kind,
        "Predefined": True,
        "PredefinedDataName": account.name,
        "Количественный": account.quantitative,
        "ЗапретитьИспользоватьВПроводках": any(
            other.code.startswith(f"{account.code}.") for other in ACCOUNTS
        ),
        "КодБыстрогоВыбора": account.code.replace(".", ""),
        "ExtDimensionTypes": rows,
    }
