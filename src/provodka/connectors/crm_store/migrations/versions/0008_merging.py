"""Clients that may be one, merges of them, and what has moved."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0008"
down_revision = "0007"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the tables from the frozen script; a merged client keeps no point of its own."""
    script = (SQL / "0008_merging.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget who was merged with whom."""
    op.execute((SQL / "0008_merging_undone.sql").read_text(encoding="utf-8"))
