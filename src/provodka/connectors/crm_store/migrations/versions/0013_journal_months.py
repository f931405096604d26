"""The journal by months, so that old ones can go at once; a quicker comparison in its triggers."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0013"
down_revision = "0012"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Move every change into the part of its month, by the frozen script."""
    script = (SQL / "0013_journal_months.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Put all that is still there into one table."""
    script = (SQL / "0013_journal_whole.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())
