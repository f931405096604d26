"""Answers of reports are kept, and visits are found by time without comparing texts."""

from pathlib import Path

from alembic import op

revision = "0036"
down_revision = "0035"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Make the table of answers and the indexes."""
    op.execute((SQL / "0036_answers.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Keep no answers; find visits by stage."""
    op.execute((SQL / "0036_answers_undone.sql").read_text(encoding="utf-8"))
