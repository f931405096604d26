"""One receipt, told twice: by the bank in a statement and by 1C as a document.

Whichever comes first makes the payment, and the other finds it. A receipt from 1C finds the
bank's payment by the payer's number, day and sum (the second step of the mapping's `match`); here
the bank's document finds the receipt, and payments that came to stand twice are made one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import bindings
from provodka.flows.onec.queueing import SYSTEM

__all__ = ["alone_with_the_bank", "find_payment", "join_twins"]

NEAR = timedelta(days=3)
FREE = """
    p.kind = 'bank' AND p.deleted_at IS NULL AND p.amount = :amount
    AND NOT EXISTS (SELECT FROM hub.bank_document d WHERE d.payment_id = p.id)
"""
BY_NUMBER = text(f"""
    SELECT p.id FROM crm.payment p
    WHERE {FREE} AND ltrim(p.incoming_number, '0') = ltrim(:number, '0')
      AND p.incoming_date = :day
""")  # noqa: S608 - made of constants
BY_TEXT = text(f"""
    SELECT p.id FROM crm.payment p
    WHERE {FREE} AND p.incoming_number IS NULL AND p.purpose = :purpose
      AND p.date BETWEEN :earliest AND :latest
""")  # noqa: S608 - made of constants
TWINS = text("""
    SELECT d.id, p.id AS provisional, min(q.id::text)::uuid AS real
    FROM hub.bank_document d
    JOIN crm.payment p ON p.id = d.payment_id AND p.deleted_at IS NULL
    JOIN crm.payment q ON q.kind = 'bank' AND q.deleted_at IS NULL AND q.id <> p.id
      AND q.amount = p.amount AND q.incoming_date = p.incoming_date
      AND ltrim(q.incoming_number, '0') = ltrim(p.incoming_number, '0')
    JOIN hub.binding b ON b.document = q.id AND b.system = :system AND b.kind = 'payment'
    WHERE NOT EXISTS (SELECT FROM hub.binding o
                      WHERE o.document = p.id AND o.system = :system AND o.kind = 'payment')
      AND NOT EXISTS (SELECT FROM hub.bank_document other WHERE other.payment_id = q.id)
    GROUP BY d.id, p.id HAVING count(*) = 1
    ORDER BY d.id
""")
BURY = text("UPDATE crm.payment SET deleted_at = now(), posted = false WHERE id = :payment")
RELINK = text("""
    UPDATE hub.bank_document SET payment_id = :payment, decided_by = 'onec', in_accounting = true,
           why = :why
    WHERE id = :id
""")


def find_payment(connection: Connection, document: Any) -> UUID | None:
    """The payment that 1C has already told of; None if there is none, or several fit alike.

    By the payer's number and day and the sum; where 1C has no number, by the whole purpose text
    and the sum within three days.
    """
    given = {"amount": document.amount}
    if document.number:
        named = given | {"number": document.number, "day": document.date}
        found = list(connection.scalars(BY_NUMBER, named))
        if found:
            return found[0] if len(found) == 1 else None
    day = document.moved_on or document.date
    near = {"earliest": day - NEAR, "latest": day + NEAR + timedelta(days=1)}
    if not document.purpose:
        return None
    found = list(connection.scalars(BY_TEXT, given | near | {"purpose": document.purpose}))
    return found[0] if len(found) == 1 else None


def alone_with_the_bank(connection: Connection, payment: UUID) -> bool:
    """Whether a payment is known from the bank only, so that it may still be changed here."""
    return bindings.find(connection, SYSTEM, "payment", payment) is None


def join_twins(connection: Connection, why: str) -> int:
    """Give up the bank's own payments that 1C tells of under another client; returns how many.

    `why` is put down as the reason. Only where exactly one receipt of 1C has the same number,
    day and sum.
    """
    joined: set[UUID] = set()
    for row in connection.execute(TWINS, {"system": SYSTEM}).all():
        if row.real in joined:
            continue
        joined.add(row.real)
        connection.execute(BURY, {"payment": row.provisional})
        connection.execute(RELINK, {"id": row.id, "payment": row.real, "why": why})
    return len(joined)
