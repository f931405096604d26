"""What is asked of the store about the surroundings of a page of events."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Select, TextClause, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as KEY

from provodka.connectors.crm_store.tables import metadata

__all__ = ["COUNTED", "DEALS_OF", "HEADS", "LINES", "OPEN_DEALS", "Row", "alive", "statement"]

Row = dict[str, Any]
DEALS_OF = {
    "payment": """
        SELECT DISTINCT a.payment_id AS document, i.deal_id FROM crm.payment_allocations a
        JOIN crm.invoice i ON i.id = a.invoice_id
        WHERE a.payment_id = ANY(:ids) AND i.deal_id IS NOT NULL""",
    "shipment": """
        SELECT s.id AS document, i.deal_id FROM crm.shipment s
        JOIN crm.invoice i ON i.id = s.invoice_id
        WHERE s.id = ANY(:ids) AND i.deal_id IS NOT NULL
        UNION SELECT l.shipment_id, i.deal_id FROM crm.shipment_lines l
        JOIN crm.invoice i ON i.id = l.invoice_id
        WHERE l.shipment_id = ANY(:ids) AND i.deal_id IS NOT NULL""",
}
COUNTED = """
    SELECT d.id, i.*, t.tasks, t.open_tasks + n.planned AS open_tasks
    FROM unnest(CAST(:ids AS uuid[])) AS d(id)
    CROSS JOIN LATERAL (
        SELECT count(*) AS invoices_posted,
               count(*) FILTER (WHERE amount <= 0 OR paid_amount < amount) AS invoices_unpaid,
               count(*) FILTER (WHERE amount <= 0 OR shipped_amount < amount) AS invoices_unshipped
        FROM crm.invoice WHERE deal_id = d.id AND posted AND deleted_at IS NULL) i
    CROSS JOIN LATERAL (
        SELECT count(*) AS tasks,
               count(*) FILTER (WHERE status = 'open' AND deleted_at IS NULL) AS open_tasks
        FROM crm.task WHERE deal_id = d.id) t
    CROSS JOIN LATERAL (
        SELECT count(*) AS planned FROM crm.interaction
        WHERE deal_id = d.id AND status = 'planned' AND deleted_at IS NULL) n
"""
HEADS = """
    SELECT e.*, above.* FROM crm.employee e CROSS JOIN (
        SELECT coalesce(array_agg(id), '{}') AS departments,
               coalesce(array_agg(parent_id), '{}') AS above FROM crm.department) above
    WHERE e.role = 'head' AND e.deleted_at IS NULL ORDER BY e.id"""
OPEN_DEALS = """
    SELECT id, client_id FROM crm.deal
    WHERE client_id = ANY(:ids) AND status = 'open' AND deleted_at IS NULL ORDER BY id"""
LINES = {"proposal", "invoice"}


@lru_cache(maxsize=64)
def alive(kind: str) -> Select[Any]:
    """Documents of a kind by the keys in `ids`, but for those under a tombstone."""
    table = metadata.tables[f"crm.{kind}"]
    keys = bindparam("ids", type_=ARRAY(KEY(as_uuid=True)))
    return select(table).where(table.c.id == func.any(keys), table.c.deleted_at.is_(None))


@lru_cache(maxsize=256)
def statement(sql: str) -> TextClause:
    """A query, prepared once; its `ids` are keys of documents."""
    asked = text(sql)
    if ":ids" not in sql:
        return asked
    return asked.bindparams(bindparam("ids", type_=ARRAY(KEY(as_uuid=True))))
