"""Posting: what the configuration checks, and what a posted document moves.

A payment moves the register of invoice payments and the invoice's status; a shipment moves the
second status; both make entries (`entries`). Texts of refusals follow those of the configuration.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from provodka.sandbox.onec.entries import Bookkeeper
from provodka.sandbox.onec.errors import refused
from provodka.sandbox.onec.movements import Movement, Movements, Recorder
from provodka.sandbox.onec.objects import Objects, presentation
from provodka.sandbox.onec.schema import EMPTY_DATE, EMPTY_GUID, Entity
from provodka.sandbox.onec.values import Record

INVOICE = "Document_СчетНаОплатуПокупателю"
SHIPMENT = "Document_РеализацияТоваровУслуг"
BANK_RECEIPT = "Document_ПоступлениеНаРасчетныйСчет"
CASH_RECEIPT = "Document_ПриходныйКассовыйОрдер"
STATUSES = "InformationRegister_СтатусыДокументов"
PAYMENTS = "AccumulationRegister_ОплатаСчетов"
INVOICE_TYPE = f"StandardODATA.{INVOICE}"

_REQUIRED = {
    INVOICE: ("Организация_Key", "Контрагент_Key", "ДоговорКонтрагента_Key"),
    SHIPMENT: ("Организация_Key", "Контрагент_Key", "ДоговорКонтрагента_Key"),
    BANK_RECEIPT: ("Организация_Key", "СуммаДокумента"),
    CASH_RECEIPT: ("Организация_Key", "СуммаДокумента"),
}
_SECTIONS = {
    INVOICE: ("Товары",),
    SHIPMENT: ("Товары", "Услуги", "АгентскиеУслуги"),
    BANK_RECEIPT: ("РасшифровкаПлатежа",),
    CASH_RECEIPT: ("РасшифровкаПлатежа",),
}


def _is_empty(value: object) -> bool:
    return value in {EMPTY_GUID, "", EMPTY_DATE} or value == 0


class Posting:
    """Posts and unposts documents of one base; the caller opens the transaction.

    Only a base of Бухгалтерия checks and moves anything; others just mark documents as posted.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._database = objects.database
        self._movements = Movements(objects)
        self._bookkeeper = Bookkeeper(self._movements)
        self._keeps_books = INVOICE in objects.schema.entities

    def check(self, entity: Entity, record: Record) -> None:
        """Refuse to post a document that is not filled (500/−1)."""
        head = f'Не удалось провести: "{presentation(entity, record)}"!'
        if record["DeletionMark"]:
            raise refused(f"{head} Документ помечен на удаление")
        if not self._keeps_books:
            return
        for name in _REQUIRED.get(entity.name, ()):
            if _is_empty(record[name]):
                title = name.removesuffix("_Key")
                raise refused(f'{head} Поле "{title}" не заполнено')
        sections = _SECTIONS.get(entity.name, ())
        if sections and not any(record[name] for name in sections):
            raise refused(f'{head} Не введено ни одной строки в список "{sections[0]}"')

    def post(self, entity: Entity, record: Record, sender: str = "") -> None:
        """Check, mark as posted, write the movements anew; `sender` as in `Objects.put`."""
        self.check(entity, record)
        recorder = _recorder(entity, record)
        touched, emptied = self._clear(recorder)
        record["Posted"] = True
        self._objects.put(entity, record, sender)
        moves = list(self._moves(entity, recorder, record)) if self._keeps_books else []
        self._movements.write(recorder, moves, emptied, sender)
        if entity.name == SHIPMENT and self._keeps_books:
            touched |= self._cover(record)
        elif entity.name == INVOICE:
            touched.add(str(record["Ref_Key"]))
        self._refresh({*touched, *(move.subject for move in moves if move.register == PAYMENTS)})

    def unpost(self, entity: Entity, record: Record, sender: str = "") -> None:
        """Take the movements back."""
        recorder = _recorder(entity, record)
        touched, emptied = self._clear(recorder)
        record["Posted"] = False
        self._objects.put(entity, record, sender)
        self._movements.write(recorder, (), emptied, sender)
        if entity.name == INVOICE:
            self._objects.remove(STATUSES, self._status_key(record))
            touched.discard(str(record["Ref_Key"]))
        self._refresh(touched)

    def paid(self, invoice: str) -> Decimal:
        """How much of an invoice posted payments cover, in its currency."""
        return total_of(self._movements.about(PAYMENTS, invoice), "Сумма")

    def shipments(self, invoice: str) -> list[Record]:
        """Posted shipments that refer to an invoice."""
        found = self._database.rows("SELECT shipment FROM shipped WHERE invoice = ?", invoice)
        records = (self._objects.get(SHIPMENT, row[0]) for row in found)
        return [record for record in records if record is not None]

    def _clear(self, recorder: Recorder) -> tuple[set[str], set[str]]:
        """Forget what a document moved: the invoices it touched, the registers it emptied."""
        found = self._database.rows("SELECT invoice FROM shipped WHERE shipment = ?", recorder.ref)
        touched = {row[0] for row in found} | self._movements.subjects(recorder.ref, PAYMENTS)
        self._database.run("DELETE FROM shipped WHERE shipment = ?", recorder.ref)
        return touched, self._movements.clear(recorder)

    def _moves(self, entity: Entity, recorder: Recorder, record: Record) -> Iterator[Movement]:
        if entity.name in {BANK_RECEIPT, CASH_RECEIPT}:
            yield from _invoices_paid(record)
            cash = entity.name == CASH_RECEIPT
            yield from self._bookkeeper.payment(recorder, record, cash=cash)
        elif entity.name == SHIPMENT:
            yield from self._bookkeeper.shipment(recorder, record)

    def _cover(self, record: Record) -> set[str]:
        invoices = set(shipped_amounts(record))
        for invoice in invoices:
            self._database.run(
                "INSERT OR REPLACE INTO shipped (shipment, invoice) VALUES (?,?)",
                record["Ref_Key"],
                invoice,
            )
        return invoices

    def _status_key(self, invoice: Record) -> str:
        return f"{invoice['Организация_Key']}|{invoice['Ref_Key']}|{INVOICE_TYPE}"

    def _refresh(self, invoices: Iterable[str]) -> None:
        for ref in sorted(invoices):
            entity = self._objects.schema.entities[STATUSES]
            invoice = self._objects.get(INVOICE, ref)
            if invoice is not None and invoice["Posted"]:
                shipped = sum(
                    (shipped_amounts(item).get(ref, Decimal(0)) for item in self.shipments(ref)),
                    Decimal(0),
                )
                record = status_record(entity, invoice, self.paid(ref), shipped)
                self._objects.put(entity, record)


def _recorder(entity: Entity, record: Record) -> Recorder:
    return Recorder(entity.name, str(record["Ref_Key"]), str(record["Date"]))


def _invoices_paid(record: Record) -> Iterator[Movement]:
    for row in record["РасшифровкаПлатежа"]:
        if row["СчетНаОплату_Key"] != EMPTY_GUID:
            values = {
                "Организация_Key": record["Организация_Key"],
                "СчетНаОплату": row["СчетНаОплату_Key"],
                "СчетНаОплату_Type": INVOICE_TYPE,
                "СтавкаНДС": row["СтавкаНДС"],
                "Сумма": row["СуммаПлатежа"],
                "СуммаНДС": row["СуммаНДС"],
                "Валюта_Key": record["ВалютаДокумента_Key"],
            }
            yield Movement(PAYMENTS, values, str(row["СчетНаОплату_Key"]))


def shipped_amounts(shipment: Record) -> dict[str, Decimal]:
    """How much of each invoice a shipment covers: rows name an invoice, or the header does."""
    amounts: dict[str, Decimal] = {}
    header = str(shipment["СчетНаОплатуПокупателю_Key"])
    included = shipment["СуммаВключаетНДС"]
    for name in _SECTIONS[SHIPMENT]:
        for row in shipment[name]:
            own = str(row["СчетНаОплатуПокупателю_Key"])
            invoice = own if own != EMPTY_GUID else header
            if invoice != EMPTY_GUID:
                amount = row["Сумма"] if included else row["Сумма"] + row["СуммаНДС"]
                amounts[invoice] = amounts.get(invoice, Decimal(0)) + amount
    return amounts


def status_record(entity: Entity, invoice: Record, paid: Decimal, shipped: Decimal) -> Record:
    """The invoice's row in the register of document statuses."""
    total = Decimal(invoice["СуммаДокумента"])
    record: Record = {name: field.default for name, field in entity.fields.items()}
    record |= {
        "Организация_Key": invoice["Организация_Key"],
        "Документ": invoice["Ref_Key"],
        "Документ_Type": INVOICE_TYPE,
        "Статус": _degree(paid, total, "Оплачен", "ОплаченЧастично", "НеОплачен"),
        "Статус_Type": "UnavailableEnums.СтатусОплатыСчета",
        "ДополнительныйСтатус": _degree(
            shipped, total, "Отгружен", "ОтгруженЧастично", "НеОтгружен"
        ),
        "ДополнительныйСтатус_Type": "UnavailableEnums.СтатусыОтгрузки",
    }
    return record


def _degree(done: Decimal, total: Decimal, full: str, part: str, none: str) -> str:
    if done <= 0:
        return none
    return full if done >= total else part


def empty_record(entity: Entity) -> Record:
    """A record with every property at its empty value."""
    record: Record = {name: field.default for name, field in entity.fields.items()}
    record |= {name: [] for name in entity.sections}
    return record


def total_of(rows: Iterable[Record], name: str) -> Decimal:
    """The sum of a column of a tabular section."""
    return sum((Decimal(row[name]) for row in rows), Decimal(0))
