"""The first store: documents, the hub's memory, the journal and what keeps itself."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0001"
down_revision = None

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create everything from the frozen scripts, in order."""
    driver = driver_of(op.get_bind())
    for name in ("ground", "tables", "journal", "journaled", "behaviour"):
        script = (SQL / f"0001_{name}.sql").read_text(encoding="utf-8")
        driver.execute(script.encode())


def downgrade() -> None:
    """Drop the three schemas with all they hold."""
    op.execute("DROP SCHEMA report, crm, hub CASCADE")
