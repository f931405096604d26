"""Pages find what they show by indexes: invoices by date, what waits, what was done today."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0033"
down_revision = "0032"

SQL = Path(__file__).parents[1] / "sql"
INDEXES = (
    "crm.ix_invoice_date",
    "crm.ix_invoice_number",
    "crm.ix_invoice_unpaid",
    "crm.ix_invoice_outside",
    "hub.ix_outbox_dead",
    "hub.ix_outbox_settled",
    "hub.ix_quarantine_waiting",
    "hub.ix_quarantine_key",
    "hub.ix_effect_at",
)


def upgrade() -> None:
    """Make the indexes."""
    script = (SQL / "0033_pages.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Remove them."""
    op.execute(f"DROP INDEX {', '.join(INDEXES)}")
