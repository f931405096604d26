"""Invoices entered on both sides while the hub dies and rises, and the ledgers of both compared."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import text
from tests.e2e.company import Company
from tests.e2e.neighbours import INVOICES, RECEIPTS, Neighbours

__all__ = ["Ledgers"]

ENTER = """
    WITH contracts AS (
        SELECT client_id, organization_id, id, row_number() OVER (ORDER BY id) AS place,
               count(*) OVER () AS total
        FROM crm.contract
        WHERE kind = 'with_buyer' AND organization_id IS NOT NULL AND NOT archived
    ), placed AS (
        INSERT INTO crm.invoice (client_id, organization_id, contract_id, amount)
        SELECT c.client_id, c.organization_id, c.id, 1220 * turn
        FROM generate_series(1, :count) turn
        JOIN contracts c ON c.place = 1 + (:first + turn) % c.total
        RETURNING id, number, amount
    ), lines AS (
        INSERT INTO crm.invoice_lines (
            invoice_id, line, product_id, content, quantity, price, amount, vat_rate, vat_amount
        )
        SELECT id, 1, (SELECT id FROM crm.product ORDER BY id LIMIT 1), 'Чай', 2, amount / 2,
               amount, 'vat22', amount * 22 / 122
        FROM placed
    )
    SELECT number FROM placed
"""
HERE = """
    SELECT b.external_key, i.number, i.amount, i.posted
    FROM crm.invoice i LEFT JOIN hub.binding b ON b.kind = 'invoice' AND b.document = i.id
"""
BUSY = """
    SELECT (SELECT count(*) FROM hub.outbox WHERE state IN ('waiting', 'sending', 'unsure'))
         + (SELECT count(*) FROM crm.invoice i WHERE NOT EXISTS
            (SELECT FROM hub.binding b WHERE b.kind = 'invoice' AND b.document = i.id))
"""
PAY_EVERY = 7


@dataclass
class Ledgers:
    """What was entered where: `ours` by managers here, `theirs` by the accountant in 1C."""

    company: Company
    sandbox: Neighbours
    mood: random.Random
    ours: list[str] = field(default_factory=list)
    theirs: int = 0
    paid: list[str] = field(default_factory=list)
    _unpaid: list[str] = field(default_factory=list)

    def enter(self, count: int) -> None:
        """So many invoices on each side; payments of some of those that have arrived there."""
        with self.company.engine.begin() as connection:
            given = {"count": count, "first": len(self.ours)}
            placed = list(connection.execute(text(ENTER), given).scalars())
        self.ours += placed
        self._unpaid += placed[::PAY_EVERY]
        self.sandbox.bulk(count)
        self.theirs += count
        self.pay()

    def pay(self) -> bool:
        """The accountant registers payments of what has come to 1C; is anything left to pay?"""
        left = [number for number in self._unpaid if not self.sandbox.tried("pay", number, None)]
        self.paid += [number for number in self._unpaid if number not in left]
        self._unpaid = left
        return bool(left)

    def unfinished(self) -> int:
        """How much the hub still has to do."""
        if busy := int(self.company.value(BUSY)):
            return busy
        there = len(self.sandbox.rows(INVOICES)) + len(self.sandbox.rows(RECEIPTS))
        here = self.company.value("SELECT count(*) FROM crm.invoice")
        here += self.company.value("SELECT count(*) FROM hub.binding WHERE kind = 'payment'")
        return abs(there - int(here))

    def differences(self) -> list[str]:
        """Everything in which the two sides' books, and the hub's own, do not agree."""
        return [*self._invoices(), *self._creations(), *self._payments(), *self._outbox()]

    def _invoices(self) -> Iterator[str]:
        there = Counter(
            (one["Ref_Key"], one["Number"], _kopecks(one["СуммаДокумента"]), one["Posted"])
            for one in self.sandbox.rows(INVOICES)
        )
        here = Counter(
            (row.external_key, row.number, _kopecks(row.amount), row.posted)
            for row in self.company.rows(HERE)
        )
        yield from (f"invoice in 1C alone: {key} × {n}" for key, n in (there - here).items())
        yield from (f"invoice here alone: {key} × {n}" for key, n in (here - there).items())
        if len(self.ours) + self.theirs != sum(there.values()):
            yield f"{len(self.ours)} + {self.theirs} entered, {sum(there.values())} in 1C"

    def _creations(self) -> Iterator[str]:
        """The base's ledger of writes: each of ours was created once, nothing else was."""
        made = Counter(
            one["number"] for one in self.sandbox.writes(INVOICES) if one["method"] == "POST"
        )
        refs = {one["ref"] for one in self.sandbox.writes(INVOICES) if one["method"] == "POST"}
        if set(made) != set(self.ours) or len(refs) != len(self.ours):
            yield f"{len(self.ours)} to create, {len(refs)} created of {len(made)} numbers"

    def _payments(self) -> Iterator[str]:
        there = {one["Ref_Key"] for one in self.sandbox.rows(RECEIPTS)}
        bound = "SELECT external_key FROM hub.binding WHERE kind = 'payment'"
        here = {row.external_key for row in self.company.rows(bound)}
        kept = self.company.value("SELECT count(*) FROM crm.payment")
        if there != here or kept != len(there) or len(there) != len(self.paid):
            yield f"{len(self.paid)} paid, {len(there)} in 1C, {len(here)} bound, {kept} here"

    def _outbox(self) -> Iterator[str]:
        for row in self.company.rows("SELECT state, key, held_by FROM hub.outbox"):
            if row.state != "delivered" or row.held_by is not None:
                yield f"errand {row.key}: {row.state}, held by {row.held_by}"
        for table in ("quarantine WHERE state = 'open'", "parked", "conflict"):
            found = self.company.rows(f"SELECT * FROM hub.{table}")
            yield from (f"{table}: {row}" for row in found)


def _kopecks(amount: object) -> int:
    return int(Decimal(str(amount)) * 100)
