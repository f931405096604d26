"""A company that works on whatever happens to its hub, and the books to judge the hub by."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from tests.e2e.company import HEAD, Company
from tests.e2e.neighbours import INVOICES, Neighbours

__all__ = ["Life", "Order", "violations"]

LIMIT = Decimal(100_000)
AMOUNTS = ("99999.99", "100000.00", "100000.01", "5400.00", "350000.50")
HABITS = (
    ("pay", "ship"),
    ("ship", "pay"),
    ("pay 0.4",),
    ("ship", "pay 0.5", "pay"),
    ("pay", "ship 0.4"),
    ("pay 0.3", "ship", "pay 0.3"),
    (),
)
RULES = {"call_back": "deal", "proposal_next_call": "proposal", "invoice_issued": "invoice"}


@dataclass
class Order:
    """One deal on its way, and what has been done about it so far."""

    deal: UUID
    title: str
    email: str
    amount: str
    habit: tuple[str, ...]
    proposal: UUID | None = None
    invoice: UUID | None = None
    number: str = ""
    done: int = 0

    @property
    def settled(self) -> bool:
        """Paid and shipped in full."""
        return {"pay", "ship"} <= set(self.habit[: self.done])


@dataclass
class Life:
    """Managers, the accountant and callers; each day everybody does a little."""

    company: Company
    sandbox: Neighbours
    mood: random.Random
    orders: list[Order] = field(default_factory=list)
    calls: int = 0

    def day(self, number: int) -> None:
        """Whatever the state of the hub, people do their work."""
        if number % 2 == 0:
            self.open()
        for order in self.orders:
            if order.proposal is None and self.mood.random() < 0.5:
                order.proposal = self.company.propose(order.deal, order.amount)
            elif order.proposal and order.invoice is None and self.mood.random() < 0.4:
                self._bill(order)
        if number % 5 == 0:
            self.sandbox.call()
            self.calls += 1
        self.account()

    def open(self) -> None:
        """A manager opens a deal."""
        turn = len(self.orders)
        title = f"Заказ {turn:03}"
        buyer = self.company.buyers[turn]
        deal = self.company.deal(title=title, client_id=buyer.id)
        amount, habit = AMOUNTS[turn % len(AMOUNTS)], HABITS[turn % len(HABITS)]
        self.orders.append(Order(deal, title, buyer.email, amount, habit))

    def account(self) -> bool:
        """The accountant does the next thing about each invoice in the base; is any left?"""
        waiting = [one for one in self.orders if one.invoice and one.done < len(one.habit)]
        for order in waiting:
            act, _space, share = order.habit[order.done].partition(" ")
            order.done += self.sandbox.tried(act, order.number, share or None)
        return bool(waiting)

    def finish(self) -> None:
        """Managers do what they have not got round to."""
        for order in self.orders:
            if order.proposal is None:
                order.proposal = self.company.propose(order.deal, order.amount)
            if order.invoice is None:
                self._bill(order)

    def unfinished(self) -> int:
        """How much the hub still has to do."""
        return int(
            self.company.value(
                "SELECT (SELECT count(*) FROM hub.outbox"
                " WHERE state IN ('waiting', 'sending', 'unsure')) + :acts"
                " - (SELECT count(*) FROM crm.payment) - (SELECT count(*) FROM crm.shipment)"
                " + :won - (SELECT count(*) FROM crm.deal WHERE status = 'won')"
                " + greatest(0, :calls - (SELECT count(*) FROM crm.call))",
                calls=self.calls,
                acts=sum(order.done for order in self.orders),
                won=sum(order.settled for order in self.orders),
            )
        )

    def _bill(self, order: Order) -> None:
        order.invoice = self.company.bill(order.deal, order.amount, proposal_id=order.proposal)
        order.number = self.company.number(order.invoice)


def violations(life: Life) -> list[str]:
    """Everything that was lost, doubled or left lying."""
    return [
        *_letters(life),
        *_tasks(life),
        *_papers(life),
        *_deals(life),
        *_memory(life.company),
    ]


def _letters(life: Life) -> Iterator[str]:
    numbers = dict(life.company.rows("SELECT id, number FROM crm.proposal"))
    expected: Counter[tuple[str, str]] = Counter()
    for order in life.orders:
        expected[order.email, f"Информационное письмо: {order.title}"] += 1
        expected[order.email, f"Счет {order.number}"] += 1
        if Decimal(order.amount) > LIMIT:
            expected[HEAD, f"КП {numbers[order.proposal]}"] += 1
    sent: Counter[tuple[str, str]] = Counter()
    for letter in life.sandbox.letters():
        kind, _space, rest = letter["subject"].partition(" ")
        subject = f"{kind} {rest.split(' ')[0]}" if kind in ("Счет", "КП") else letter["subject"]
        sent[letter["envelope_to"], subject] += 1
    yield from _unequal("letters", expected, sent)
    marks = Counter(letter["message_id"] for letter in life.sandbox.letters())
    yield from (f"Message-ID twice: {mark}" for mark, times in marks.items() if times > 1)


def _tasks(life: Life) -> Iterator[str]:
    expected = Counter((order.deal, rule) for order in life.orders for rule in RULES)
    made = Counter(
        tuple(row) for row in life.company.rows("SELECT deal_id, rule FROM crm.task")
        if row.rule in RULES
    )  # fmt: skip
    yield from _unequal("tasks", expected, made)


def _papers(life: Life) -> Iterator[str]:
    sandbox, company = life.sandbox, life.company
    created = [one for one in sandbox.writes(INVOICES) if one["method"] == "POST"]
    there = sandbox.rows(INVOICES)
    yield from _unequal(
        "invoices in 1C",
        Counter(order.number for order in life.orders),
        Counter(one["Number"] for one in there if one["Posted"]),
    )
    marks = Counter(one["Комментарий"].partition("]")[0] for one in there)
    yield from (f"marker twice: {mark}" for mark, times in marks.items() if times > 1)
    if len({one["ref"] for one in created}) != len(there):
        yield "an invoice that was created is not there"
    acts = sum(order.done for order in life.orders)
    came = company.value(
        "SELECT (SELECT count(*) FROM crm.payment) + (SELECT count(*) FROM crm.shipment)"
    )
    yield from _unequal("payments and shipments", Counter(all=acts), Counter(all=came))
    bound = company.value("SELECT count(*) FROM hub.binding WHERE kind = 'invoice'")
    kept = company.value("SELECT count(*) FROM crm.invoice WHERE posted AND accounting = 'entered'")
    made = company.value("SELECT count(*) FROM crm.invoice")
    yield from _unequal(
        "invoices here",
        Counter(dict.fromkeys(("bound", "entered", "all"), len(life.orders))),
        Counter(bound=bound, entered=kept, all=made),
    )
    calls = company.value("SELECT count(*) FROM crm.call")
    linked = company.value("SELECT count(*) FROM crm.call WHERE client_id IS NOT NULL")
    shown = company.value("SELECT count(*) FROM crm.interaction WHERE kind = 'call'")
    yield from _unequal("calls", Counter(c=life.calls, shown=linked), Counter(c=calls, shown=shown))


def _deals(life: Life) -> Iterator[str]:
    won = {row.id for row in life.company.rows("SELECT id FROM crm.deal WHERE status = 'won'")}
    yield from _unequal(
        "won deals",
        Counter(order.title for order in life.orders if order.settled),
        Counter(order.title for order in life.orders if order.deal in won),
    )
    idle = life.company.rows(
        "SELECT title FROM crm.deal d WHERE status = 'open' AND NOT EXISTS"
        " (SELECT FROM crm.task t WHERE t.deal_id = d.id AND t.status = 'open')"
    )
    yield from (f"no next step: {row.title}" for row in idle)


def _memory(company: Company) -> Iterator[str]:
    for table in ("quarantine WHERE state = 'open'", "parked", "conflict"):
        found = company.rows(f"SELECT * FROM hub.{table}")
        yield from (f"{table}: {row}" for row in found)
    for row in company.rows("SELECT target, state, key FROM hub.outbox"):
        if row.state != "delivered":
            yield f"outbox: {row}"
    behind = company.rows(
        "SELECT c.stream FROM hub.cursor c WHERE stream IN ('triggers', 'push:onec') AND EXISTS"
        " (SELECT FROM hub.delta d WHERE (d.xid, d.id) >"
        " ((c.position->>'xid')::xid8, (c.position->>'id')::bigint))"
    )
    yield from (f"not read to the end: {row.stream}" for row in behind)


def _unequal(what: str, expected: Counter[Any], found: Counter[Any]) -> Iterator[str]:
    yield from (f"{what}: lost {key} × {times}" for key, times in (expected - found).items())
    yield from (f"{what}: too many {key} × {times}" for key, times in (found - expected).items())
