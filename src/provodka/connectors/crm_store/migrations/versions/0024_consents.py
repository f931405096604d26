"""What clients have agreed to."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0024"
down_revision = "0023"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the table from the frozen script."""
    script = (SQL / "0024_consents.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget it: opens of letters are counted for nobody."""
    op.execute("DROP TABLE crm.consent")
