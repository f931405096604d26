"""Which documents belong to a deal: those whose events the rules see with that deal."""

from __future__ import annotations

from provodka.connectors.crm_store.tables import metadata
from provodka.trigger_rules.events import BY_CLIENT

__all__ = ["OF_ITSELF", "of_deal"]

OF = """
    document = ANY (ARRAY(WITH own AS ({documents})
        SELECT id FROM own UNION ALL
        SELECT s.id FROM crm.signal s JOIN own ON s.about = own.id))
"""
OF_ITSELF = OF.format(documents="SELECT CAST(:of AS uuid) AS id")
"""Changes of the document `:of`, and what the clock and rules have said of it."""
CLIENT = "(SELECT client_id FROM crm.deal WHERE id = :of)"
THROUGH = {
    "client": "SELECT client_id AS id FROM crm.deal WHERE id = :of",
    "payment": """
        SELECT a.payment_id AS id FROM crm.payment_allocations a
        JOIN crm.invoice i ON i.id = a.invoice_id WHERE i.deal_id = :of""",
    "shipment": """
        SELECT s.id FROM crm.shipment s JOIN crm.invoice i ON i.id = s.invoice_id
        WHERE i.deal_id = :of
        UNION SELECT l.shipment_id FROM crm.shipment_lines l
        JOIN crm.invoice i ON i.id = l.invoice_id WHERE i.deal_id = :of""",
}


def of_deal(kind: str) -> str:
    """Changes of a kind's documents around the deal `:of`, as a condition in SQL on the journal."""
    return OF.format(documents=_documents(kind))


def _documents(kind: str) -> str:
    if kind in THROUGH:
        return THROUGH[kind]
    columns = metadata.tables[f"crm.{kind}"].columns
    found = ["deal_id = :of"] if "deal_id" in columns else []
    if kind in BY_CLIENT and "client_id" in columns:
        found.append(f"client_id = {CLIENT}")
    return f"SELECT id FROM crm.{kind} WHERE {' OR '.join(found) or 'false'}"  # noqa: S608
