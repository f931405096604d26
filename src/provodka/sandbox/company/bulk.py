"""Many posted invoices at once, for measuring how fast they can be read."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from provodka.sandbox.accountant.vat import rate_of_kind, vat_of
from provodka.sandbox.company.books import ACCOUNTS, CONTRACTS, CURRENCIES, OWN, PARTIES, WAREHOUSES
from provodka.sandbox.company.books import PRODUCTS_SET as ITEMS
from provodka.sandbox.company.names import PRODUCTS
from provodka.sandbox.company.parties import Identity, parties
from provodka.sandbox.onec.numbering import ORGANIZATIONS
from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.posting import INVOICE, STATUSES, empty_record, status_record
from provodka.sandbox.onec.values import Record

CHUNK = 1000
_STEP = timedelta(seconds=97)


class Bulk:
    """Prepares invoices of one seed and puts them into the base, already posted.

    Only a base of Бухгалтерия has invoices of this kind.
    """

    def __init__(self, objects: Objects, seed: int) -> None:
        self._objects = objects
        self._identity = Identity(seed)
        self._invoices = objects.schema.entities[INVOICE]
        self._statuses = objects.schema.entities[STATUSES]
        self._blank = empty_record(self._invoices) | self._common()
        rows = self._invoices.sections["Товары"]
        self._blank_row = {name: field.default for name, field in rows.items()}
        self._parties = [
            (self._identity.guid(PARTIES, party.key), self._identity.guid(CONTRACTS, party.key))
            for party in parties(seed)
        ]
        self._items = [
            (self._identity.guid(ITEMS, product.article), product) for product in PRODUCTS
        ]

    def run(self, count: int, lines: int, today: datetime) -> Iterator[int]:
        """Insert `count` invoices of `lines` rows; yields how many are there after each chunk."""
        database = self._objects.database
        first = int(database.setting("bulk", 0))
        choice = random.Random(f"{self._identity.seed}/bulk/{first}")
        start = today - _STEP * count
        for begin in range(0, count, CHUNK):
            numbers = range(begin, min(begin + CHUNK, count))
            records = [
                self._invoice(first + number + 1, start + _STEP * number, lines, choice)
                for number in numbers
            ]
            with database.transaction():
                self._objects.put_many(self._prepared(records))
                database.remember("bulk", first + numbers[-1] + 1)
            yield numbers[-1] + 1

    def _common(self) -> Record:
        guid = self._identity.guid
        return {
            "Posted": True,
            "Организация_Key": guid(ORGANIZATIONS, OWN),
            "СтруктурнаяЕдиница_Key": guid(ACCOUNTS, OWN),
            "Склад_Key": guid(WAREHOUSES, OWN),
            "ВалютаДокумента_Key": guid(CURRENCIES, "RUB"),
            "КратностьВзаиморасчетов": "1",
            "КурсВзаиморасчетов": Decimal(1),
            "СуммаВключаетНДС": True,
            "ВидОперации": "ТоварыИУслуги",
        }

    def _prepared(self, records: list[Record]) -> Iterator[tuple[tuple[object, ...], bytes, int]]:
        objects = self._objects
        for record in records:
            record["DataVersion"] = objects.next_version()
            columns = objects.columns(self._invoices, record)
            yield columns, *objects.render(self._invoices, record)
            status = status_record(self._statuses, record, Decimal(0), Decimal(0))
            columns = objects.columns(self._statuses, status)
            yield columns, *objects.render(self._statuses, status)

    def _invoice(self, number: int, moment: datetime, lines: int, choice: random.Random) -> Record:
        ref = self._identity.guid(INVOICE, number)
        party, contract = choice.choice(self._parties)
        day = moment.replace(microsecond=0, tzinfo=None).isoformat()
        rows = [self._row(ref, line, day, choice) for line in range(1, lines + 1)]
        return self._blank | {
            "Ref_Key": ref,
            "Number": f"МН00-{number:06}",
            "Date": day,
            "Контрагент_Key": party,
            "ДоговорКонтрагента_Key": contract,
            "СуммаДокумента": sum((row["Сумма"] for row in rows), Decimal(0)),
            "Товары": rows,
        }

    def _row(self, ref: str, line: int, day: str, choice: random.Random) -> Record:
        item, product = choice.choice(self._items)
        quantity = Decimal(choice.randint(1, 12))
        amount = product.price * quantity
        rate = rate_of_kind(product.vat, day[:10])
        return self._blank_row | {
            "Ref_Key": ref,
            "LineNumber": str(line),
            "Номенклатура": item,
            "Номенклатура_Type": f"StandardODATA.{ITEMS}",
            "Содержание": product.name,
            "Количество": quantity,
            "Цена": product.price,
            "Сумма": amount,
            "СтавкаНДС": rate,
            "СуммаНДС": vat_of(amount, rate, included=True),
        }
