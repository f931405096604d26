"""What a period is about is found by time; a person's requests by the person."""

from alembic import op

revision = "0047"
down_revision = "0046"

# Rows stand nearly in the order of their times: summaries of page ranges are enough.
SUMMARIES = {
    "order_moments": ("order", "confirmed_at, completed_at, cancelled_at"),
    "delivery_arrived": ("delivery", "arrived_at"),
    "call_started": ("call", "started_at"),
}


def upgrade() -> None:
    """Make the indexes."""
    for name, (table, columns) in SUMMARIES.items():
        op.execute(
            f"CREATE INDEX ix_{name} ON crm.{table} USING brin ({columns})"
            " WITH (pages_per_range = 32)"
        )
    op.execute("CREATE INDEX ix_delivery_moves_former ON crm.delivery_moves (former_from)")
    op.execute("CREATE INDEX ix_request_person ON hub.request (person, asked_at)")


def downgrade() -> None:
    """Remove them."""
    op.execute("DROP INDEX hub.ix_request_person")
    for name in ("delivery_moves_former", *SUMMARIES):
        op.execute(f"DROP INDEX crm.ix_{name}")
