"""Days of a company that lives by all the shipped scenarios, the same in every store."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Engine
from tests.flow.trigger_company import Company

from provodka.flows.triggers.publishing import register
from provodka.trigger_rules.book import RULES, RuleBook

__all__ = ["SCENARIOS", "Days", "everything", "outcome"]

SCENARIOS = ("romashka", "water_delivery", "bitrix_style", "control")
SEED = 20261122
DAY = timedelta(days=1)

NUMBERLESS = r"regexp_replace({}, '00-[0-9]{{6}}', '', 'g')"
"""A transaction that dies takes its number with it, so the next document has another."""
OUTCOME = {
    "effects": """
        SELECT e.rule, regexp_replace(e.key, '^.*[|]', ''), e.action, e.kind,
          coalesce(d.title, c.name, td.title || ': ' || t.subject || ' ' || t.due_at)
        FROM hub.effect e LEFT JOIN crm.deal d ON d.id = e.document
        LEFT JOIN crm.client c ON c.id = e.document LEFT JOIN crm.task t ON t.id = e.document
        LEFT JOIN crm.deal td ON td.id = t.deal_id""",
    "tasks": f"""
        SELECT d.title, {NUMBERLESS.format("t.subject")}, t.kind, t.status, t.due_at, e.name, t.rule
        FROM crm.task t JOIN crm.deal d ON d.id = t.deal_id
        LEFT JOIN crm.employee e ON e.id = t.executor_id""",
    "deals": """
        SELECT d.title, d.stage, d.status, d.stage_entry, d.expected_revenue, d.paused_until,
          d.deleted_at IS NULL, e.name
        FROM crm.deal d LEFT JOIN crm.employee e ON e.id = d.responsible_id""",
    "papers": "SELECT kind, title, amount FROM (SELECT 'proposal' AS kind, d.title, p.amount"
    " FROM crm.proposal p JOIN crm.deal d ON d.id = p.deal_id) papers",
    "letters": f"""
        SELECT m.direction, m.channel, m.recipient, {NUMBERLESS.format("m.subject")},
          {NUMBERLESS.format("m.text")}, m.status, d.title
        FROM crm.message m LEFT JOIN crm.deal d ON d.id = m.deal_id""",
    "signals": """
        SELECT s.name, s.kind, coalesce(d.title, c.name) FROM crm.signal s
        LEFT JOIN crm.deal d ON d.id = s.deal_id LEFT JOIN crm.client c ON c.id = s.client_id""",
    "waiting": """
        SELECT w.rule, w.action, w.state, w.due_at, d.title FROM hub.waiting w
        LEFT JOIN crm.deal d ON d.id = w.deal_id""",
    "firings": "SELECT f.rule, d.title FROM hub.firing f LEFT JOIN crm.deal d ON d.id = f.deal_id",
    "audience": "SELECT list, kind, hash FROM hub.audience",
    "stops": "SELECT d.title, s.attempt, s.status, s.planned_from FROM crm.delivery s"
    " JOIN crm.deal d ON d.id = s.deal_id",
    "set aside": "SELECT code FROM hub.quarantine WHERE state = 'open'",
}
"""What there is in the end, told without keys and without the database's own clock."""


def everything() -> RuleBook:
    """All the shipped scenarios together."""
    return RuleBook.load([RULES / f"{name}.yaml" for name in SCENARIOS])


def outcome(engine: Engine) -> dict[str, Counter[Any]]:
    """What has come of the days: how many rows of each kind."""
    with engine.connect() as connection:
        return {
            name: Counter(tuple(row) for row in connection.exec_driver_sql(query))
            for name, query in OUTCOME.items()
        }


@dataclass
class Days(Company):
    """The company day by day; what people enter has the same keys whatever the store."""

    book: RuleBook = field(default_factory=everything)
    entered: int = 0
    day: int = 0
    invoices: list[UUID] = field(default_factory=list)
    orders: list[UUID] = field(default_factory=list)
    leads: list[UUID] = field(default_factory=list)
    buyers: list[UUID] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        with self.engine.begin() as connection:
            register(connection, self.book, at_once=True)
        self.update("client", self.client, phone="+79990000001")
        self.insert("employee", name="Белов", role="manager", email="second@romashka.test")
        self.courier = self.insert("employee", name="Петров", role="courier")
        self.person = self.insert(
            "client", name="Ивушкина", kind="individual", phone="+79990000002"
        )
        self.firm = self.insert("client", name="АО Клен", kind="legal_entity", email="k@klen.test")

    def insert(self, table: str, origin: str = "person:test", **values: Any) -> UUID:
        """A row under a key of its own number."""
        self.entered += 1
        values.setdefault("id", uuid5(NAMESPACE_OID, str(self.entered)))
        return super().insert(table, origin, **values)

    def live(self) -> None:
        """A day's doings: deals begin and go on, people call and write, money and time pass."""
        self.day += 1
        self.now += DAY
        mood = random.Random(SEED + self.day)  # noqa: S311
        self._sales(mood)
        self._water(mood)
        self._leads(mood)
        self._afterwards(mood)

    def _sales(self, mood: random.Random) -> None:
        deal = self.deal(title=f"Ромашка {self.day}", amount=Decimal(mood.choice([900, 2_000_000])))
        proposal = self.proposal(deal, mood.choice(["100000.00", "150000.00"]), date=self.now)
        self.invoices.append(
            self.invoice(deal, "500.00", proposal_id=proposal, due_date=self.now.date())
        )
        if len(self.invoices) > 1:
            earlier = self.invoices[-2]
            self.pay(earlier, mood.choice(["500.00", "200.00"]))
            self.ship(earlier, "500.00")

    def _water(self, mood: random.Random) -> None:
        buyer = mood.choice([self.person, self.firm])
        ready = {"courier_id": self.courier, "delivery_at": self.now + timedelta(hours=3)}
        deal = self.deal(
            title=f"Вода {self.day}", scenario="water_delivery", stage="order", client_id=buyer
        )
        self.update("deal", deal, **(ready if mood.random() < 0.8 else {"delivery_at": self.now}))
        self.orders.append(deal)
        end = mood.choice(["done", "failed"])
        self.execute(
            "UPDATE crm.task SET status = :end, result = 'Клиента не было'"
            " WHERE kind = 'delivery' AND status = 'open'",
            end=end,
        )
        if end == "failed" and len(self.orders) > 1:
            self.update("deal", self.orders[-2], delivery_at=self.now + DAY)

    def _leads(self, mood: random.Random) -> None:
        client = self.insert(
            "client", name=f"Клиент {self.day}", phone=f"+7999100{self.day:04}",
            email=f"c{self.day}@clients.test",
        )  # fmt: skip
        self.buyers.append(client)
        self.leads.append(
            self.deal(
                title=f"Заявка {self.day}", scenario="bitrix_style", stage="new_lead",
                client_id=client, amount=Decimal(700), responsible_id=None,
            )
        )  # fmt: skip
        some = mood.choice(self.buyers)
        self.insert("form_entry", client_id=some, kind="form", form="order", at=self.now)
        self.insert(
            "call", "telephony", source="office", call_key=f"c{self.day}", client_id=some,
            direction="incoming", outcome=mood.choice(["missed", "answered"]), started_at=self.now,
        )  # fmt: skip
        self.insert(
            "message", "mail", direction="incoming", status="received", client_id=some,
            kind="person", sender=f"c{self.day}@clients.test", created_at=self.now,
        )  # fmt: skip
        stage = mood.choice(["work", "offer", "decision", "later", "poor", "won", "lost"])
        self.execute(
            "UPDATE crm.deal SET stage = :stage WHERE id = :id AND status = 'open'"
            " AND deleted_at IS NULL",
            stage=stage,
            id=mood.choice(self.leads),
        )

    def _afterwards(self, mood: random.Random) -> None:
        """Tasks are done late or put off, a talk is held, a call back is asked for."""
        self.execute(
            "UPDATE crm.task SET status = 'done' WHERE status = 'open' AND kind <> 'delivery'"
            " AND deal_id = :deal",
            deal=mood.choice(self.leads),
        )
        self.execute(
            "UPDATE crm.task SET due_at = due_at + interval '1 day' WHERE status = 'open'"
            " AND subject = 'Перезвонить клиенту'"
        )
        self.insert("form_entry", client_id=mood.choice(self.buyers), kind="callback", at=self.now)
        self.insert("visit", client_id=mood.choice(self.buyers), page="/prices", at=self.now)


def starting(moment: datetime) -> datetime:
    """Noon of that day: working hours in the company's zone."""
    return moment.replace(hour=8, minute=0, second=0, microsecond=0)
