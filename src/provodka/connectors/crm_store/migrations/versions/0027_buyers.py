"""A visitor who is known later, or has ordered water, has ordered before as well."""

from pathlib import Path

from alembic import op

revision = "0027"
down_revision = "0026"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Look at orders too, and again when the visitor becomes known."""
    op.execute((SQL / "0027_buyers.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Look at invoices alone, when a visit is entered."""
    op.execute((SQL / "0027_buyers_undone.sql").read_text(encoding="utf-8"))
