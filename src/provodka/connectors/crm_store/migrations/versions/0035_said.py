"""What is said to another system when a document is created there is remembered with the intent."""

from pathlib import Path

from alembic import op

revision = "0035"
down_revision = "0034"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Add the column; errands of before have said nothing that is known."""
    op.execute((SQL / "0035_said.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Forget what was said."""
    op.execute("ALTER TABLE hub.outbox DROP COLUMN said")
