"""Deals that stand on a stage, and those that went elsewhere since, are found by an index."""

from alembic import op

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    """Make the indexes."""
    op.execute(
        "CREATE INDEX ix_stage_visit_standing ON report.stage_visit (deal)"
        " WHERE stage_kind = 'open' AND left_at IS NULL"
    )
    op.execute(
        "CREATE INDEX ix_stage_visit_elsewhere ON report.stage_visit (left_at)"
        " WHERE exit IN ('transferred', 'deleted', 'merged')"
    )


def downgrade() -> None:
    """Remove them."""
    op.execute("DROP INDEX report.ix_stage_visit_elsewhere")
    op.execute("DROP INDEX report.ix_stage_visit_standing")
