"""What documents were at every moment, for reports; plans; the catalog of reports."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0022"
down_revision = "0021"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the tables from the frozen script."""
    script = (SQL / "0022_reports.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget plans and what reports have gathered; the journal stays."""
    op.execute((SQL / "0022_reports_undone.sql").read_text(encoding="utf-8"))
