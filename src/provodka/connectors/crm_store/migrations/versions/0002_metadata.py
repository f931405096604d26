"""The memory of what a base publishes, so that its changes are noticed before data flows."""

from pathlib import Path

from alembic import op

from provodka.connectors.crm_store.engine import driver_of

revision = "0002"
down_revision = "0001"

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Create the table from the frozen script."""
    script = (SQL / "0002_metadata.sql").read_text(encoding="utf-8")
    driver_of(op.get_bind()).execute(script.encode())


def downgrade() -> None:
    """Forget what bases published."""
    op.execute("DROP TABLE hub.base_schema")
