"""What each document was at every moment: `report.<kind>_version`, built from the journal alone."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table
from sqlalchemy.dialects.postgresql import UUID

from provodka.connectors.crm_store.tables import clients, deals, papers, plans, reacting, talk
from provodka.connectors.crm_store.tables.columns import bigint, instant, metadata, words

__all__ = ["VERSIONED", "VERSIONS", "versions_of"]

VERSIONED: tuple[tuple[Table, str], ...] = (
    (clients.department, "name parent_id"),
    (clients.employee, "name department_id role calendar"),
    (
        clients.client,
        "name kind inn phone email delivery_address source responsible_id merged_into_id",
    ),
    (
        deals.task,
        "subject deal_id client_id author_id executor_id kind status due_at original_due_at rule"
        " finished_at",
    ),
    (deals.interaction, "client_id employee_id kind direction status at"),
    (papers.proposal, "number date client_id deal_id amount currency sent_at"),
    (
        papers.invoice,
        "number date client_id deal_id amount currency posted due_date paid_amount"
        " shipped_amount accounting",
    ),
    (papers.shipment, "number date client_id invoice_id amount currency posted"),
    (papers.payment, "number date client_id amount currency posted kind"),
    (
        talk.call,
        "source direction outcome started_at wait_seconds talk_seconds client_number extension"
        " did client_id employee_id queue called_back_at",
    ),
    (reacting.absence, "employee_id substitute_id first_day last_day"),
    (
        plans.plan,
        "first_day last_day basis manager_id department_id product_id amount quantity currency",
    ),
)
"""The kinds that reports look back on, and which of their columns."""


def versions_of(document: Table, names: str) -> Table:
    """The table of a document's versions: half-open [valid_from, valid_to), the columns named."""
    own = (
        Column(column.name, column.type, comment=column.comment)
        for column in (document.c[name] for name in (*names.split(), "created_at", "deleted_at"))
    )
    table = Table(
        f"{document.name}_version",
        metadata,
        Column("document", UUID(as_uuid=True), primary_key=True, comment="Документ"),
        bigint("delta", "С какого изменения журнала", primary_key=True, autoincrement=False),
        instant("valid_from", "С какого момента так, включительно", nullable=False),
        instant("valid_to", "До какого момента, не включительно; пусто, если и сейчас"),
        words("origin", "Кто сделал таким: человек, правило, система", nullable=False),
        *own,
        schema="report",
        comment=f"{document.comment}. Какими были в каждый момент; построено только по журналу",
        info={"versions": document.name},
    )
    Index(f"ix_{table.name}_delta", table.c.delta)
    return table


VERSIONS = {document.name: versions_of(document, names) for document, names in VERSIONED}
"""Tables of versions by kind of document."""
