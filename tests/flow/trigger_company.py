"""A tiny company in a fresh store, and its people's doings, for the tests of rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text

from provodka.connectors.crm_store import journal
from provodka.flows.triggers.apply import apply_triggers
from provodka.flows.triggers.clock import strike
from provodka.flows.triggers.scenarios import sync_scenarios
from provodka.foundation.identifiers import uuid7
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.calendar import WorkingCalendar

FRIDAY = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


@dataclass
class Company:
    """One manager, one head, one client; rules of «Ромашка» unless told otherwise."""

    engine: Engine
    book: RuleBook = field(default_factory=RuleBook.load)
    calendar: WorkingCalendar = field(default_factory=WorkingCalendar)
    now: datetime = FRIDAY

    def __post_init__(self) -> None:
        with self.engine.begin() as connection:
            sync_scenarios(connection, self.book)
        self.head = self.insert(
            "employee", name="Громова Вера", role="head", email="head@romashka.test"
        )
        self.manager = self.insert(
            "employee", name="Лунин Олег", role="manager", email="manager@romashka.test"
        )
        self.client = self.insert("client", name="ООО Ландыш", email="buyer@landysh.test")

    def insert(self, table: str, origin: str = "person:test", **values: Any) -> UUID:
        """A new row; returns its key."""
        key: UUID = values.setdefault("id", uuid7())
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        self.execute(f"INSERT INTO crm.{table} ({names}) VALUES ({marks})", origin, **values)
        return key

    def update(self, table: str, key: UUID, origin: str = "person:test", **values: Any) -> None:
        """Change a row."""
        changes = ", ".join(f"{name} = :{name}" for name in values)
        self.execute(f"UPDATE crm.{table} SET {changes} WHERE id = :id", origin, id=key, **values)

    def execute(self, sql: str, origin: str = "person:test", **values: Any) -> None:
        """Any statement, as somebody."""
        with self.engine.begin() as connection:
            journal.attribute(connection, origin)
            connection.execute(text(sql), values)

    def rows(self, sql: str, **values: Any) -> list[Any]:
        """What a query finds."""
        with self.engine.connect() as connection:
            return list(connection.execute(text(sql), values))

    def react(self, **options: Any) -> Counter[str]:
        """Let the rules work."""
        return apply_triggers(self.engine, self.book, self.calendar, self.now, **options)

    def strike(self) -> Counter[str]:
        """Let the clock say what time has brought about."""
        return strike(self.engine, self.book, self.calendar, self.now)

    def deal(self, **values: Any) -> UUID:
        """A new deal at the first stage."""
        values = {
            "title": "Поставка воды", "client_id": self.client, "responsible_id": self.manager,
            "scenario": "romashka", "stage": "info_letter", **values,
        }  # fmt: skip
        return self.insert("deal", **values)

    def proposal(self, deal: UUID, amount: str = "50000.00", **values: Any) -> UUID:
        """A posted proposal."""
        return self.insert(
            "proposal", deal_id=deal, client_id=self.client, amount=Decimal(amount), **values
        )

    def invoice(self, deal: UUID, amount: str = "50000.00", **values: Any) -> UUID:
        """A posted invoice; name its `proposal_id` to issue it on the basis of one."""
        return self.insert(
            "invoice", deal_id=deal, client_id=self.client, amount=Decimal(amount), **values
        )

    def pay(self, invoice: UUID, amount: str = "50000.00") -> UUID:
        """A posted payment for an invoice."""
        payment = self.insert(
            "payment", "onec", client_id=self.client, amount=Decimal(amount), posted=True
        )
        self.execute(
            "INSERT INTO crm.payment_allocations (payment_id, line, invoice_id, amount)"
            " VALUES (:payment, 1, :invoice, :amount)",
            "onec",
            payment=payment,
            invoice=invoice,
            amount=Decimal(amount),
        )
        return payment

    def ship(self, invoice: UUID, amount: str = "50000.00") -> UUID:
        """A posted shipment of an invoice."""
        product = self.insert("product", name="Вода 19 л")
        shipment = self.insert(
            "shipment", "onec", client_id=self.client, amount=Decimal(amount), posted=True,
            invoice_id=invoice,
        )  # fmt: skip
        self.execute(
            "INSERT INTO crm.shipment_lines"
            " (shipment_id, line, product_id, quantity, price, amount)"
            " VALUES (:shipment, 1, :product, 1, :amount, :amount)",
            "onec",
            shipment=shipment,
            product=product,
            amount=Decimal(amount),
        )
        return shipment

    def stage(self, deal: UUID) -> str:
        """Where the deal is."""
        return str(self.rows("SELECT stage FROM crm.deal WHERE id = :id", id=deal)[0].stage)

    def tasks(self, deal: UUID, status: str = "open") -> list[str]:
        """Subjects of the deal's tasks, oldest first."""
        query = "SELECT subject FROM crm.task WHERE deal_id = :id AND status = :status ORDER BY id"
        return [row.subject for row in self.rows(query, id=deal, status=status)]

    def letters(self, template: str | None = None) -> list[Any]:
        """Letters queued, all or from one template."""
        query = (
            "SELECT * FROM crm.message WHERE CAST(:t AS text) IS NULL OR template = :t ORDER BY id"
        )
        return self.rows(query, t=template)

    def set_aside(self) -> list[Any]:
        """What the rules could not do."""
        return self.rows(
            "SELECT * FROM hub.quarantine WHERE stream = 'triggers' AND state = 'open'"
        )
