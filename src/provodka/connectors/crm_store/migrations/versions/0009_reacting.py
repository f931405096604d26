"""What rules wake on besides papers, and what they remember."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0009"
down_revision = "0008"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the tables from the frozen script."""
    script = (SQL / "0009_reacting.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget signals, waits, visits and absences."""
    op.execute((SQL / "0009_reacting_undone.sql").read_text(encoding="utf-8"))
