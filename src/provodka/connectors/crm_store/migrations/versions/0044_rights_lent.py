"""While somebody is away, their substitute may be given their rights too, by a word of its own."""

from alembic import op

revision = "0044"
down_revision = "0043"

SAID = "На это время заместитель получает на страницах хаба и роли, и отделы отсутствующего"


def upgrade() -> None:
    """Add the word."""
    op.execute("ALTER TABLE crm.absence ADD COLUMN rights BOOLEAN DEFAULT false NOT NULL")
    op.execute(f"COMMENT ON COLUMN crm.absence.rights IS '{SAID}'")
    op.execute(
        "CREATE INDEX ix_absence_substitute ON crm.absence (substitute_id, last_day)"
        " WHERE rights AND deleted_at IS NULL"
    )


def downgrade() -> None:
    """Forget it."""
    op.execute("ALTER TABLE crm.absence DROP COLUMN rights")
