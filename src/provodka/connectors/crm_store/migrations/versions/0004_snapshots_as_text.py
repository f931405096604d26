"""Snapshots are compared here and never looked into there: text costs a third less to write."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Rewrite the bindings once."""
    op.execute("ALTER TABLE hub.binding ALTER COLUMN snapshot TYPE json USING snapshot::json")


def downgrade() -> None:
    """Rewrite them back."""
    op.execute("ALTER TABLE hub.binding ALTER COLUMN snapshot TYPE jsonb USING snapshot::jsonb")
