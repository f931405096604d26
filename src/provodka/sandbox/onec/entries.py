"""What posted documents move: entries of the accounting register and records of the others.

Entries follow those that «Бухгалтерия предприятия» 3.0 makes for sales: revenue and VAT on
shipment, cost from stock, payments against debts first and into advances with the rest, advances
set off by a shipment, oldest first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from provodka.sandbox.onec.chart import (
    ADVANCES,
    BANK,
    BUYERS,
    CASH,
    COST,
    GOODS,
    REVENUE,
    SALES_VAT,
    VAT,
    account_ref,
)
from provodka.sandbox.onec.movements import HIDDEN, Movement, Movements, Recorder, Standing
from provodka.sandbox.onec.schema import EMPTY_GUID, UNDEFINED
from provodka.sandbox.onec.values import Record

ACCOUNTING = "AccountingRegister_Хозрасчетный"
STOCK = "AccumulationRegister_ТоварыНаСкладах"
SETTLEMENTS = "AccumulationRegister_РасчетыСПокупателями"

Dimension = tuple[str, str]
_ZERO = Decimal(0)
_NOTHING: Dimension = ("", UNDEFINED)


def reference(set_name: str, ref: str) -> Dimension:
    """A value of an ext dimension that refers to an object."""
    return (ref, f"StandardODATA.{set_name}") if ref != EMPTY_GUID else _NOTHING


def vat_rate(name: str) -> Dimension:
    """A value of an ext dimension that is a rate of VAT."""
    return (name, "UnavailableEnums.СтавкиНДС") if name else _NOTHING


@dataclass(frozen=True, slots=True)
class Side:
    """One side of an entry: the account, its ext dimensions, the quantity if it counts one."""

    code: str
    dimensions: tuple[Dimension, ...] = ()
    quantity: Decimal = _ZERO


def entry(
    organization: str, debit: Side, credit: Side, amount: Decimal, text: str, subject: str = ""
) -> Movement:
    """An entry of the accounting register, in roubles."""
    values: Record = {
        "AccountDr_Key": account_ref(debit.code),
        "AccountCr_Key": account_ref(credit.code),
        "Организация_Key": organization,
        "Сумма": amount,
        "КоличествоDr": debit.quantity,
        "КоличествоCr": credit.quantity,
        "Содержание": text,
        HIDDEN: {
            "Dr": [list(pair) for pair in debit.dimensions],
            "Cr": [list(pair) for pair in credit.dimensions],
        },
    }
    standings = (_standing(debit, amount, 1), _standing(credit, amount, -1)) if subject else ()
    return Movement(ACCOUNTING, values, subject, standings)


def _standing(side: Side, amount: Decimal, sign: int) -> Standing:
    value, kind = side.dimensions[2] if len(side.dimensions) > 2 else _NOTHING
    return Standing(side.code, value, kind, sign * amount, sign * side.quantity)


@dataclass(frozen=True, slots=True)
class Buyer:
    """With whom the accounts are: organization, counterparty and contract, by reference."""

    organization: str
    party: str
    contract: str

    @property
    def subject(self) -> str:
        """What this buyer's entries are looked up by."""
        return f"{self.organization}|{self.party}|{self.contract}"

    def side(self, code: str, document: Dimension) -> Side:
        """A side of an entry on an account of settlements."""
        return Side(
            code,
            (
                reference("Catalog_Контрагенты", self.party),
                reference("Catalog_ДоговорыКонтрагентов", self.contract),
                document,
            ),
        )


class Bookkeeper:
    """Makes the movements of one document; what it moved before must have been cleared."""

    def __init__(self, movements: Movements) -> None:
        self._movements = movements

    def shipment(self, recorder: Recorder, record: Record) -> Iterator[Movement]:
        """Movements of `Document_РеализацияТоваровУслуг`."""
        buyer = Buyer(
            record["Организация_Key"], record["Контрагент_Key"], record["ДоговорКонтрагента_Key"]
        )
        own = (recorder.ref, recorder.type_name)
        total = _ZERO
        for name in ("Товары", "Услуги"):
            for row in record[name]:
                gross = row["Сумма"] + (_ZERO if record["СуммаВключаетНДС"] else row["СуммаНДС"])
                total += gross
                yield from self._sold(buyer, own, row, gross)
        for row in record["Товары"]:
            yield from self._taken_from_stock(record, row)
        if total:
            yield _settled(buyer, own, "Receipt", "Долг", total)
            yield from self._set_off(buyer, own, total)

    def payment(self, recorder: Recorder, record: Record, *, cash: bool) -> Iterator[Movement]:
        """Movements of a bank or cash receipt; rows of other operations move nothing here."""
        party = str(record["Контрагент"])
        if not party or record["ВидОперации"] not in {"", "ОплатаПокупателя"}:
            return
        source = Side(CASH) if cash else Side(BANK, (_account(record),))
        own = (recorder.ref, recorder.type_name)
        spent: dict[tuple[str, Dimension], Decimal] = {}
        for row in record["РасшифровкаПлатежа"]:
            buyer = Buyer(record["Организация_Key"], party, row["ДоговорКонтрагента_Key"])
            left = Decimal(row["СуммаПлатежа"])
            for document, debt in self._open(buyer, BUYERS):
                used = spent.get((buyer.subject, document), _ZERO)
                part = min(left, debt - used)
                if part > 0:
                    spent[buyer.subject, document] = used + part
                    left -= part
                    yield _paid(buyer, source, BUYERS, document, part)
                    yield _settled(buyer, document, "Expense", "Долг", part)
            if left > 0:
                yield _paid(buyer, source, ADVANCES, own, left)
                yield _settled(buyer, own, "Expense", "Аванс", left)

    def _sold(
        self, buyer: Buyer, own: Dimension, row: Record, gross: Decimal
    ) -> Iterator[Movement]:
        analytics = (_NOTHING, vat_rate(row["СтавкаНДС"]))
        yield entry(
            buyer.organization,
            buyer.side(BUYERS, own),
            Side(REVENUE, analytics),
            gross,
            "Реализация товаров и услуг",
            buyer.subject,
        )
        if row["СуммаНДС"]:
            sides = (Side(SALES_VAT, analytics), Side(VAT))
            yield entry(buyer.organization, *sides, row["СуммаНДС"], "НДС с реализации")

    def _taken_from_stock(self, record: Record, row: Record) -> Iterator[Movement]:
        item, warehouse = row["Номенклатура_Key"], record["Склад_Key"]
        subject = f"stock|{item}"
        left = self._movements.standings(subject, GOODS)
        taken = Decimal(row["Количество"])
        each = left[0].amount / left[0].quantity if left and left[0].quantity > 0 else _ZERO
        cost = (each * taken).quantize(Decimal("0.01"), ROUND_HALF_UP)
        stock = (reference("Catalog_Номенклатура", item), reference("Catalog_Склады", warehouse))
        sides = (Side(COST, (_NOTHING,)), Side(GOODS, stock, taken))
        yield entry(record["Организация_Key"], *sides, cost, "Списание товаров", subject)
        values = {"Номенклатура_Key": item, "Склад_Key": warehouse, "ВНаличии": taken}
        yield Movement(STOCK, values | {"RecordType": "Expense"}, item)

    def _set_off(self, buyer: Buyer, own: Dimension, total: Decimal) -> Iterator[Movement]:
        left = total
        for document, advance in self._open(buyer, ADVANCES):
            part = min(left, advance)
            if part > 0:
                left -= part
                sides = (buyer.side(ADVANCES, document), buyer.side(BUYERS, own))
                yield entry(buyer.organization, *sides, part, "Зачет аванса", buyer.subject)
                yield _settled(buyer, document, "Receipt", "Аванс", part)
                yield _settled(buyer, own, "Expense", "Долг", part)

    def _open(self, buyer: Buyer, code: str) -> list[tuple[Dimension, Decimal]]:
        """Documents with a balance on an account of settlements, oldest first."""
        sign = 1 if code == BUYERS else -1
        return [
            ((item.value, item.kind), sign * item.amount)
            for item in self._movements.standings(buyer.subject, code)
            if sign * item.amount > 0
        ]


def _account(record: Record) -> Dimension:
    return reference("Catalog_БанковскиеСчета", record["СчетОрганизации_Key"])


def _paid(buyer: Buyer, source: Side, code: str, document: Dimension, amount: Decimal) -> Movement:
    sides = (source, buyer.side(code, document))
    return entry(buyer.organization, *sides, amount, "Оплата от покупателя", buyer.subject)


def _settled(
    buyer: Buyer, document: Dimension, record_type: str, kind: str, amount: Decimal
) -> Movement:
    values: Record = {
        "RecordType": record_type,
        "Организация_Key": buyer.organization,
        "Контрагент_Key": buyer.party,
        "Договор_Key": buyer.contract,
        "Документ": document[0],
        "Документ_Type": document[1],
        "ТипРасчетов": kind,
        "Сумма": amount,
        "СуммаВал": amount,
    }
    return Movement(SETTLEMENTS, values, buyer.subject)
