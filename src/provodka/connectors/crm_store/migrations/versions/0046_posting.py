"""In which version a document was sent to be posted, so that a posting taken back is left alone."""

from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    """Add the column; of errands of before it is not known."""
    op.execute(
        "ALTER TABLE hub.outbox ADD COLUMN posting TEXT;"
        " COMMENT ON COLUMN hub.outbox.posting IS"
        " 'Версия, в которой документ отправлен на проведение, если его могли провести'"
    )


def downgrade() -> None:
    """Forget it."""
    op.execute("ALTER TABLE hub.outbox DROP COLUMN posting")
