"""The bank's documents for people: a list, and one of them with everything known of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

__all__ = ["listed", "one_document"]

LIST = """
    SELECT d.id, d.date, d.moved_on, d.direction, d.number, d.amount, d.currency, d.party_name,
           d.party_inn, d.purpose, d.nature, d.state, d.why, d.decided_by, d.decided_at,
           d.payment_id,
           (SELECT string_agg(i.number, ', ' ORDER BY i.number)
            FROM crm.payment_allocations a JOIN crm.invoice i ON i.id = a.invoice_id
            WHERE a.payment_id = d.payment_id) AS invoices
    FROM hub.bank_document d
"""
WHOLE = text("SELECT d.*, p.number AS accounting_number FROM hub.bank_document d"
             " LEFT JOIN crm.payment p ON p.id = d.payment_id WHERE d.id = :id")  # fmt: skip
CANDIDATES = text("""
    SELECT place, score, shares, reasons FROM hub.bank_candidate
    WHERE document_id = :id ORDER BY place
""")
FILES = text("""
    SELECT f.name, m.line, f.taken_at FROM hub.bank_mention m
    JOIN hub.bank_file f ON f.digest = m.digest WHERE m.document_id = :id ORDER BY f.taken_at
""")
ALLOCATED = text("""
    SELECT i.number, a.amount FROM crm.payment_allocations a
    LEFT JOIN crm.invoice i ON i.id = a.invoice_id WHERE a.payment_id = :payment ORDER BY a.line
""")


def listed(
    connection: Connection, *, undecided: bool = False, limit: int = 100
) -> list[dict[str, Any]]:
    """Documents, newest first; with `undecided` only receipts that wait for a person."""
    where = " WHERE d.state = 'undecided'" if undecided else ""
    query = text(f"{LIST}{where} ORDER BY d.date DESC, d.id DESC LIMIT :limit")
    return [dict(row._mapping) for row in connection.execute(query, {"limit": limit})]


def one_document(connection: Connection, number: int) -> dict[str, Any] | None:
    """A document with its candidates, its files, and how its payment is laid out."""
    row = connection.execute(WHOLE, {"id": number}).first()
    if row is None:
        return None
    found = dict(row._mapping)
    given = {"id": number}
    found["candidates"] = [dict(one._mapping) for one in connection.execute(CANDIDATES, given)]
    found["files"] = [dict(one._mapping) for one in connection.execute(FILES, given)]
    laid = connection.execute(ALLOCATED, {"payment": found["payment_id"]})
    found["allocations"] = [dict(one._mapping) for one in laid]
    return found
