"""Single acts of the accountant: register a payment, ship, take a posting back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any

from provodka.sandbox.accountant.invoices import (
    ZERO,
    Invoices,
    OpenRow,
    gross,
    gross_total,
    invoice_total,
)
from provodka.sandbox.accountant.vat import KOPECK, rate_on, vat_of
from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.posting import BANK_RECEIPT, CASH_RECEIPT, SHIPMENT
from provodka.sandbox.onec.values import Record, number_text
from provodka.sandbox.onec.writing import Writer, WriteRules

_HANDS = WriteRules(source="accountant")


@dataclass(frozen=True, slots=True)
class Done:
    """A document that the accountant posted; `amount` in roubles, with VAT."""

    act: str
    invoice: str
    invoice_number: str
    set: str
    ref: str
    number: str
    date: str
    amount: str

    def listed(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


class Accountant:
    """Creates and posts real documents, as a person at the base would."""

    def __init__(self, objects: Objects, writer: Writer, clock: Callable[[], str]) -> None:
        self._objects = objects
        self._writer = writer
        self._clock = clock
        self.invoices = Invoices(objects, writer.posting)

    def pay(
        self, invoice: Record, share: Decimal | None, date: str = "", *, cash: bool = False
    ) -> Done:
        """Pay a share of the invoice's sum, never more than is left (`share` None = the rest)."""
        left = self.invoices.unpaid(invoice)
        amount = left
        if share is not None:
            wanted = (invoice_total(invoice) * share).quantize(KOPECK, ROUND_HALF_UP)
            amount = min(wanted, left)
        if amount <= 0:
            raise ValueError(f"nothing is left to pay of invoice {invoice['Number']}")
        day = self._moment(date)
        set_name = CASH_RECEIPT if cash else BANK_RECEIPT
        body = self._receipt(invoice, amount, day, cash=cash)
        return self._enter("pay", invoice, set_name, body, amount)

    def ship(self, invoice: Record, share: Decimal | None, date: str = "") -> Done:
        """Ship a share of every row's quantity, never more than is left."""
        rows = self.invoices.unshipped(invoice)
        if not rows:
            raise ValueError(f"nothing is left to ship of invoice {invoice['Number']}")
        day = self._moment(date)
        body = self._shipment(invoice, rows, share, day)
        amount = gross_total(body, ("Товары", "Услуги"))
        body["СуммаДокумента"] = amount
        return self._enter("ship", invoice, SHIPMENT, body, amount)

    def unpost(self, set_name: str, ref: str) -> None:
        """Take back the posting of a document."""
        entity = self._objects.schema.entities.get(set_name)
        record = self._objects.get(set_name, ref.lower()) if entity else None
        if entity is None or record is None or entity.kind != "Document":
            raise ValueError(f"no document {set_name} {ref}")
        self._writer.unpost(entity, record, _HANDS)

    def _moment(self, date: str) -> str:
        if not date:
            return self._clock()
        return date if "T" in date else f"{date}T12:00:00"

    def _enter(
        self, act: str, invoice: Record, set_name: str, body: Record, amount: Decimal
    ) -> Done:
        entity = self._objects.schema.entities[set_name]
        with self._objects.database.transaction():
            record = self._writer.create(entity, body, _HANDS)
            self._writer.post(entity, record, _HANDS)
        return Done(
            act=act,
            invoice=invoice["Ref_Key"],
            invoice_number=invoice["Number"],
            set=set_name,
            ref=record["Ref_Key"],
            number=record["Number"],
            date=record["Date"],
            amount=number_text(amount),
        )

    def _receipt(self, invoice: Record, amount: Decimal, day: str, *, cash: bool) -> Record:
        purpose = f"Оплата по счету № {invoice['Number']} от {invoice['Date'][:10]}"
        common = {
            "Date": day,
            "Организация_Key": invoice["Организация_Key"],
            "ВидОперации": "ОплатаПокупателя",
            "Контрагент": invoice["Контрагент_Key"],
            "Контрагент_Type": "StandardODATA.Catalog_Контрагенты",
            "ДоговорКонтрагента_Key": invoice["ДоговорКонтрагента_Key"],
            "СуммаДокумента": amount,
            "ВалютаДокумента_Key": invoice["ВалютаДокумента_Key"],
            "РасшифровкаПлатежа": _receipt_rows(invoice, amount, day),
        }
        if cash:
            return common | {"Основание": purpose}
        return common | {
            "СчетОрганизации_Key": invoice["СтруктурнаяЕдиница_Key"],
            "НомерВходящегоДокумента": invoice["Number"][-6:].lstrip("0"),
            "ДатаВходящегоДокумента": f"{day[:10]}T00:00:00",
            "НазначениеПлатежа": purpose,
        }

    def _shipment(
        self, invoice: Record, rows: list[OpenRow], share: Decimal | None, day: str
    ) -> Record:
        copied = (
            "Организация_Key", "Контрагент_Key", "ДоговорКонтрагента_Key", "ВалютаДокумента_Key",
            "СуммаВключаетНДС", "ДокументБезНДС", "КурсВзаиморасчетов", "КратностьВзаиморасчетов",
            "Склад_Key", "АдресДоставки",
        )  # fmt: skip
        body: Record = {name: invoice[name] for name in copied}
        body |= {
            "Date": day,
            "СчетНаОплатуПокупателю_Key": invoice["Ref_Key"],
            "БанковскийСчетОрганизации_Key": invoice["СтруктурнаяЕдиница_Key"],
            "СпособЗачетаАвансов": "Автоматически",
            "Товары": [],
            "Услуги": [],
        }
        for item in rows:
            quantity = _part(item, share)
            section, row = self._shipment_row(invoice, item, quantity, day)
            row["LineNumber"] = str(len(body[section]) + 1)
            body[section].append(row)
        body["ВидОперации"] = "Товары" if body["Товары"] else "Услуги"
        return body

    def _shipment_row(
        self, invoice: Record, item: OpenRow, quantity: Decimal, day: str
    ) -> tuple[str, Record]:
        product = self._objects.get("Catalog_Номенклатура", item.row["Номенклатура"])
        whole = quantity == item.quantity
        share = item.amount * quantity / item.quantity
        amount = item.amount if whole else share.quantize(KOPECK, ROUND_HALF_UP)
        rate = rate_on(item.row["СтавкаНДС"], day[:10])
        row = {
            "Номенклатура_Key": item.row["Номенклатура"],
            "Количество": quantity,
            "Цена": item.row["Цена"],
            "Сумма": amount,
            "СтавкаНДС": rate,
            "СуммаНДС": vat_of(amount, rate, included=invoice["СуммаВключаетНДС"]),
            "СчетНаОплатуПокупателю_Key": invoice["Ref_Key"],
        }
        if product is not None and product["Услуга"]:
            return "Услуги", row | {"Содержание": item.row["Содержание"]}
        unit = {} if product is None else {"ЕдиницаИзмерения_Key": product["ЕдиницаИзмерения_Key"]}
        return "Товары", row | unit | {"Коэффициент": Decimal(1)}


def _part(item: OpenRow, share: Decimal | None) -> Decimal:
    """Whole pieces stay whole: a share of them is rounded up."""
    if share is None:
        return item.quantity
    wanted = Decimal(item.row["Количество"]) * share
    digits = Decimal(1) if item.row["Количество"] % 1 == 0 else Decimal("0.001")
    return min(wanted.quantize(digits, ROUND_CEILING), item.quantity)


def _receipt_rows(invoice: Record, amount: Decimal, day: str) -> list[Record]:
    """One row per VAT rate of the invoice, in proportion; kopecks that are left go to the last."""
    totals: dict[str, Decimal] = {}
    for row in invoice["Товары"]:
        rate = rate_on(row["СтавкаНДС"], day[:10])
        totals[rate] = totals.get(rate, ZERO) + gross(row, invoice)
    totals = {rate: total for rate, total in totals.items() if total} or {"БезНДС": amount}
    whole, left, rows = sum(totals.values(), ZERO), amount, []
    for number, (rate, total) in enumerate(totals.items(), 1):
        part = (amount * total / whole).quantize(KOPECK, ROUND_HALF_UP)
        part = left if number == len(totals) else min(part, left)
        left -= part
        rows.append(
            {
                "LineNumber": str(number),
                "ДоговорКонтрагента_Key": invoice["ДоговорКонтрагента_Key"],
                "СпособПогашенияЗадолженности": "Автоматически",
                "СуммаПлатежа": part,
                "КурсВзаиморасчетов": Decimal(1),
                "КратностьВзаиморасчетов": Decimal(1),
                "СуммаВзаиморасчетов": part,
                "СтавкаНДС": rate,
                "СуммаНДС": vat_of(part, rate, included=True),
                "СчетНаОплату_Key": invoice["Ref_Key"],
            }
        )
    return rows
