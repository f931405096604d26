"""Mailings are refused by one click, at the door."""

from pathlib import Path

from alembic import op

revision = "0028"
down_revision = "0027"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Let refusals of mailings into the inbox."""
    op.execute((SQL / "0028_unsubscribe.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Forget those that have come, and let no more in."""
    op.execute((SQL / "0028_unsubscribe_undone.sql").read_text(encoding="utf-8"))
