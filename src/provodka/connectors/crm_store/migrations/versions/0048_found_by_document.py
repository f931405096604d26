"""What was ever disputed of a document, and who waits for a parent, is found by an index."""

from alembic import op

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    """Make the indexes."""
    op.execute("CREATE INDEX ix_conflict_document ON hub.conflict (document)")
    op.execute("CREATE INDEX ix_parked_key ON hub.parked (external_key)")


def downgrade() -> None:
    """Remove them."""
    op.execute("DROP INDEX hub.ix_parked_key")
    op.execute("DROP INDEX hub.ix_conflict_document")
