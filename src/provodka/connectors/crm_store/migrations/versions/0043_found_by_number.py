"""What pages look for is found by an index: numbers, what was set aside, what is not posted."""

from alembic import op

revision = "0043"
down_revision = "0042"

NUMBERED = ("contract", "deal", "delivery", "order", "payment", "proposal", "shipment")


def upgrade() -> None:
    """Make the indexes."""
    for kind in NUMBERED:
        op.execute(f"CREATE INDEX ix_{kind}_number ON crm.{kind} (number)")
    op.execute(
        "CREATE INDEX ix_invoice_unposted ON crm.invoice (date, id)"
        " WHERE NOT posted AND deleted_at IS NULL"
    )
    op.execute(
        "CREATE INDEX ix_inbox_aside ON hub.inbox (door, system, received_at) WHERE state = 'aside'"
    )


def downgrade() -> None:
    """Remove them."""
    op.execute("DROP INDEX hub.ix_inbox_aside")
    for kind in ("invoice_unposted", *(f"{kind}_number" for kind in NUMBERED)):
        op.execute(f"DROP INDEX crm.ix_{kind}")
