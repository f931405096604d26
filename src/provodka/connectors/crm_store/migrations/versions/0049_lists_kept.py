"""The documents behind the numbers of kept answers are kept with them."""

from pathlib import Path

from alembic import op

revision = "0049"
down_revision = "0048"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Make the table of lists, and note on an answer what they took."""
    op.execute((SQL / "0049_lists_kept.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Keep no lists."""
    op.execute("ALTER TABLE report.answer DROP COLUMN lists_ms")
    op.execute("DROP TABLE report.answer_list")
