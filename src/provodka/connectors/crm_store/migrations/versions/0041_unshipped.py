"""Invoices that are not shipped whole are found by an index, however few of them there are."""

from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    """Make the index."""
    op.execute(
        "CREATE INDEX ix_invoice_unshipped ON crm.invoice (date, id)"
        " WHERE shipped_amount < amount AND deleted_at IS NULL"
    )


def downgrade() -> None:
    """Remove it."""
    op.execute("DROP INDEX crm.ix_invoice_unshipped")
