"""What is left to pay and to ship of an invoice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from provodka.sandbox.accountant.vat import KOPECK
from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.posting import INVOICE, Posting, shipped_amounts, total_of
from provodka.sandbox.onec.values import Record

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A row of an invoice with what is not shipped yet; sums as the row has them."""

    row: Record
    quantity: Decimal
    amount: Decimal


class Invoices:
    """Finds invoices and counts what posted documents have not covered."""

    def __init__(self, objects: Objects, posting: Posting) -> None:
        self._objects = objects
        self._posting = posting

    def find(self, name: str) -> Record:
        """A posted invoice by reference or number; `ValueError` if there is none."""
        record = self._objects.get(INVOICE, name.lower())
        if record is None:
            identifiers = self._objects.find(
                INVOICE, " AND o.number = ?", (name.casefold(),), "o.date DESC", " LIMIT 1"
            )
            record = self._objects.load(identifiers[0]) if identifiers else None
        if record is None:
            raise ValueError(f"no invoice with reference or number {name}")
        if not record["Posted"]:
            raise ValueError(f"invoice {name} is not posted")
        return record

    def posted(self) -> Iterator[Record]:
        """All posted invoices, oldest first."""
        where = " AND o.posted = 1 AND o.mark = 0"
        for identifier in self._objects.find(INVOICE, where, (), "o.date, o.id"):
            yield self._objects.load(identifier)

    def unpaid(self, invoice: Record) -> Decimal:
        """Roubles that no posted payment covers."""
        return invoice_total(invoice) - self._posting.paid(invoice["Ref_Key"])

    def unshipped(self, invoice: Record) -> list[OpenRow]:
        """Rows with a quantity that no posted shipment covers."""
        shipped = self._shipped(invoice["Ref_Key"])
        rows = []
        for row in invoice["Товары"]:
            quantity, amount = shipped.get(row["Номенклатура"], (ZERO, ZERO))
            used = min(quantity, row["Количество"])
            share = amount if used == quantity else (amount * used / quantity).quantize(KOPECK)
            shipped[row["Номенклатура"]] = (quantity - used, amount - share)
            if used < row["Количество"]:
                left = max(row["Сумма"] - share, ZERO)
                rows.append(OpenRow(row, row["Количество"] - used, left))
        return rows

    def is_open(self, invoice: Record) -> bool:
        """Whether anything is left to pay or to ship."""
        return self.unpaid(invoice) > 0 or bool(self.unshipped(invoice))

    def _shipped(self, invoice: str) -> dict[str, tuple[Decimal, Decimal]]:
        totals: dict[str, tuple[Decimal, Decimal]] = {}
        for shipment in self._posting.shipments(invoice):
            if invoice not in shipped_amounts(shipment):
                continue
            for row in (*shipment["Товары"], *shipment["Услуги"]):
                quantity, amount = totals.get(row["Номенклатура_Key"], (ZERO, ZERO))
                totals[row["Номенклатура_Key"]] = (
                    quantity + row["Количество"],
                    amount + row["Сумма"],
                )
        return totals


def invoice_total(invoice: Record) -> Decimal:
    """What the client owes: the header's sum, or that of the rows if the header has none."""
    if invoice["СуммаДокумента"]:
        return Decimal(invoice["СуммаДокумента"])
    return sum((gross(row, invoice) for row in invoice["Товары"]), ZERO)


def gross(row: Record, document: Record) -> Decimal:
    """A row's sum with its VAT."""
    return Decimal(row["Сумма"] + (ZERO if document["СуммаВключаетНДС"] else row["СуммаНДС"]))


def gross_total(document: Record, sections: tuple[str, ...]) -> Decimal:
    """The sum of a document with its VAT."""
    rows = [row for name in sections for row in document[name]]
    total = total_of(rows, "Сумма")
    return total if document["СуммаВключаетНДС"] else total + total_of(rows, "СуммаНДС")
