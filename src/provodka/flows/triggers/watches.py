"""What each event of time looks for in the store: documents, and the moment it counts from."""

from __future__ import annotations

from collections.abc import Mapping

from provodka.trigger_rules.language import When
from provodka.trigger_rules.schema import documents
from provodka.trigger_rules.vocabulary import Term

__all__ = ["LOST_AFTER", "query_for", "term_of"]

LOST_AFTER = Term(months=3)
LAST_TOUCH = """
    greatest(
        (SELECT max(started_at) FROM crm.call k WHERE k.client_id = c.id
         AND k.direction = 'incoming' AND k.deleted_at IS NULL),
        m.last,
        (SELECT max(at) FROM crm.interaction i WHERE i.client_id = c.id
         AND i.status = 'done' AND i.deleted_at IS NULL),
        (SELECT max(at) FROM crm.form_entry f WHERE f.client_id = c.id
         AND f.deleted_at IS NULL),
        (SELECT max(at) FROM crm.visit v WHERE v.client_id = c.id AND v.deleted_at IS NULL),
        c.created_at)"""
LIVING = "c.deleted_at IS NULL AND c.merged_into_id IS NULL"
DEALS = """
    SELECT id AS document, id AS deal_id, client_id, {base} AS base FROM crm.deal
    WHERE status = 'open' AND paused_at IS NULL AND deleted_at IS NULL"""
PURCHASES = """
    SELECT coalesce(c.merged_into_id, c.id) AS client, o.completed_at AS at
    FROM crm.order o JOIN crm.client c ON c.id = o.client_id
    WHERE o.status = 'delivered' AND o.completed_at IS NOT NULL AND o.deleted_at IS NULL
      AND EXISTS (SELECT FROM crm.order_lines l JOIN crm.product p ON p.id = l.product_id
                  WHERE l.order_id = o.id AND p.kind = 'goods')
    UNION ALL
    SELECT coalesce(c.merged_into_id, c.id), s.date
    FROM crm.shipment s JOIN crm.client c ON c.id = s.client_id
    WHERE s.posted AND s.deleted_at IS NULL
      AND NOT EXISTS (SELECT FROM crm.order o WHERE o.client_id = s.client_id
                      AND o.status = 'delivered' AND o.deleted_at IS NULL)"""
"""Purchases as the report of lost clients counts them: completed orders with goods, duplicates
merged. Where a client's orders are not kept here, 1C's shipments stand for them.
"""
WATCHES: Mapping[str, str] = {
    "stage_stayed": f"{DEALS.format(base='stage_entered_at')}"
    " AND (CAST(:of AS text) IS NULL OR stage = :of)",
    "task_overdue": """
        SELECT t.id AS document, t.deal_id, t.client_id, t.due_at AS base FROM crm.task t
        LEFT JOIN crm.deal d ON d.id = t.deal_id
        WHERE t.status = 'open' AND t.deleted_at IS NULL AND d.paused_at IS NULL""",
    "client_silent": f"""
        SELECT c.id AS document, NULL::uuid AS deal_id, c.id AS client_id, {LAST_TOUCH} AS base
        FROM crm.client c LEFT JOIN (
            SELECT client_id, max(created_at) AS last FROM crm.message
            WHERE direction = 'incoming' AND deleted_at IS NULL GROUP BY client_id
        ) m ON m.client_id = c.id
        WHERE {LIVING} AND EXISTS (
            SELECT FROM crm.deal d WHERE d.client_id = c.id AND d.status = 'open'
            AND d.paused_at IS NULL AND d.deleted_at IS NULL)""",  # noqa: S608
    "client_lost": f"""
        SELECT client AS document, NULL::uuid AS deal_id, client AS client_id, max(at) AS base
        FROM ({PURCHASES}) bought GROUP BY client""",  # noqa: S608
    "client_reactivated": f"""
        SELECT document, deal_id, client_id, base FROM (
            SELECT client AS document, NULL::uuid AS deal_id, client AS client_id, at AS base,
                lag(at) OVER (PARTITION BY client ORDER BY at) AS former
            FROM ({PURCHASES}) purchases) bought
        WHERE base > (former AT TIME ZONE :zone + make_interval(months => :months, days => :days))
            AT TIME ZONE :zone""",  # noqa: S608
}


def term_of(when: When) -> Term | None:
    """The term that must pass after the moment; nothing when the moment itself is meant."""
    if when.event == "client_reactivated":
        return None
    if when.event == "client_lost":
        return when.longer_than or LOST_AFTER
    return when.longer_than or when.after


def query_for(when: When, kind: str) -> str:
    """The query for an event of time about a kind of documents.

    It takes `of`, `zone`, `months` and `days`, and yields `document`, `deal_id`, `client_id`
    and `base`, the moment to count from.
    """
    if when.event == "date_reached":
        return _dated(kind, when.field or "")
    return WATCHES[when.event]


def _dated(kind: str, field: str) -> str:
    fields = documents()[kind]
    base = f'x."{field}"'
    if fields[field].type == "date":
        base = f"({base}::timestamp AT TIME ZONE :zone)"
    return f"SELECT {documents_of(kind)}, {base} AS base FROM crm.{kind} x WHERE {living(kind)}"  # noqa: S608


def documents_of(kind: str) -> str:
    """The columns that say which document, of which deal and client."""
    fields = documents()[kind]
    deal = "x.id" if kind == "deal" else "x.deal_id" if "deal_id" in fields else "NULL::uuid"
    client = (
        "x.id" if kind == "client" else "x.client_id" if "client_id" in fields else "NULL::uuid"
    )
    return f"x.id AS document, {deal} AS deal_id, {client} AS client_id"


def living(kind: str) -> str:
    """The condition for documents that time still concerns: not deleted, open, not paused."""
    fields = documents()[kind]
    status = {"deal": "x.status = 'open' AND x.paused_at IS NULL", "task": "x.status = 'open'"}
    held = ["x.deleted_at IS NULL", status.get(kind, "")]
    if "posted" in fields:
        held.append("x.posted")
    return " AND ".join(one for one in held if one)
