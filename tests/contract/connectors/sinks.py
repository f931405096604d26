"""One adapter for each sink; see `contract.Sink`."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from tests.contract.connectors.contract import Told
from tests.e2e.company import Company, run
from tests.e2e.neighbours import INVOICES, Neighbours

from provodka.connectors.client_bank.reader import read_file
from provodka.flows.bank.ordering import export_orders
from provodka.flows.hub import Hub
from provodka.foundation.errors import ProvodkaError

__all__ = ["Letters", "OrdersFile", "PaperMessages", "Papers"]

ROUNDS = 3
OURS, THEIRS = "40702810900000005555", "40817810009980084396"
WAITING = "SELECT trouble FROM hub.outbox WHERE target = :t AND trouble IS NOT NULL"
UNDONE = " AND state IN ('waiting', 'sending', 'unsure')"
COLUMNS = (
    "Номер", "Дата", "Сумма", "ПлательщикРасчСчет", "ПолучательРасчСчет", "Получатель1",
    "ПолучательИНН", "ПолучательБИК", "ПолучательБанк1", "ПолучательКорсчет", "НазначениеПлатежа",
)  # fmt: skip


@dataclass
class Papers:
    """Invoices over OData."""

    pace: ClassVar[int] = 1
    hub: Hub
    people: Company
    sandbox: Neighbours
    folder: Path
    target: str = "onec"
    lost: dict[str, Any] = field(default_factory=lambda: {"kind": "drop_after", "method": "POST"})
    streams: tuple[str, ...] = ("invoices", "outbox")
    keys: dict[str, Any] = field(default_factory=dict)

    def wish(self, count: int) -> Sequence[str]:
        made = [self.people.bill(self.people.deal()) for _one in range(count)]
        named = {self.people.number(key): key for key in made}
        self.keys |= named
        return list(named)

    def deliver(self) -> Sequence[Told]:
        told: list[Told] = []
        for _round in range(ROUNDS):
            self.people.now(self.target)
            for stream in self.streams:
                try:
                    run(self.hub, stream)
                except ProvodkaError as error:
                    told.append(Told.of(error))
        for (trouble,) in self.people.rows(WAITING + UNDONE, t=self.target):
            told.append(Told(trouble["code"], trouble["found"], trouble["next_step"]))
        return told

    def landed(self) -> Sequence[str]:
        return [row["Number"] for row in self.sandbox.rows(INVOICES)]

    def sides(self, key: str) -> tuple[Any, Any]:
        ours, theirs = self.people.invoice(self.keys[key]), self.sandbox.invoice(key)
        comment = str(theirs["Комментарий"]).partition("] ")[2]
        return (
            (ours.number, ours.amount, ours.comment, ours.accounting),
            (theirs["Number"], Decimal(str(theirs["СуммаДокумента"])), comment, "entered"),
        )

    @contextmanager
    def down(self) -> Iterator[None]:
        self.sandbox.fault("drop_before", count=None)
        yield
        self.sandbox.mend()

    def answer_lost(self) -> None:
        self.sandbox.fault(**self.lost)


@dataclass
class PaperMessages(Papers):
    """Invoices by messages of EnterpriseData."""

    pace: ClassVar[int] = 5
    lost: dict[str, Any] = field(default_factory=lambda: {"kind": "drop_after", "path": "PutData"})
    streams: tuple[str, ...] = ("exchange", "invoices", "outbox", "exchange")


@dataclass
class Letters(Papers):
    """Letters over SMTP, looked up in the folder of what was sent."""

    target: str = "mail"
    lost: dict[str, Any] = field(default_factory=lambda: {"kind": "smtp_drop_after"})
    streams: tuple[str, ...] = ("triggers", "outbox")

    def wish(self, count: int) -> Sequence[str]:
        titles = [f"Дело {len(self.keys) + number:03}" for number in range(count)]
        self.keys |= {title: self.people.deal(title=title) for title in titles}
        return titles

    def landed(self) -> Sequence[str]:
        return [letter["subject"].partition(": ")[2] for letter in self.sandbox.letters()]

    def sides(self, key: str) -> tuple[Any, Any]:
        [ours] = self.people.rows(
            "SELECT subject, text, recipient, message_id, status FROM crm.message"
            " WHERE subject LIKE '%' || :key", key=key,
        )  # fmt: skip
        [theirs] = [one for one in self.sandbox.letters() if one["subject"] == ours.subject]
        there = (theirs["subject"], theirs["text"].strip(), theirs["envelope_to"])
        return (
            (ours.subject, ours.text.strip(), ours.recipient, ours.message_id, ours.status),
            (*there, theirs["message_id"], "sent"),
        )

    @contextmanager
    def down(self) -> Iterator[None]:
        self.sandbox.fault("smtp_defer", count=None)
        yield
        self.sandbox.mend()


@dataclass
class OrdersFile(Papers):
    """A file of payment orders for the client of a bank; the bank tells nothing in return."""

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.file = self.folder / "orders.txt"

    def wish(self, count: int) -> Sequence[str]:
        numbers = [str(len(self.keys) + number + 1) for number in range(count)]
        self.keys |= {number: f"{number}00.50" for number in numbers}
        rows = [
            (number, "22.11.2026", amount, OURS, THEIRS, "Иванов Иван Иванович",
             "500100732259", "044525593", "АО БАНК", "", "Оплата по счету 7, НДС не облагается")
            for number, amount in self.keys.items()
        ]  # fmt: skip
        with self._list.open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle, delimiter=";").writerows([COLUMNS, *rows])
        return numbers

    @property
    def _list(self) -> Path:
        return self.folder.with_name("orders.csv")

    def deliver(self) -> Sequence[Told]:
        try:
            export_orders(self.hub, self._list, self.file)
        except ProvodkaError as error:
            return [Told.of(error)]
        return []

    def landed(self) -> Sequence[str]:
        if not self.file.exists():
            return []
        found = read_file(self.file)
        assert found.ended
        return [one.number for one in found.documents]

    def sides(self, key: str) -> tuple[Any, Any]:
        [theirs] = [one for one in read_file(self.file).documents if one.number == key]
        return (Decimal(self.keys[key]), OURS, THEIRS), (
            theirs.amount, theirs.payer.account, theirs.payee.account,
        )  # fmt: skip

    @contextmanager
    def down(self) -> Iterator[None]:
        away = self.folder.with_name("away")
        self.folder.rename(away)
        yield
        away.rename(self.folder)

    def answer_lost(self) -> None:
        """Nobody answers."""
