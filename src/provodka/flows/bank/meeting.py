"""One receipt, told twice: by the bank in a statement and by 1C as a document.

Whichever comes first makes the payment, and the other finds it. A receipt from 1C finds the
bank's payment by the payer's number, day and sum (the second step of the mapping's `match`); here
the bank's document finds the receipt, and payments that came to stand twice are made one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import bindings
from provodka.flows.onec.queueing import SYSTEM

__all__ = ["Met", "alone_with_the_bank", "chosen_payment", "join_twins", "met_payments"]

FREE = """
    JOIN crm.client c ON c.id = p.client_id
    WHERE d.id = ANY (:ids) AND p.kind = 'bank' AND p.deleted_at IS NULL
      AND NOT EXISTS (SELECT FROM hub.bank_document o WHERE o.payment_id = p.id)
    ORDER BY d.id, p.id
"""
BY_NUMBER = text(f"""
    SELECT d.id, d.party_inn, p.id AS payment, p.client_id, c.inn
    FROM hub.bank_document d
    JOIN crm.payment p ON p.incoming_date = d.date AND p.amount = d.amount
      AND ltrim(p.incoming_number, '0') = ltrim(d.number, '0') AND d.number <> ''
    {FREE}
""")  # noqa: S608 - made of constants
BY_TEXT = text(f"""
    SELECT d.id, d.party_inn, p.id AS payment, p.client_id, c.inn
    FROM hub.bank_document d
    JOIN crm.payment p ON p.amount = d.amount AND p.purpose = d.purpose AND d.purpose <> ''
      AND p.incoming_number IS NULL
      AND p.date BETWEEN coalesce(d.moved_on, d.date) - interval '3 days'
                     AND coalesce(d.moved_on, d.date) + interval '4 days'
    {FREE}
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


class Met(NamedTuple):
    """A payment of 1C that a bank's document may be, and its client."""

    payment: UUID
    client: UUID
    same_inn: bool


def met_payments(connection: Connection, documents: Sequence[int]) -> Mapping[int, list[Met]]:
    """For each of the bank's documents the payments of 1C that may be the same.

    By the payer's number and day and the sum; where 1C has no number, by the whole purpose text
    and the sum within three days.
    """
    found: dict[int, list[Met]] = defaultdict(list)
    for query in (BY_NUMBER, BY_TEXT):
        left = [one for one in documents if one not in found]
        for row in connection.execute(query, {"ids": left}):
            same = bool(row.inn) and row.inn == row.party_inn
            found[row.id].append(Met(row.payment, row.client_id, same))
    return found


def chosen_payment(met: Sequence[Met], taken: Collection[UUID] = ()) -> UUID | None:
    """The one payment to tie a document to, those `taken` already left out; None if unclear.

    Payments of one client that fit alike are as good as each other; of several clients the one
    with the payer's ИНН is meant.
    """
    free = [one for one in met if one.payment not in taken]
    mine = [one for one in free if one.same_inn] or free
    return mine[0].payment if len({one.client for one in mine}) == 1 else None


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
