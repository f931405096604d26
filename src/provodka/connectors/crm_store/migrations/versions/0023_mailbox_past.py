"""Which letters of a mailbox lay there before it was connected, by when they came."""

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Add the moment before which a folder's letters are its past."""
    op.execute("ALTER TABLE hub.mail_folder ADD COLUMN past_before TIMESTAMP WITH TIME ZONE")
    op.execute(
        "COMMENT ON COLUMN hub.mail_folder.past_before IS"
        " 'Из тех писем прошлым считаются пришедшие раньше этого времени'"
    )


def downgrade() -> None:
    """Forget it."""
    op.execute("ALTER TABLE hub.mail_folder DROP COLUMN past_before")
